// Idea: the textbook pipeline on tiles: a blocked product for the scores, a softmax of each row, a blocked product with V. Tiles in
//   local memory let 64 queries share every key and value they read; the score matrix still goes through memory.
// Paper: Vaswani et al., "Attention Is All You Need" (2017), equation 1; blocked products: Volkov and Demmel, "Benchmarking GPUs to
//   tune dense linear algebra" (2008), section 5.
//
// Tensors (types of element_types.clh, rows where places.clh says): q [B, Hq, Sq, D], k [B, Hkv, Skv, D], v [B, Hkv, Skv, Dv],
//   o [B, Hq, Sq, Dv]; lse [B, Hq, Sq] contiguous; scratch [B, Hq, Sq, Skv] contiguous: scores, then weights.
// Launch: three kernels
//   tiled_three_pass_scores  (16 ceil(Skv / 64), 16 ceil(Sq / 64), B * Hq), groups of (16, 16): a 64 x 64 tile of scores
//   tiled_three_pass_softmax (64 Sq, B * Hq), groups of (64, 1): a row
//   tiled_three_pass_values  (16 ceil(Dv / 64), 16 ceil(Sq / 64), B * Hq), groups of (16, 16): a 64 x 64 tile of O
//
//      depth 16              64 keys                     every item holds 4 x 4 results; both operands lie
//   +-----+             +-------------+   depth          transposed, [depth][64], so that an item reads its
//   | Q   | 64 queries  | K^T         |   16             4 rows and its 4 columns as one vector each
//   +-----+             +-------------+
//
// Local memory: products 4 * 2 * DEPTH * (TILE + 4) bytes, softmax 4 * 64 bytes. Scratch: 4 * B * Hq * Sq * Skv bytes.
// Preconditions: none beyond the struct's; any D, Dv, lengths, strides, masks.
// Leaves out: fusing the passes; writing and reading the score matrix bounds it on every device with fast arithmetic.
#include "attention_common.clh"
#include "tiles.clh"

#define TILE 64
#define DEPTH 16
// 4 floats of padding keep vectors aligned and spread a tile's columns over the banks of local memory.
#define TILE_STRIDE (TILE + 4)
#define SIDE 16
#define SOFTMAX_ITEMS 64

__kernel __attribute__((reqd_work_group_size(SIDE, SIDE, 1))) void tiled_three_pass_scores(
    __global const query_element *restrict q, __global const kv_element *restrict k, __global const kv_element *restrict v,
    __global query_element *restrict o, __global float *restrict lse, __global const uchar *restrict mask,
    __global const int2 *restrict sequences, __global float *restrict scratch, const attention_params params) {
  __local float4 q_tile[DEPTH * TILE_STRIDE / 4];
  __local float4 k_tile[DEPTH * TILE_STRIDE / 4];
  int x = get_local_id(0);
  int y = get_local_id(1);
  int item = y * SIDE + x;
  int first_key = get_group_id(0) * TILE;
  int first_row = get_group_id(1) * TILE;
  int b = get_group_id(2) / params.query_heads;
  int h = get_group_id(2) % params.query_heads;
  int kv_head = h / (params.query_heads / params.kv_heads);
  int2 sequence = sequences[b];
  int row_end = query_count(params, sequences, b);
  if (first_row >= row_end) {
    return;  // all items of the group: a shorter sequence has no such rows
  }
  __global const query_element *q_head = q + query_place(params, sequences, b, h, 0);
  kv_rows keys = key_rows(params, sequences, b, kv_head);

  // Ranges only move right from row to row: these are all keys that any row of the tile sees.
  int begin = key_range(params, sequence, first_row).x;
  int end = key_range(params, sequence, min(first_row + TILE, row_end) - 1).y;
  // The later passes never look at scores outside a row's range, so a tile without any is left as it is.
  if (first_key >= end || first_key + TILE <= begin) {
    return;
  }

  float4 acc[4] = {(float4)(0.0f), (float4)(0.0f), (float4)(0.0f), (float4)(0.0f)};
  for (int d = 0; d < params.head_dim; d += DEPTH) {
    load_transposed(q_head, params.q_row_stride, first_row, row_end, TILE, d, params.head_dim, DEPTH, item,
                    SIDE * SIDE, (__local float *)q_tile, TILE_STRIDE);
    load_keys_transposed(k, keys, first_key, end, TILE, d, params.head_dim, DEPTH, item, SIDE * SIDE,
                    (__local float *)k_tile, TILE_STRIDE);
    barrier(CLK_LOCAL_MEM_FENCE);  // both tiles are written before any item reads them
#pragma unroll
    for (int c = 0; c < DEPTH; c++) {
      multiply_add(acc, q_tile[c * (TILE_STRIDE / 4) + y], k_tile[c * (TILE_STRIDE / 4) + x]);
    }
    barrier(CLK_LOCAL_MEM_FENCE);  // and read before the next ones overwrite them
  }

  for (int r = 0; r < 4; r++) {
    int i = first_row + 4 * y + r;
    if (i < row_end) {
      score_row row = row_of_scores(params, sequences, b, h, i);
      __global float *scores = scratch + ((long)get_group_id(2) * params.query_len + i) * params.kv_len;
      float *dot_products = (float *)&acc[r];
      for (int c = 0; c < 4; c++) {
        int key = first_key + 4 * x + c;
        if (key < row.range.y && key >= row.range.x) {
          scores[key] = pair_score(params, mask, row, key, dot_products[c] * row_scale(keys, k, key));
        }
      }
    }
  }
}

