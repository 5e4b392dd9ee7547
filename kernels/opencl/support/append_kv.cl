// Idea: rows that come behind those of a sequence in a cache of K or V, put into their pages in the cache's type. append_rows is for types
//   that store numbers as they are; append_runs for those with a scale for each 16 rows, a run: it encodes every run that gets a row anew.
//   The last run of a sequence, as long as it is not whole, is kept in float32 (open), so that no element is ever rounded twice: codes and
//   scale are those of the run's rows encoded at once. The host's definition is io.github.attn4j.core.input.Quantizer.
// Tensors: rows [kv_heads, count, columns] float, what is appended; cache [pages, kv_heads, page size, columns], scales behind its codes from
//   float first_scale on [pages, kv_heads, page size / 16]; pages [...] int, those of rows first .. first + count - 1, from the first one's on;
//   open [..., kv_heads, 16, columns] float, of which the sequence has two: the run that was open is read at open_from, the one that is open
//   afterwards is written at open_to, by another group where they are two runs.
// Launch: append_rows: one dimension, an item an element, columns innermost, whole groups of any size.
//   append_runs: one dimension, groups of LANES items, which share a run of a head:
//     group       0 .. runs-1 | runs .. 2*runs-1 | ...         runs = runs that rows first .. first + count - 1 lie in
//     head                  0 |                1 | ...         item l takes elements l, l + LANES, ... of the run's 16 * columns
// Local memory: append_rows 0 bytes; append_runs 4 * LANES, the largest magnitudes that items found. One barrier, reached by all.
// Preconditions: no table but this sequence's names the pages; appending to append_runs: finite rows where the type is int8. Division is
//   correctly rounded and subnormal floats are kept, so that the host's codes are the device's.
// Leaves out: values that int8 cannot store, which the host refuses; copies of shared pages, which the host makes before.
#include "element_types.clh"

static inline long place_of_row(__global const int *pages, const int first, const int page_shift, int kv_heads, int head, int row) {
  long page = pages[(row >> page_shift) - (first >> page_shift)];
  return ((page * kv_heads + head) << page_shift) + (row & ((1 << page_shift) - 1));
}

#if !KV_SCALED

__kernel void append_rows(__global const float *rows, __global query_element *cache, __global const int *pages, const int kv_heads,
                          const int count, const int columns, const int first, const int page_shift) {
  size_t element = get_global_id(0);
  int column = (int)(element % columns);
  int row = (int)(element / columns % count);
  int head = (int)(element / columns / count);
  if (head < kv_heads) {
    store_query(rows[element], cache + place_of_row(pages, first, page_shift, kv_heads, head, first + row) * columns + column);
  }
}

#else

#ifndef LANES
#define LANES 1
#endif

#define RUN 16           // ElementType.KEYS_PER_SCALE
#define SPARE_BITS 0xffu // of a float behind the 16 significant bits of a scale
#define SMALLEST_SCALE 0x1p-125f

#if KV_TYPE == ELEMENT_I8
#define LARGEST 127.0f
#define ABSENT ((char)-128)
#define CODE_OF(x, scale) ((char)clamp(rint(ratio(x, scale)), -LARGEST, LARGEST))
#else
#define LARGEST 448.0f
#define ABSENT ((uchar)0x7f)
#define CODE_OF(x, scale) f8e4m3_of_float(isfinite(x) ? ratio(x, scale) : NAN)

static inline uchar f8e4m3_of_float(float x) {
  uint sign = as_uint(x) >> 24 & 0x80u;
  float magnitude = fabs(x);
  if (isnan(x)) {
    return (uchar)(sign | 0x7fu);
  }
  if (magnitude >= LARGEST) {
    return (uchar)(sign | 0x7eu);
  }
  // In units of the last place, exactly: 8 to 16, less where it is subnormal. 16 carries into the exponent.
  int exponent = max(magnitude > 0.0f ? ilogb(magnitude) : -6, -6);
  int significand = (int)rint(ldexp(magnitude, 3 - exponent));
  return (uchar)(sign | (uint)(((exponent + 6) << 3) + significand));
}
#endif

// A scale of 0 stands for zeros alone, besides NaN.
static inline float ratio(float x, float scale) {
  return scale > 0.0f ? x / scale : x;
}

// The least scale with 16 significant bits that brings a magnitude within the type's numbers; next to the largest float the next lower one.
static inline float scale_of(float largest) {
  if (largest == 0.0f) {
    return 0.0f;
  }
  uint bits = as_uint(fmax(largest / LARGEST, SMALLEST_SCALE));
  float rounded = as_float((bits + SPARE_BITS) & ~SPARE_BITS);
  return isinf(rounded * LARGEST) ? as_float(bits & ~SPARE_BITS) : rounded;
}

// kept is 1 where the rows of the first run that were there before are in open; else they are what their codes say.
__kernel __attribute__((reqd_work_group_size(LANES, 1, 1))) void append_runs(
    __global const float *rows, __global kv_element *cache, __global const int *pages, const int kv_heads, const int count, const int columns,
    const int first, const int page_shift, const long first_scale, __global float *open, const long open_from, const long open_to, const int kept) {
  __local float found[LANES];
  int lane = (int)get_local_id(0);
  int runs = (first + count - 1) / RUN - first / RUN + 1;
  int head = (int)get_group_id(0) / runs;
  int run_first = (first / RUN + (int)get_group_id(0) % runs) * RUN;
  int begin = max(run_first, first);  // rows from here on are new
  int end = min(run_first + RUN, first + count);
  long place = place_of_row(pages, first, page_shift, kv_heads, head, run_first);
  __global kv_element *codes = cache + place * columns;
  __global float *scale_place = (__global float *)cache + first_scale + place / RUN;
  __global float *before = open + open_from + (long)head * RUN * columns;
  __global float *after = open + open_to + (long)head * RUN * columns;
  __global const float *news = rows + ((long)head * count - first) * columns;
  float old_scale = *scale_place;
  float largest = 0.0f;
  for (int element = lane; element < (end - run_first) * columns; element += LANES) {
    int row = run_first + element / columns;
    float x;
    if (row >= begin) {
      x = news[(long)row * columns + element % columns];
    } else {
      x = kept ? before[element] : load_kv(codes + element) * old_scale;
      before[element] = x;  // for the second pass, which overwrites the code
    }
    if (end < run_first + RUN) {
      after[element] = x;
    }
    if (isfinite(x)) {
      largest = fmax(largest, fabs(x));
    }
  }
  found[lane] = largest;
  barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);  // and all have read the scale that one replaces
  for (int other = 0; other < LANES; other++) {
    largest = fmax(largest, found[other]);
  }
  float scale = scale_of(largest);
  for (int element = lane; element < RUN * columns; element += LANES) {
    int row = run_first + element / columns;
    if (row >= end) {
      codes[element] = ABSENT;
    } else {
      float x = row >= begin ? news[(long)row * columns + element % columns] : before[element];
      codes[element] = CODE_OF(x, scale);
    }
  }
  if (lane == 0) {
    *scale_place = scale;
  }
}

#endif
