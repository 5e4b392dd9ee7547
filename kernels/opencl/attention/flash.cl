// Idea: flash attention for GPUs: a work-group takes BLOCK_Q queries through tiles of BLOCK_KV keys in local memory; scores and
//   weights of a tile never leave the compute unit, and every item holds a 4 x 4 block of both products in registers.
// Paper: Dao, "FlashAttention-2: Faster Attention with Better Parallelism and Work Partitioning" (2023), algorithm 1.
//
// Tensors (float32): q [B, Hq, Sq, D], k [B, Hkv, Skv, D], v [B, Hkv, Skv, Dv], o [B, Hq, Sq, Dv] by strides;
//   lse [B, Hq, Sq] contiguous; scratch unused.
// Launch: (ITEMS * ceil(Sq / BLOCK_Q), B * Hq), work-groups of (ITEMS, 1), ITEMS = BLOCK_Q / 4 * BLOCK_KV / 4.
//
//                BLOCK_KV keys                      item (x, y) holds rows 4y .. 4y + 3 of the block and
//              +--+--+--+--+                          - of the scores: keys 4x .. 4x + 3 of the tile
//    BLOCK_Q   |  |xy|  |  |  one tile after          - of O: columns 4x .. 4x + 3 of every 4 * X_ITEMS
//    queries   +--+--+--+--+  the other -->
//   Where a mask expression brings a block map: (ITEMS * MAP_BLOCK / BLOCK_Q * ceil(Sq / MAP_BLOCK), B * Hq); as many groups as a row
//   of its blocks has blocks of queries take that row, along the listed runs of keys only, and test no pair of full ones.
//
// Local memory: 4 * (HEAD_CHUNK * (BLOCK_Q + 4) + max(HEAD_CHUNK * (BLOCK_KV + 4), BLOCK_KV * VALUE_CHUNK)
//   + BLOCK_KV * (BLOCK_Q + 4) + (X_ITEMS + 3) * BLOCK_Q) + 8 bytes: 40 KB at 64 queries, 32 keys, D = 64.
// Registers: 16 scores and VALUE_CHUNKS * VALUE_CHUNK / X_ITEMS * 4 outputs an item: 32 at Dv = 64, 128 at Dv = 256.
// Preconditions: HEAD_DIM == params.head_dim, VALUE_DIM == params.value_dim.
// Leaves out: splitting one row's keys over work-groups (short queries on long contexts leave a GPU idle), copies that overlap with
//   arithmetic, matrix units.
#include "attention_common.clh"
#include "block_map.clh"
#include "tiles.clh"

#ifndef HEAD_DIM
#define HEAD_DIM 64
#endif
#ifndef VALUE_DIM
#define VALUE_DIM HEAD_DIM
#endif
// 64 x 32 with 4 x 4 blocks: a row of 8 items reads 8 vectors of keys and a column of 4 rows broadcasts, 2 wide accesses of local
// memory for 512 multiply-adds of 32 items, which a GPU with 4 arithmetic cycles for them can feed. The host shrinks BLOCK_Q where
// local memory or the work-group's limit is smaller.
#ifndef BLOCK_Q
#define BLOCK_Q 64
#endif
#ifndef BLOCK_KV
#define BLOCK_KV 32
#endif
// Dimensions of Q and K in local memory at a time. Q stays there for good where it fits in one chunk.
#ifndef HEAD_CHUNK
#define HEAD_CHUNK 64
#endif
#define HEAD_CHUNKS ((HEAD_DIM + HEAD_CHUNK - 1) / HEAD_CHUNK)

#if defined(MASK_EXPRESSION) && (MAP_BLOCK % BLOCK_Q != 0 || MAP_BLOCK % BLOCK_KV != 0)
#error "tiles must divide the blocks of the block map"
#endif

#define X_ITEMS (BLOCK_KV / 4)
#define Y_ITEMS (BLOCK_Q / 4)
#define ITEMS (X_ITEMS * Y_ITEMS)

// Columns of V in local memory at a time: two vectors of every item, or one where there are no more.
#define VALUE_VECTORS (VALUE_DIM > 4 * X_ITEMS ? 2 : 1)
#define VALUE_CHUNK (4 * X_ITEMS * VALUE_VECTORS)
#define VALUE_CHUNKS ((VALUE_DIM + VALUE_CHUNK - 1) / VALUE_CHUNK)

// Rows of the tiles, in floats and vectors; 4 floats of padding keep vectors aligned and spread columns over the banks.
#define Q_STRIDE (BLOCK_Q + 4)
#define K_STRIDE (BLOCK_KV + 4)
#define K_TILE_FLOATS (HEAD_CHUNK * K_STRIDE)
#define V_TILE_FLOATS (BLOCK_KV * VALUE_CHUNK)
#define KV_TILE_FLOATS (K_TILE_FLOATS > V_TILE_FLOATS ? K_TILE_FLOATS : V_TILE_FLOATS)