// The largest (or the sum) of what 64 items hold, to all of them.
static inline float reduce_row(float value, bool largest, int item, __local float *values) {
  values[item] = value;
  for (int half_count = SOFTMAX_ITEMS / 2; half_count > 0; half_count /= 2) {
    barrier(CLK_LOCAL_MEM_FENCE);  // what this step reads is written
    if (item < half_count) {
      float other = values[item + half_count];
      values[item] = largest ? fmax(values[item], other) : values[item] + other;
    }
  }
  barrier(CLK_LOCAL_MEM_FENCE);  // the result is there
  float result = values[0];
  barrier(CLK_LOCAL_MEM_FENCE);  // everyone has it before the array is used again
  return result;
}

__kernel __attribute__((reqd_work_group_size(SOFTMAX_ITEMS, 1, 1))) void tiled_three_pass_softmax(
    __global const query_element *restrict q, __global const kv_element *restrict k, __global const kv_element *restrict v,
    __global query_element *restrict o, __global float *restrict lse, __global const uchar *restrict mask,
    __global const int2 *restrict sequences, __global float *restrict scratch, const attention_params params) {
  __local float values[SOFTMAX_ITEMS];
  int item = get_local_id(0);
  int i = get_group_id(0);
  int b = get_group_id(1) / params.query_heads;
  if (i >= query_count(params, sequences, b)) {
    return;  // all items of the group
  }
  long row = (long)get_group_id(1) * params.query_len + i;
  int2 range = key_range(params, sequences[b], i);
  __global float *scores = scratch + row * params.kv_len;

  float m_i = -INFINITY;
  for (int key = range.x + item; key < range.y; key += SOFTMAX_ITEMS) {
    m_i = fmax(m_i, scores[key]);  // drops NaN, which the sum below brings back
  }
  m_i = reduce_row(m_i, true, item, values);
  float shift = m_i == -INFINITY ? 0.0f : m_i;  // an empty row must not compute -inf - -inf
  float l_i = 0.0f;
  for (int key = range.x + item; key < range.y; key += SOFTMAX_ITEMS) {
    float weight = pair_weight(scores[key], shift);
    scores[key] = weight;
    l_i += weight;
  }
  l_i = reduce_row(l_i, false, item, values);
  float normalizer = l_i == 0.0f ? 0.0f : 1.0f / l_i;
  for (int key = range.x + item; key < range.y; key += SOFTMAX_ITEMS) {
    scores[key] *= normalizer;  // a hidden weight keeps its sign
  }
  if (item == 0) {
    lse[row] = l_i == 0.0f ? -INFINITY : shift + log(l_i);
  }
}

