// Idea: wip
#include "attention_common.clh"
#include "block_map.clh"
#include "tiles.clh"

#ifndef HEAD_DIM
#define HEAD_DIM 64
#endif
#ifndef VALUE_DIM
#define VALUE_DIM HEAD_DIM
#endif
#ifndef BLOCK_Q
#define BLOCK_Q 64
#endif
#ifndef BLOCK_KV
#define BLOCK_KV 64
#endif
// Rows of queries that an item holds in both products: 8 or 4.
#ifndef ITEM_ROWS
#define ITEM_ROWS 8
#endif
// Items side by side: each has BLOCK_KV / X_ITEMS scores and VALUE_WIDTH / X_ITEMS outputs of each of its rows.
#ifndef X_ITEMS
#define X_ITEMS 8
#endif
// Dimensions of K, and keys of V, that are in local memory at a time, twice: one slice is written while the other one is read.
#ifndef SLICE_DIMS
#define SLICE_DIMS 16
#endif
#ifndef SLICE_KEYS
#define SLICE_KEYS 16
#endif
// Whether all of Q's block stays in local memory; otherwise it comes in slices beside K's, once a tile.
#ifndef KEEP_QUERIES
#define KEEP_QUERIES (HEAD_DIM <= 64)
#endif

// Whether all rows of Q, K, V and O start at addresses that vectors of 4 may be read from. Said when the program is built: asked at run
// time, compilers merge both ways to read into the slower one (four loads instead of one, LLVM 15).
#ifndef ALIGNED_ROWS
#define ALIGNED_ROWS (HEAD_DIM % 4 == 0 && VALUE_DIM % 4 == 0)
#endif

// How often the loops over a slice are unrolled: all of it leaves nothing but reads and multiply-adds.
#ifndef UNROLL
#define UNROLL SLICE_DIMS
#endif

#define Y_ITEMS (BLOCK_Q / ITEM_ROWS)
#define ITEMS (X_ITEMS * Y_ITEMS)
#define ROW_VECTORS (ITEM_ROWS / 4)
#define KEY_VECTORS (BLOCK_KV / (4 * X_ITEMS))
#define VALUE_VECTORS ((VALUE_DIM + 4 * X_ITEMS - 1) / (4 * X_ITEMS))
#define VALUE_WIDTH (4 * X_ITEMS * VALUE_VECTORS)
#define KEY_SLICES ((HEAD_DIM + SLICE_DIMS - 1) / SLICE_DIMS)
#define VALUE_SLICES (BLOCK_KV / SLICE_KEYS)

#if X_ITEMS % 8 != 0 || Y_ITEMS % 4 != 0 || BLOCK_KV % (4 * X_ITEMS) != 0 || SLICE_DIMS % 8 != 0
#error "items lie in squares of 4 x 8 and hold whole vectors"
#endif
#if BLOCK_KV * SLICE_DIMS % (4 * ITEMS) != 0 || (!KEEP_QUERIES && BLOCK_Q * SLICE_DIMS % (4 * ITEMS) != 0) || SLICE_KEYS % Y_ITEMS != 0
#error "every item fetches the same number of vectors of a slice"
#endif
#if BLOCK_KV % SLICE_KEYS != 0
#error "slices must divide tiles"
#endif
#if defined(MASK_EXPRESSION) && (MAP_BLOCK % BLOCK_Q != 0 || MAP_BLOCK % BLOCK_KV != 0)
#error "tiles must divide the blocks of the block map"
#endif

// What an item fetches of each slice, in vectors.
#define Q_FETCHED (KEEP_QUERIES ? 0 : BLOCK_Q * SLICE_DIMS / (4 * ITEMS))
#define K_FETCHED (BLOCK_KV * SLICE_DIMS / (4 * ITEMS))
#define V_FETCHED (SLICE_KEYS / Y_ITEMS * VALUE_VECTORS)
#define FETCHED (Q_FETCHED + K_FETCHED > V_FETCHED ? Q_FETCHED + K_FETCHED : V_FETCHED)