// Whether masks let any of the item's 16 pairs through.
inline bool sees_any(const attention_params params, __global const uchar *mask, __global const int2 *sequences, int b, int h,
                     int first_row, int first_key) {
  for (int r = 0; r < 4; r++) {
    score_row row = row_of_scores(params, sequences, b, h, min(first_row + r, params.query_len - 1));
    for (int c = 0; c < 4; c++) {
      int key = first_key + c;
      if (key >= row.range.x && key < row.range.y && expression_sees(params, row, key)
          && mask_score(params, mask, row.mask, key, 0.0f) != -INFINITY) {
        return true;
      }
    }
  }
  return false;
}

#ifdef MASK_EXPRESSION
// The next tile's first key: itself within its run, the next run's first key, or INT_MAX where there are no more.
inline int next_key(run_list list, int key_length, int key, int *index, key_run *run) {
  if (key < run->end) {
    return key;
  }
  if (*index == list.count) {
    return INT_MAX;
  }
  *run = run_at(list, (*index)++);
  run->end = min(run->end, key_length);
  return run->begin;
}
#endif

// The item's dot products become scores.
inline void score_pairs(const attention_params params, __global const uchar *mask, __global const int2 *sequences, int b,
                        int h, int first_row, int first_key, bool all_visible, float4 s[4]) {
  for (int r = 0; r < 4; r++) {
    score_row row = row_of_scores(params, sequences, b, h, min(first_row + r, params.query_len - 1));
    s[r] = all_visible ? (float4)(seen_score(params, mask, row, first_key, s[r].s0),
                                  seen_score(params, mask, row, first_key + 1, s[r].s1),
                                  seen_score(params, mask, row, first_key + 2, s[r].s2),
                                  seen_score(params, mask, row, first_key + 3, s[r].s3))
                       : (float4)(pair_score(params, mask, row, first_key, s[r].s0),
                                  pair_score(params, mask, row, first_key + 1, s[r].s1),
                                  pair_score(params, mask, row, first_key + 2, s[r].s2),
                                  pair_score(params, mask, row, first_key + 3, s[r].s3));
  }
}

inline float4 pair_weights(float4 s, float shift) {
  return (float4)(pair_weight(s.s0, shift), pair_weight(s.s1, shift), pair_weight(s.s2, shift), pair_weight(s.s3, shift));
}

inline float sum_of(float4 x) { return (x.s0 + x.s1) + (x.s2 + x.s3); }

// Drops NaN, which comes back through the exponential.
inline float largest_of(float4 x) { return fmax(fmax(x.s0, x.s1), fmax(x.s2, x.s3)); }