__kernel __attribute__((reqd_work_group_size(SIDE, SIDE, 1))) void tiled_three_pass_values(
    __global const query_element *restrict q, __global const kv_element *restrict k, __global const kv_element *restrict v,
    __global query_element *restrict o, __global float *restrict lse, __global const uchar *restrict mask,
    __global const int2 *restrict sequences, __global float *restrict scratch, const attention_params params) {
  __local float4 weight_tile[DEPTH * TILE_STRIDE / 4];
  __local float4 v_tile[DEPTH * TILE / 4];
  __local int non_finite;
  int x = get_local_id(0);
  int y = get_local_id(1);
  int item = y * SIDE + x;
  int first_column = get_group_id(0) * TILE;
  int first_row = get_group_id(1) * TILE;
  int b = get_group_id(2) / params.query_heads;
  int h = get_group_id(2) % params.query_heads;
  int kv_head = h / (params.query_heads / params.kv_heads);
  int2 sequence = sequences[b];
  int row_end = query_count(params, sequences, b);
  if (first_row >= row_end) {
    return;  // as above
  }
  kv_rows values = value_rows(params, sequences, b, kv_head);
  __global const float *weights = scratch + (long)get_group_id(2) * params.query_len * params.kv_len;
  int begin = key_range(params, sequence, first_row).x;
  int end = key_range(params, sequence, min(first_row + TILE, row_end) - 1).y;

  float4 acc[4] = {(float4)(0.0f), (float4)(0.0f), (float4)(0.0f), (float4)(0.0f)};
  for (int key = begin; key < end; key += DEPTH) {
    if (item == 0) {
      non_finite = 0;
    }
    // Outside a row's own range the scratch holds nothing of ours: those weights are hidden.
    for (int n = item; n < TILE * DEPTH; n += SIDE * SIDE) {
      int r = n / DEPTH;
      int c = n % DEPTH;
      int i = first_row + r;
      float weight = HIDDEN_WEIGHT;
      if (i < row_end) {
        int2 range = key_range(params, sequence, i);
        if (key + c >= range.x && key + c < range.y) {
          weight = weights[(long)i * params.kv_len + key + c];
          // A hidden weight stays as it is: what its key's scale may be, nobody has said.
          weight = is_hidden(weight) ? weight : weight * row_scale(values, v, key + c);
        }
      }
      ((__local float *)weight_tile)[c * TILE_STRIDE + r] = weight;
    }
    barrier(CLK_LOCAL_MEM_FENCE);  // the flag is lowered before any item raises it
    bool bad = load_values(v, values, key, end, DEPTH, first_column, params.value_dim, TILE, item,
                         SIDE * SIDE, v_tile);
    atomic_or(&non_finite, bad);
    barrier(CLK_LOCAL_MEM_FENCE);  // tiles and flag are written before any item reads them
    if (non_finite) {
      for (int c = 0; c < DEPTH; c++) {
        multiply_add_visible(acc, weight_tile[c * (TILE_STRIDE / 4) + y], v_tile[c * (TILE / 4) + x]);
      }
    } else {
#pragma unroll
      for (int c = 0; c < DEPTH; c++) {
        multiply_add(acc, weight_tile[c * (TILE_STRIDE / 4) + y], v_tile[c * (TILE / 4) + x]);
      }
    }
    barrier(CLK_LOCAL_MEM_FENCE);  // and read before the next ones overwrite them
  }

  __global query_element *o_head = o + output_place(params, sequences, b, h, 0);
  for (int r = 0; r < 4; r++) {
    int i = first_row + 4 * y + r;
    if (i < row_end) {
      store_query_columns(acc[r], o_head + i * params.o_row_stride, first_column + 4 * x, params.value_dim);
    }
  }
}