// Lines of the transposed tiles, in vectors, with one vector of padding.
#define Q_LINE (BLOCK_Q / 4 + 1)
#define K_LINE (BLOCK_KV / 4 + 1)
#define V_LINE (VALUE_WIDTH / 4)
#define KEY_SLICE_VECTORS (SLICE_DIMS * (K_LINE + (KEEP_QUERIES ? 0 : Q_LINE)))
#define VALUE_SLICE_VECTORS (SLICE_KEYS * V_LINE)
#define SLICE_VECTORS (KEY_SLICE_VECTORS > VALUE_SLICE_VECTORS ? KEY_SLICE_VECTORS : VALUE_SLICE_VECTORS)

// Whether rows end where their last slice does, so that no vector need be asked whether it lies within.
#define WHOLE_KEYS (HEAD_DIM % SLICE_DIMS == 0)
#define WHOLE_VALUES (VALUE_DIM % (4 * X_ITEMS) == 0)

// Scores are kept times log2(e), so that weights are powers of two: one multiplication for the scale and the change of base, and an
// exponential that GPUs have an instruction for.
#define LOG2_E 1.44269504f
#define LN_2 0.69314718f

// Row r of the item's rows within the block, and key c of its keys within the tile: vectors of 4, as far apart as there are items.
#define ROW_AT(r) (4 * (y + (r) / 4 * Y_ITEMS) + (r) % 4)
#define KEY_AT(c) (4 * (x + (c) / 4 * X_ITEMS) + (c) % 4)

// A tile's keys [begin, end); begin is INT_MAX where there is no tile.
typedef struct {
  int begin, end;
  bool all_visible;
} key_tile;

// Columns [column, column + 4) of a row, 0 from `columns` on.
static inline float4 load_vector(__global const float *row, int column, int columns, bool whole) {
#if ALIGNED_ROWS
  return whole || column + 4 <= columns ? *(__global const float4 *)(row + column) : load4(row, column, columns);
#else
  return load4(row, column, columns);
#endif
}

// Writes what load_vector would read.
static inline void store_vector(float4 value, __global float *row, int column, int columns, bool whole) {
#if ALIGNED_ROWS
  if (whole || column + 4 <= columns) {
    *(__global float4 *)(row + column) = value;
    return;
  }
#endif
  store4(value, row, column, columns);
}

// The item's vectors of a slice that will lie transposed: columns [column, column + SLICE_DIMS) of `rows` rows. Neighbouring items take
// two vectors of a row, a whole sector of memory, of 16 rows. Rows past last_row repeat it: what they give is hidden or not stored.
static inline __attribute__((always_inline)) void fetch_transposed(__global const float *matrix, long stride,
    int first_row, int last_row, int rows, int column, int item, int count, float4 *fetched) {
#pragma unroll
  for (int i = 0; i < count; i++) {
    int n = item + i * ITEMS;
    int row = min(first_row + n / 2 % rows, last_row);
    fetched[i] = load_vector(matrix + row * stride, column + 4 * (n % 2 + n / (2 * rows) * 2), HEAD_DIM, WHOLE_KEYS);
  }
}

// Writes what fetch_transposed has fetched: tile[column][row].
static inline __attribute__((always_inline)) void put_transposed(const float4 *fetched, int rows, int item, int count,
                                                                 __local float4 *tile, int line) {
#pragma unroll
  for (int i = 0; i < count; i++) {
    int n = item + i * ITEMS;
    __local float *to = (__local float *)tile + 4 * (n % 2 + n / (2 * rows) * 2) * 4 * line + n / 2 % rows;
    to[0] = fetched[i].s0;
    to[4 * line] = fetched[i].s1;
    to[8 * line] = fetched[i].s2;
    to[12 * line] = fetched[i].s3;
  }
}