__kernel __attribute__((reqd_work_group_size(ITEMS, 1, 1))) void flash(
    __global const float *restrict q, __global const float *restrict k, __global const float *restrict v,
    __global float *restrict o, __global float *restrict lse, __global const uchar *restrict mask,
    __global const int2 *restrict sequences, __global float *restrict scratch, const attention_params params) {
  __local float4 q_tile[HEAD_CHUNK * Q_STRIDE / 4];  // [dimension][query]
  __local float4 kv_tile[KV_TILE_FLOATS / 4];        // K as [dimension][key], then V as [key][column]
  __local float4 p_tile[BLOCK_KV * Q_STRIDE / 4];    // weights, [key][query]
  __local float4 partial_vectors[X_ITEMS * Y_ITEMS]; // [x][query]: what the items of a row found
  __local float4 row_max[Y_ITEMS];                   // m_i
  __local float4 row_shift[Y_ITEMS];                 // m_i, or 0 for a row that has seen nothing yet
  __local float4 row_alpha[Y_ITEMS];                 // what earlier tiles are scaled by
  __local int any_visible;
  __local int non_finite;
  __local float *partial = (__local float *)partial_vectors;

  int item = get_local_id(0);
  int x = item % X_ITEMS;
  int y = item / X_ITEMS;
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

  // Ranges only move right from row to row, so the first begin and the last end hold them all; the reverse is what all rows see.
  int last_row = min(first_row + BLOCK_Q, params.query_len) - 1;
  int2 first_range = key_range(params, sequence, first_row);
  int2 last_range = key_range(params, sequence, last_row);

  float4 acc[VALUE_CHUNKS][VALUE_VECTORS][4];  // [..][..][row], vectors of columns
  float4 l_i = (float4)(0.0f);                 // per row, of this item's keys only
#pragma unroll
  for (int chunk = 0; chunk < VALUE_CHUNKS; chunk++) {
#pragma unroll
    for (int n = 0; n < VALUE_VECTORS; n++) {
#pragma unroll
      for (int r = 0; r < 4; r++) {
        acc[chunk][n][r] = (float4)(0.0f);
      }
    }
  }
  if (item < BLOCK_Q) {
    ((__local float *)row_max)[item] = -INFINITY;
  }
#if HEAD_CHUNKS == 1
  load_transposed(q_head, params.q_row_stride, first_row, params.query_len, BLOCK_Q, 0, HEAD_DIM, HEAD_CHUNK, item, ITEMS,
                  (__local float *)q_tile, Q_STRIDE);
#endif

#ifdef MASK_EXPRESSION
  run_list list = runs_of(params, sequences, head, first_row / MAP_BLOCK);
  list.count = first_row < params.query_len ? list.count : 0;
  int index = 0;
  key_run run = {0, 0, false};
  for (int key_begin = 0; (key_begin = next_key(list, sequence.y, key_begin, &index, &run)) < INT_MAX; key_begin += BLOCK_KV) {
    int key_end = min(key_begin + BLOCK_KV, run.end);
    bool all_visible = run.full && key_begin + BLOCK_KV <= run.end;
    bool test_pairs = !all_visible;
#else
  for (int key_begin = first_range.x; key_begin < last_range.y; key_begin += BLOCK_KV) {
    int key_end = min(key_begin + BLOCK_KV, last_range.y);
    bool in_range = key_begin >= last_range.x && key_begin + BLOCK_KV <= first_range.y;
    bool all_visible = in_range && only_ranges_hide(params);
    bool test_pairs = !only_ranges_hide(params);
#endif
#ifdef SCORE_EXPRESSION
    bool may_hide = true;  // a score may become -inf
#else
    bool may_hide = !all_visible;
#endif
    barrier(CLK_LOCAL_MEM_FENCE);  // nobody reads the last tile, its weights and its flags any more
    if (item == 0) {
      any_visible = !test_pairs;
      non_finite = 0;
    }
    barrier(CLK_LOCAL_MEM_FENCE);  // the flags are lowered before any item raises one
    if (test_pairs) {
      // By every item, not only by those that see something: PoCL 3.1 lets the first item's branch decide for the work-group where
      // the branch leads to a loop with a barrier in it.
      atomic_or(&any_visible, sees_any(params, mask, sequences, b, h, first_row + 4 * y, key_begin + 4 * x));
    }

    // S = Q K^T, a chunk of dimensions at a time
    float4 s[4] = {(float4)(0.0f), (float4)(0.0f), (float4)(0.0f), (float4)(0.0f)};
    for (int chunk = 0; chunk < HEAD_CHUNKS; chunk++) {
#if HEAD_CHUNKS > 1
      load_transposed(q_head, params.q_row_stride, first_row, params.query_len, BLOCK_Q, chunk * HEAD_CHUNK, HEAD_DIM,
                      HEAD_CHUNK, item, ITEMS, (__local float *)q_tile, Q_STRIDE);
#endif
      load_transposed(k_head, params.k_row_stride, key_begin, key_end, BLOCK_KV, chunk * HEAD_CHUNK, HEAD_DIM, HEAD_CHUNK,
                      item, ITEMS, (__local float *)kv_tile, K_STRIDE);
      barrier(CLK_LOCAL_MEM_FENCE);  // the chunk and the flag are written before any item reads them
      if (any_visible) {
#pragma unroll 8
        for (int d = 0; d < HEAD_CHUNK; d++) {
          multiply_add(s, q_tile[d * (Q_STRIDE / 4) + y], kv_tile[d * (K_STRIDE / 4) + x]);
        }
      }
#if HEAD_CHUNKS > 1
      barrier(CLK_LOCAL_MEM_FENCE);  // and read before the next chunk overwrites it
#endif
    }
    if (!any_visible) {
      continue;  // the same for all items: nobody raises the flag after the barrier above
    }
    score_pairs(params, mask, sequences, b, h, first_row + 4 * y, key_begin + 4 * x, all_visible, s);

    // Online softmax: items find the maximum of their keys, one item a row puts them together.
#pragma unroll
    for (int r = 0; r < 4; r++) {
      partial[x * BLOCK_Q + 4 * y + r] = largest_of(s[r]);
    }
    barrier(CLK_LOCAL_MEM_FENCE);  // all maxima are there, and K has been read
    if (item < BLOCK_Q) {
      float m_old = ((__local float *)row_max)[item];
      float m_new = m_old;
      for (int n = 0; n < X_ITEMS; n++) {
        m_new = fmax(m_new, partial[n * BLOCK_Q + item]);
      }
      float shift = m_new == -INFINITY ? 0.0f : m_new;  // a row that has seen nothing yet must not compute -inf - -inf
      ((__local float *)row_max)[item] = m_new;
      ((__local float *)row_shift)[item] = shift;
      ((__local float *)row_alpha)[item] = exp(m_old - shift);
    }
    barrier(CLK_LOCAL_MEM_FENCE);  // shifts and scales are there for all items
    float4 shift = row_shift[y];
    float4 alpha = row_alpha[y];
    float4 p_0 = pair_weights(s[0], shift.s0);
    float4 p_1 = pair_weights(s[1], shift.s1);
    float4 p_2 = pair_weights(s[2], shift.s2);
    float4 p_3 = pair_weights(s[3], shift.s3);
    l_i = fma(l_i, alpha, (float4)(sum_of(p_0), sum_of(p_1), sum_of(p_2), sum_of(p_3)));
    p_tile[(4 * x) * (Q_STRIDE / 4) + y] = (float4)(p_0.s0, p_1.s0, p_2.s0, p_3.s0);
    p_tile[(4 * x + 1) * (Q_STRIDE / 4) + y] = (float4)(p_0.s1, p_1.s1, p_2.s1, p_3.s1);
    p_tile[(4 * x + 2) * (Q_STRIDE / 4) + y] = (float4)(p_0.s2, p_1.s2, p_2.s2, p_3.s2);
    p_tile[(4 * x + 3) * (Q_STRIDE / 4) + y] = (float4)(p_0.s3, p_1.s3, p_2.s3, p_3.s3);

    // O = O * alpha + P V, a chunk of columns at a time
#pragma unroll
    for (int chunk = 0; chunk < VALUE_CHUNKS; chunk++) {
      if (chunk > 0) {
        barrier(CLK_LOCAL_MEM_FENCE);  // the last chunk has been read
      }
      bool bad = load_rows(v_head, params.v_row_stride, key_begin, key_end, BLOCK_KV, chunk * VALUE_CHUNK, VALUE_DIM,
                           VALUE_CHUNK, item, ITEMS, kv_tile);
      if (may_hide) {
        atomic_or(&non_finite, bad);
      }
      barrier(CLK_LOCAL_MEM_FENCE);  // values, weights and the flag are written before any item reads them
#pragma unroll
      for (int n = 0; n < VALUE_VECTORS; n++) {
        acc[chunk][n][0] *= alpha.s0;
        acc[chunk][n][1] *= alpha.s1;
        acc[chunk][n][2] *= alpha.s2;
        acc[chunk][n][3] *= alpha.s3;
      }
      if (non_finite) {
        for (int j = 0; j < BLOCK_KV; j++) {
#pragma unroll
          for (int n = 0; n < VALUE_VECTORS; n++) {
            multiply_add_visible(acc[chunk][n], p_tile[j * (Q_STRIDE / 4) + y],
                                 kv_tile[j * (VALUE_CHUNK / 4) + n * X_ITEMS + x]);
          }
        }
      } else {
#pragma unroll 4
        for (int j = 0; j < BLOCK_KV; j++) {
#pragma unroll
          for (int n = 0; n < VALUE_VECTORS; n++) {
            multiply_add(acc[chunk][n], p_tile[j * (Q_STRIDE / 4) + y],
                         kv_tile[j * (VALUE_CHUNK / 4) + n * X_ITEMS + x]);
          }
        }
      }
    }
  }

  // The items of a row add up their sums.
  barrier(CLK_LOCAL_MEM_FENCE);  // the last maxima have been read
  partial_vectors[x * Y_ITEMS + y] = l_i;
  barrier(CLK_LOCAL_MEM_FENCE);  // all sums are there
  __global float *o_head = o + params.o_offset + b * params.o_batch_stride + h * params.o_head_stride;
  for (int r = 0; r < 4; r++) {
    int row = 4 * y + r;
    float sum = 0.0f;
    for (int n = 0; n < X_ITEMS; n++) {
      sum += partial[n * BLOCK_Q + row];
    }
    float normalizer = sum == 0.0f ? 0.0f : 1.0f / sum;
    if (first_row + row < params.query_len) {
#pragma unroll
      for (int chunk = 0; chunk < VALUE_CHUNKS; chunk++) {
#pragma unroll
        for (int n = 0; n < VALUE_VECTORS; n++) {
          store4(acc[chunk][n][r] * normalizer, o_head + (first_row + row) * params.o_row_stride,
                 chunk * VALUE_CHUNK + 4 * (n * X_ITEMS + x), VALUE_DIM);
        }
      }
      if (x == 0) {
        lse[(long)head * params.query_len + first_row + row] =
            sum == 0.0f ? -INFINITY : ((__local float *)row_max)[row] + log(sum);
      }
    }
  }
}
