// Idea: the rate at which the device reads each memory level: sums of a buffer as large as half a cache, or larger than all of them,
//   read `passes` times, in several shapes, since no single one saturates every device. The best shape is the ceiling.
// Tensors: data [elements] uint32, element i being i * factor; out [global size] uint32, the sum over all passes of what the
//   work-item read, modulo 2^32: their sum is known beforehand, and tells whether everything was read, once a pass.
// Launch: one dimension. chunk_*: each work-item reads one contiguous part, as a CPU's cores want it; a work-item a compute unit
//   keeps a part in its core's own caches. coalesced_*: neighbouring work-items read neighbouring elements, as a GPU wants it.
//     chunk_*       | item 0: 0 1 2 3 4 5 | item 1: 6 7 8 9 10 11 |
//     coalesced_*   | 0: 0  1: 1  2: 2  | 0: 3  1: 4  2: 5  | ...
// Bytes: 4 * elements * passes are read; sums are integers, so that no order of addition is slower or gives another result.
// Local memory: 0 bytes. Preconditions: shift 0; elements a multiple of 128 * the global size for chunk_*, of 4 for coalesced_*.
// Leaves out: writing; local memory; constant and texture caches.

// `pass & shift` is 0, but no compiler knows it, and so none can take the sum of one pass for those of all.
#define LANES_SUM(TYPE, WIDTH, sum)                                     \
  uint total = 0;                                                       \
  for (int lane = 0; lane < WIDTH; lane++) {                            \
    total += ((uint *)&sum)[lane];                                      \
  }                                                                     \
  out[get_global_id(0)] = total;

// Vector c of each step lies at c * APART, counted in vectors, from the first.
#define CHUNK(NAME, TYPE, WIDTH, CHAINS, STEPS, STEP, APART)            \
  __kernel void NAME(__global const uint *data, __global uint *out, const uint elements, const uint passes, const uint shift) { \
    const uint chunk = elements / (uint)get_global_size(0);             \
    const uint vectors = chunk / WIDTH;                                 \
    __global const TYPE *mine = (__global const TYPE *)(data + get_global_id(0) * chunk); \
    TYPE x[CHAINS];                                                     \
    _Pragma("unroll") for (int c = 0; c < CHAINS; c++) {                \
      x[c] = (TYPE)(0);                                                 \
    }                                                                   \
    for (uint pass = 0; pass < passes; pass++) {                        \
      __global const TYPE *from = mine + (pass & shift);                \
      for (uint step = 0; step < (STEPS); step++) {                     \
        _Pragma("unroll") for (int c = 0; c < CHAINS; c++) {            \
          x[c] += from[(size_t)step * (STEP) + c * (APART)];            \
        }                                                               \
      }                                                                 \
    }                                                                   \
    TYPE sum = x[0];                                                    \
    _Pragma("unroll") for (int c = 1; c < CHAINS; c++) {                \
      sum += x[c];                                                      \
    }                                                                   \
    LANES_SUM(TYPE, WIDTH, sum)                                         \
  }

// One after the other; the number of vectors in flight is what differs.
CHUNK(chunk_16x4, uint16, 16, 4, vectors / 4, 4, 1)
CHUNK(chunk_16x8, uint16, 16, 8, vectors / 8, 8, 1)
CHUNK(chunk_8x8, uint8, 8, 8, vectors / 8, 8, 1)
// Four streams a quarter of the part apart: more lines in flight where a core follows several streams.
CHUNK(chunk_16_streams4, uint16, 16, 4, vectors / 4, 1, (size_t)(vectors / 4))

// In every pass another work-group reads a part, or the caches next to the compute units would serve all passes but the first. 11 is
// above the 8 work-groups that a compute unit is given, so that they are not each other's successors.
#define GROUPS_ON 11

#define COALESCED(NAME, TYPE, WIDTH, CHAINS)                            \
  __kernel void NAME(__global const uint *data, __global uint *out, const uint elements, const uint passes, const uint shift) { \
    const size_t vectors = elements / WIDTH;                            \
    const size_t items = get_global_size(0);                            \
    TYPE x[CHAINS];                                                     \
    _Pragma("unroll") for (int c = 0; c < CHAINS; c++) {                \
      x[c] = (TYPE)(0);                                                 \
    }                                                                   \
    for (uint pass = 0; pass < passes; pass++) {                        \
      __global const TYPE *from = (__global const TYPE *)data + (pass & shift); \
      const size_t group = (get_group_id(0) + (size_t)pass * GROUPS_ON) % get_num_groups(0); \
      size_t v = group * get_local_size(0) + get_local_id(0);           \
      for (; v + (CHAINS - 1) * items < vectors; v += CHAINS * items) { \
        _Pragma("unroll") for (int c = 0; c < CHAINS; c++) {            \
          x[c] += from[v + c * items];                                  \
        }                                                               \
      }                                                                 \
      for (; v < vectors; v += items) {                                 \
        x[0] += from[v];                                                \
      }                                                                 \
    }                                                                   \
    TYPE sum = x[0];                                                    \
    _Pragma("unroll") for (int c = 1; c < CHAINS; c++) {                \
      sum += x[c];                                                      \
    }                                                                   \
    LANES_SUM(TYPE, WIDTH, sum)                                         \
  }

COALESCED(coalesced_4x4, uint4, 4, 4)
COALESCED(coalesced_4x8, uint4, 4, 8)
COALESCED(coalesced_2x8, uint2, 2, 8)
COALESCED(coalesced_1x8, uint, 1, 8)

// Writes the data: a work-item's elements start at its id * first_step and lie `stride` apart.
__kernel void fill(__global uint *data, const ulong elements, const ulong per_item, const ulong first_step, const ulong stride, const uint factor) {
  for (ulong n = 0; n < per_item; n++) {
    const ulong i = get_global_id(0) * first_step + n * stride;
    if (i < elements) {
      data[i] = (uint)i * factor;
    }
  }
}