// The item's vectors of SLICE_KEYS rows of V. Rows past last_key repeat it, with a weight of 0.
static inline __attribute__((always_inline)) void fetch_values(__global const float *v_head, long stride, int first_key,
                                                               int last_key, int item, float4 *fetched) {
#pragma unroll
  for (int j = 0; j < SLICE_KEYS / Y_ITEMS; j++) {
    __global const float *row = v_head + min(first_key + item / X_ITEMS + j * Y_ITEMS, last_key) * stride;
#pragma unroll
    for (int n = 0; n < VALUE_VECTORS; n++) {
      fetched[j * VALUE_VECTORS + n] = load_vector(row, 4 * (item % X_ITEMS + n * X_ITEMS), VALUE_DIM, WHOLE_VALUES);
    }
  }
}

static inline __attribute__((always_inline)) void put_values(const float4 *fetched, int item, __local float4 *tile) {
#pragma unroll
  for (int j = 0; j < SLICE_KEYS / Y_ITEMS; j++) {
#pragma unroll
    for (int n = 0; n < VALUE_VECTORS; n++) {
      tile[(item / X_ITEMS + j * Y_ITEMS) * V_LINE + item % X_ITEMS + n * X_ITEMS] = fetched[j * VALUE_VECTORS + n];
    }
  }
}

// Whether the item has fetched a NaN or an infinity: both times 0 are NaN.
static inline __attribute__((always_inline)) bool non_finite_values(const float4 *fetched) {
  float4 sum = (float4)(0.0f);
#pragma unroll
  for (int i = 0; i < V_FETCHED; i++) {
    sum = fma(fetched[i], (float4)(0.0f), sum);
  }
  return any(isnan(sum));
}

// Whether masks let any of the item's pairs through.
static inline bool sees_any(const attention_params params, __global const uchar *mask, __global const int2 *sequences, int b, int h,
                            int first_row, int first_key, int x, int y) {
#pragma unroll 1
  for (int r = 0; r < ITEM_ROWS; r++) {
    score_row row = row_of_scores(params, sequences, b, h, min(first_row + ROW_AT(r), params.query_len - 1));
#pragma unroll 1
    for (int c = 0; c < 4 * KEY_VECTORS; c++) {
      int key = first_key + KEY_AT(c);
      if (key >= row.range.x && key < row.range.y && expression_sees(params, row, key)
          && mask_score(params, mask, row.mask, key, 0.0f) != -INFINITY) {
        return true;
      }
    }
  }
  return false;
}

// Makes scores of the item's dot products where more than a scale is asked for. They lie in p_tile meanwhile, so that the loops need
// not be unrolled for registers, 64 times all that masks and scores may ask. Each item reads only what it has written itself.
static inline void score_pairs(const attention_params params, __global const uchar *mask, __global const int2 *sequences, int b, int h,
                               int first_row, int first_key, bool all_visible, int x, int y, __local float *p_tile) {
#pragma unroll 1
  for (int r = 0; r < ITEM_ROWS; r++) {
    score_row row = row_of_scores(params, sequences, b, h, min(first_row + ROW_AT(r), params.query_len - 1));
#pragma unroll 1
    for (int c = 0; c < 4 * KEY_VECTORS; c++) {
      __local float *place = p_tile + KEY_AT(c) * 4 * Q_LINE + ROW_AT(r);
      int key = first_key + KEY_AT(c);
      *place = LOG2_E * (all_visible ? seen_score(params, mask, row, key, *place) : pair_score(params, mask, row, key, *place));
    }
  }
}

// Component r of a vector, r a constant once loops are unrolled.
static inline float lane_of(float4 a, int r) { return r == 0 ? a.s0 : r == 1 ? a.s1 : r == 2 ? a.s2 : a.s3; }

// Writes the item's 4 x 4 block transposed, lines of `line` vectors, and reads it again.
static inline __attribute__((always_inline)) void store_transposed(const float4 *block, __local float4 *to, int line) {
  to[0] = (float4)(block[0].s0, block[1].s0, block[2].s0, block[3].s0);
  to[line] = (float4)(block[0].s1, block[1].s1, block[2].s1, block[3].s1);
  to[2 * line] = (float4)(block[0].s2, block[1].s2, block[2].s2, block[3].s2);
  to[3 * line] = (float4)(block[0].s3, block[1].s3, block[2].s3, block[3].s3);
}

static inline __attribute__((always_inline)) void load_transposed_back(__local const float4 *from, int line, float4 *block) {
  float4 a = from[0], b = from[line], c = from[2 * line], d = from[3 * line];
  block[0] = (float4)(a.s0, b.s0, c.s0, d.s0);
  block[1] = (float4)(a.s1, b.s1, c.s1, d.s1);
  block[2] = (float4)(a.s2, b.s2, c.s2, d.s2);
  block[3] = (float4)(a.s3, b.s3, c.s3, d.s3);
}

// Weights of 4 scores of a row, and of those that may be hidden.
static inline float4 weights_of(float4 scores, float shift) { return exp2(scores - shift); }

static inline float4 visible_weights_of(float4 scores, float shift) {
  float4 weights = weights_of(scores, shift);
  return scores == (float4)(-INFINITY) ? (float4)(HIDDEN_WEIGHT) : weights;
}

static inline float sum_of(float4 a) { return (a.s0 + a.s1) + (a.s2 + a.s3); }

// Drops NaN, which comes back through the exponential.
static inline float largest_of(float4 a) { return fmax(fmax(a.s0, a.s1), fmax(a.s2, a.s3)); }

#ifdef MASK_EXPRESSION
// The tile from `begin` on: of the run, or of the next one where that is at its end.
static inline key_tile tile_from(run_list list, int key_length, int begin, int *index, key_run *run) {
  key_tile tile = {INT_MAX, 0, false};
  if (begin >= run->end) {
    if (*index == list.count) {
      return tile;
    }
    *run = run_at(list, (*index)++);
    run->end = min(run->end, key_length);
    begin = run->begin;
  }
  tile.begin = begin;
  tile.end = min(begin + BLOCK_KV, run->end);
  tile.all_visible = run->full && begin + BLOCK_KV <= run->end;
  return tile;
}
#define NEXT_TILE(begin) tile_from(list, sequence.y, begin, &index, &run)
#else
// The tile from `begin` on. Ranges only move right from row to row: keys between the first row's begin and the last row's end are seen
// by any, keys between the last row's begin and the first row's end by all.
static inline key_tile tile_from(const attention_params params, int2 first_range, int2 last_range, int begin) {
  key_tile tile;
  tile.begin = begin < last_range.y ? begin : INT_MAX;
  tile.end = min(begin + BLOCK_KV, last_range.y);
  tile.all_visible = begin >= last_range.x && begin + BLOCK_KV <= first_range.y && only_ranges_hide(params);
  return tile;
}
#define NEXT_TILE(begin) tile_from(params, first_range, last_range, begin)
#endif

// What is fetched next while a slice is multiplied. `step >> 30` is 0, which compilers cannot know: else they keep the address of every
// row in registers from slice to slice, 2 a vector, and ptxas spills (48 bytes an item at D = 128).
#define FETCH_KEYS(tile, slice)                                                                                                      \
  fetch_transposed(k_head, params.k_row_stride, (tile).begin + (step >> 30), (tile).end - 1, BLOCK_KV, (slice) * SLICE_DIMS, item,   \
                   K_FETCHED, fetched);                                                                                              \
  if (!KEEP_QUERIES) {                                                                                                               \
    fetch_transposed(q_head, params.q_row_stride, first_row + (step >> 30), params.query_len - 1, BLOCK_Q, (slice) * SLICE_DIMS,     \
                     item, Q_FETCHED, fetched + K_FETCHED);                                                                          \
  }
#define FETCH_VALUES(tile, slice)                                                                                                    \
  fetch_values(v_head, params.v_row_stride, (tile).begin + (step >> 30) + (slice) * SLICE_KEYS, (tile).end - 1, item, fetched)

__kernel __attribute__((reqd_work_group_size(ITEMS, 1, 1))) void flash(
    __global const float *restrict q, __global const float *restrict k, __global const float *restrict v,
    __global float *restrict o, __global float *restrict lse, __global const uchar *restrict mask,
    __global const int2 *restrict sequences, __global float *restrict scratch, const attention_params params) {
#if KEEP_QUERIES
  __local float4 q_tile[KEY_SLICES * SLICE_DIMS * Q_LINE];  // [dimension][query]
#endif
  __local float4 slices[2 * SLICE_VECTORS];          // K as [dimension][key] and Q as [dimension][query], or V as [key][column]
  __local float4 p_tile[BLOCK_KV * Q_LINE];          // weights, [key][query]
  __local float4 partial[X_ITEMS * (BLOCK_Q / 4)];  // [x][query]: what the items of a row found
  __local float4 m_i[2 * (BLOCK_Q / 4)];            // per row: largest score before and after a tile, in turns
  __local int seen_tile[2];        // the last tile of an even and of an odd number in which anything is visible
  __local int non_finite_step[2];  // the last even and odd step whose values are not all finite

  int item = get_local_id(0);
  int lane = item % 32;
  int x = (lane / 2 % 2 + lane / 8 * 2) + item / 32 % (X_ITEMS / 8) * 8;
  int y = (lane % 2 + lane / 4 % 2 * 2) + item / 32 / (X_ITEMS / 8) * 4;
  // Late blocks of a causal mask have most keys: they start first, so that short ones fill the gaps at the end.
  int first_row = (int)(get_num_groups(0) - 1 - get_group_id(0)) * BLOCK_Q;
  int head = get_group_id(1);
#ifdef MASK_EXPRESSION
  // A row of the block map is one or several blocks of queries; the host launches groups for all of each. Longest rows start first.
  int parts = MAP_BLOCK / BLOCK_Q;
  int map_rows = get_num_groups(0) / parts;
  int map_row = row_in_order(params, sequences, head * map_rows + get_group_id(0) / parts);
  head = map_row / map_rows;
  first_row = map_row % map_rows * MAP_BLOCK + get_group_id(0) % parts * BLOCK_Q;
#endif
  int b = head / params.query_heads;
  int h = head % params.query_heads;
  int kv_head = h / (params.query_heads / params.kv_heads);
  int2 sequence = sequences[b];
  __global const float *q_head = q + params.q_offset + b * params.q_batch_stride + h * params.q_head_stride;
  __global const float *k_head = k + params.k_offset + b * params.k_batch_stride + kv_head * params.k_head_stride;
  __global const float *v_head = v + params.v_offset + b * params.v_batch_stride + kv_head * params.v_head_stride;

  float4 acc[ROW_VECTORS][VALUE_VECTORS][4];  // O: [..][..][row], vectors of columns
  float4 l_i[ROW_VECTORS];                    // per row: sum of weights, of this item's keys only
#pragma unroll
  for (int i = 0; i < ROW_VECTORS; i++) {
    l_i[i] = (float4)(0.0f);
#pragma unroll
    for (int n = 0; n < VALUE_VECTORS; n++) {
#pragma unroll
      for (int r = 0; r < 4; r++) {
        acc[i][n][r] = (float4)(0.0f);
      }
    }
  }
  if (item < BLOCK_Q / 4) {
    m_i[item] = (float4)(-INFINITY);
  }
  if (item < 2) {
    seen_tile[item] = -1;
    non_finite_step[item] = -1;
  }
#if KEEP_QUERIES
  // Rows past the last one repeat nothing here: they are 0, and not stored.
  load_transposed(q_head, params.q_row_stride, first_row, params.query_len, BLOCK_Q, 0, HEAD_DIM, KEY_SLICES * SLICE_DIMS, item, ITEMS,
                  (__local float *)q_tile, 4 * Q_LINE);
#endif
  barrier(CLK_LOCAL_MEM_FENCE);  // the flags are lowered before any item raises one

#ifdef MASK_EXPRESSION
  run_list list = runs_of(params, sequences, head, first_row / MAP_BLOCK);
  list.count = first_row < params.query_len ? list.count : 0;
  int index = 0;
  key_run run = {0, 0, false};
  key_tile tile = NEXT_TILE(0);
#else
  int2 first_range = key_range(params, sequence, first_row);
  int2 last_range = key_range(params, sequence, min(first_row + BLOCK_Q, params.query_len) - 1);
  key_tile tile = NEXT_TILE(first_range.x);
#endif
  float4 fetched[FETCHED];
  int tile_number = 0;
  int m_before = 0;  // where m_i was written last
  int step = 0;
  if (tile.begin < INT_MAX) {
    FETCH_KEYS(tile, 0);
  }

  while (tile.begin < INT_MAX) {
    key_tile next = NEXT_TILE(tile.begin + BLOCK_KV);
    bool test_pairs = !tile.all_visible && !only_ranges_hide(params);
#ifdef SCORE_EXPRESSION
    bool may_hide = true;  // a score may become -inf
    bool only_scaled = false;
#else
    bool may_hide = !tile.all_visible;
    bool only_scaled = tile.all_visible && !(params.soft_cap > 0.0f) && params.mask_kind != MASK_ADDITIVE;
#endif
    if (test_pairs) {
      // By every item, not only by those that see something: PoCL 3.1 lets the first item's branch decide for the work-group where
      // the branch leads to a loop with a barrier in it.
      bool sees = sees_any(params, mask, sequences, b, h, first_row, tile.begin, x, y);
      atomic_max(&seen_tile[tile_number % 2], sees ? tile_number : -1);
    }

    // S = Q K^T, a slice of dimensions at a time
    float4 s[ROW_VECTORS][KEY_VECTORS][4];
#pragma unroll
    for (int i = 0; i < ROW_VECTORS; i++) {
#pragma unroll
      for (int n = 0; n < KEY_VECTORS; n++) {
#pragma unroll
        for (int r = 0; r < 4; r++) {
          s[i][n][r] = (float4)(0.0f);
        }
      }
    }
    bool visible = true;
    for (int slice = 0; slice < KEY_SLICES && visible; slice++) {
      __local float4 *k_slice = slices + step % 2 * SLICE_VECTORS;
      put_transposed(fetched, BLOCK_KV, item, K_FETCHED, k_slice, K_LINE);
#if KEEP_QUERIES
      __local const float4 *q_slice = q_tile + slice * SLICE_DIMS * Q_LINE;
#else
      __local float4 *q_slice = k_slice + SLICE_DIMS * K_LINE;
      put_transposed(fetched + K_FETCHED, BLOCK_Q, item, Q_FETCHED, q_slice, Q_LINE);
#endif
      // The slice and the flag are written before any item reads them, and the slice before was read before the next one is written.
      barrier(CLK_LOCAL_MEM_FENCE);
      visible = !test_pairs || seen_tile[tile_number % 2] == tile_number;  // the same for all items
      if (!visible) {
        if (next.begin < INT_MAX) {
          FETCH_KEYS(next, 0);
        }
      } else {
        if (slice + 1 < KEY_SLICES) {
          FETCH_KEYS(tile, slice + 1);
        } else {
          FETCH_VALUES(tile, 0);
        }
#pragma unroll UNROLL
        for (int d = 0; d < SLICE_DIMS; d++) {
          float4 rows[ROW_VECTORS];
#pragma unroll
          for (int i = 0; i < ROW_VECTORS; i++) {
            rows[i] = q_slice[d * Q_LINE + y + i * Y_ITEMS];
          }
#pragma unroll
          for (int n = 0; n < KEY_VECTORS; n++) {
            float4 keys = k_slice[d * K_LINE + x + n * X_ITEMS];
#pragma unroll
            for (int i = 0; i < ROW_VECTORS; i++) {
              multiply_add(s[i][n], rows[i], keys);
            }
          }
        }
      }
      step++;
    }
    tile_number++;
    if (!visible) {
      tile = next;
      continue;
    }

    if (only_scaled) {
      float scale = params.scale * LOG2_E;
#pragma unroll
      for (int i = 0; i < ROW_VECTORS; i++) {
#pragma unroll
        for (int n = 0; n < KEY_VECTORS; n++) {
#pragma unroll
          for (int r = 0; r < 4; r++) {
            s[i][n][r] *= scale;
          }
        }
      }
    } else {
      // p_tile is free: a barrier has passed since the last tile's weights were read.
#pragma unroll
      for (int i = 0; i < ROW_VECTORS; i++) {
#pragma unroll
        for (int n = 0; n < KEY_VECTORS; n++) {
          store_transposed(s[i][n], p_tile + 4 * (x + n * X_ITEMS) * Q_LINE + y + i * Y_ITEMS, Q_LINE);
        }
      }
      score_pairs(params, mask, sequences, b, h, first_row, tile.begin, tile.all_visible, x, y, (__local float *)p_tile);
#pragma unroll
      for (int i = 0; i < ROW_VECTORS; i++) {
#pragma unroll
        for (int n = 0; n < KEY_VECTORS; n++) {
          load_transposed_back(p_tile + 4 * (x + n * X_ITEMS) * Q_LINE + y + i * Y_ITEMS, Q_LINE, s[i][n]);
        }
      }
    }

    // Online softmax: items find the maximum of their keys, and each puts together those of its rows.
#pragma unroll
    for (int i = 0; i < ROW_VECTORS; i++) {
      float4 largest = (float4)(largest_of(s[i][0][0]), largest_of(s[i][0][1]), largest_of(s[i][0][2]), largest_of(s[i][0][3]));
#pragma unroll
      for (int n = 1; n < KEY_VECTORS; n++) {
        largest = fmax(largest, (float4)(largest_of(s[i][n][0]), largest_of(s[i][n][1]), largest_of(s[i][n][2]),
                                         largest_of(s[i][n][3])));
      }
      partial[x * (BLOCK_Q / 4) + y + i * Y_ITEMS] = largest;
    }
    __local float4 *v_slice = slices + step % 2 * SLICE_VECTORS;
    put_values(fetched, item, v_slice);
    if (may_hide) {
      atomic_max(&non_finite_step[step % 2], non_finite_values(fetched) ? step : -1);
    }
    barrier(CLK_LOCAL_MEM_FENCE);  // all maxima, the first values and the flag are there
#pragma unroll
    for (int i = 0; i < ROW_VECTORS; i++) {
      float4 m_old = m_i[m_before + y + i * Y_ITEMS];
      float4 m_new = m_old;
#pragma unroll 2
      for (int n = 0; n < X_ITEMS; n++) {
        m_new = fmax(m_new, partial[n * (BLOCK_Q / 4) + y + i * Y_ITEMS]);
      }
      // A row that has seen nothing yet must not compute -inf - -inf.
      float4 shift = m_new == (float4)(-INFINITY) ? (float4)(0.0f) : m_new;
      float4 alpha = exp2(m_old - shift);
      if (x == 0) {
        m_i[BLOCK_Q / 4 - m_before + y + i * Y_ITEMS] = m_new;  // nobody reads these before the weights' barrier
      }
      float4 sums = (float4)(0.0f);
#pragma unroll
      for (int n = 0; n < KEY_VECTORS; n++) {
        if (may_hide) {
          s[i][n][0] = visible_weights_of(s[i][n][0], shift.s0);
          s[i][n][1] = visible_weights_of(s[i][n][1], shift.s1);
          s[i][n][2] = visible_weights_of(s[i][n][2], shift.s2);
          s[i][n][3] = visible_weights_of(s[i][n][3], shift.s3);
        } else {
          s[i][n][0] = weights_of(s[i][n][0], shift.s0);
          s[i][n][1] = weights_of(s[i][n][1], shift.s1);
          s[i][n][2] = weights_of(s[i][n][2], shift.s2);
          s[i][n][3] = weights_of(s[i][n][3], shift.s3);
        }
        sums += (float4)(sum_of(s[i][n][0]), sum_of(s[i][n][1]), sum_of(s[i][n][2]), sum_of(s[i][n][3]));
        store_transposed(s[i][n], p_tile + 4 * (x + n * X_ITEMS) * Q_LINE + y + i * Y_ITEMS, Q_LINE);
      }
      l_i[i] = fma(l_i[i], alpha, sums);
#pragma unroll
      for (int n = 0; n < VALUE_VECTORS; n++) {
        acc[i][n][0] *= alpha.s0;
        acc[i][n][1] *= alpha.s1;
        acc[i][n][2] *= alpha.s2;
        acc[i][n][3] *= alpha.s3;
      }
    }

    m_before = BLOCK_Q / 4 - m_before;

    // O = O * alpha + P V, a slice of keys at a time
    for (int slice = 0; slice < VALUE_SLICES; slice++) {
      v_slice = slices + step % 2 * SLICE_VECTORS;
      if (slice > 0) {
        put_values(fetched, item, v_slice);
        if (may_hide) {
          atomic_max(&non_finite_step[step % 2], non_finite_values(fetched) ? step : -1);
        }
      }
      barrier(CLK_LOCAL_MEM_FENCE);  // the weights, or the slice and the flag, are written before any item reads them
      if (slice + 1 < VALUE_SLICES) {
        FETCH_VALUES(tile, slice + 1);
      } else if (next.begin < INT_MAX) {
        FETCH_KEYS(next, 0);
      }
      __local const float4 *p_slice = p_tile + slice * SLICE_KEYS * Q_LINE;
      if (may_hide && non_finite_step[step % 2] == step) {
#pragma unroll 1
        for (int j = 0; j < SLICE_KEYS; j++) {
#pragma unroll
          for (int n = 0; n < VALUE_VECTORS; n++) {
#pragma unroll
            for (int i = 0; i < ROW_VECTORS; i++) {
              multiply_add_visible(acc[i][n], p_slice[j * Q_LINE + y + i * Y_ITEMS], v_slice[j * V_LINE + x + n * X_ITEMS]);
            }
          }
        }
      } else {
#pragma unroll UNROLL
        for (int j = 0; j < SLICE_KEYS; j++) {
          float4 rows[ROW_VECTORS];
#pragma unroll
          for (int i = 0; i < ROW_VECTORS; i++) {
            rows[i] = p_slice[j * Q_LINE + y + i * Y_ITEMS];
          }
#pragma unroll
          for (int n = 0; n < VALUE_VECTORS; n++) {
            float4 values = v_slice[j * V_LINE + x + n * X_ITEMS];
#pragma unroll
            for (int i = 0; i < ROW_VECTORS; i++) {
              multiply_add(acc[i][n], rows[i], values);
            }
          }
        }
      }
      step++;
    }
    tile = next;
  }

  // The items of a row add up their sums. The last maxima were read before the weights' barrier.
#pragma unroll
  for (int i = 0; i < ROW_VECTORS; i++) {
    partial[x * (BLOCK_Q / 4) + y + i * Y_ITEMS] = l_i[i];
  }
  barrier(CLK_LOCAL_MEM_FENCE);  // all sums are there
  __global float *o_head = o + params.o_offset + b * params.o_batch_stride + h * params.o_head_stride;
#pragma unroll
  for (int i = 0; i < ROW_VECTORS; i++) {
    float4 sum = (float4)(0.0f);
#pragma unroll 2
    for (int n = 0; n < X_ITEMS; n++) {
      sum += partial[n * (BLOCK_Q / 4) + y + i * Y_ITEMS];
    }
    float4 normalizer = sum == (float4)(0.0f) ? (float4)(0.0f) : 1.0f / sum;
    float4 row_lse = sum == (float4)(0.0f) ? (float4)(-INFINITY) : m_i[m_before + y + i * Y_ITEMS] * LN_2 + log(sum);
#pragma unroll
    for (int r = 0; r < 4; r++) {
      int row = first_row + ROW_AT(4 * i + r);
      if (row < params.query_len) {
#pragma unroll
        for (int n = 0; n < VALUE_VECTORS; n++) {
          store_vector(acc[i][n][r] * lane_of(normalizer, r), o_head + row * params.o_row_stride, 4 * (x + n * X_ITEMS), VALUE_DIM, WHOLE_VALUES);
        }
        if (x == 0) {
          lse[(long)head * params.query_len + row] = lane_of(row_lse, r);
        }
      }
    }
  }
}
