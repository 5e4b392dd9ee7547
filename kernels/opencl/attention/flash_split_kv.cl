// Idea: flash attention for few queries: the queries of all heads that share a key-value head are rows of one block, so that keys and
//   values are read once for all of them, and the keys are split over work-groups; a second kernel merges what the parts found.
// Paper: Dao et al., "Flash-Decoding for long-context inference" (2023); the merge is Dao, "FlashAttention-2" (2023), section 3.1;
//   packing the heads of a group: Ainslie et al., "GQA" (2023); running maximum and sum: Milakov and Gimelshein (2018), algorithm 3.
//
// Tensors (float32): q [B, Hq, Sq, D], k [B, Hkv, Skv, D], v [B, Hkv, Skv, Dv], o [B, Hq, Sq, Dv] by strides;
//   lse [B, Hq, Sq] contiguous; scratch: O of every part before normalization [B, Hq, Sq, key_parts, Dv], then its maximum and sum
//   [B, Hq, Sq, key_parts, 2]; unused where key_parts is 1: then the first kernel writes O and LSE itself and is alone.
// Launch: flash_split_kv (ITEMS * ceil(Sq * Hq / Hkv / BLOCK_ROWS) * key_parts, B * Hkv), work-groups of (ITEMS, 1);
//   flash_split_kv_merge (MERGE_ITEMS * Sq, B * Hq), work-groups of (MERGE_ITEMS, 1): one for each row of O.
//
//     rows, i * group + head:   query 0 of head 0         keys that any row of the block sees, in equal parts
//     BLOCK_ROWS together       query 0 of head 1       |  part 0  |  part 1  | ...  |  last part, shorter |
//                               query 1 of head 0          one work-group each, BLOCK_KV keys at a time
//   ITEMS == 1, for CPU devices: lanes of a vector are dimensions in both products, 4 rows by 4 keys at a time share what is loaded;
//   the lanes' sums are added up in a tree that leaves 16 scores in a vector.
//   ITEMS > 1, for GPUs: KEY_ITEMS items share a key of K, 64 bytes side by side; VALUE_ITEMS items hold a row of V, a vector each;
//   both go from memory to registers, since no other item needs them.
//
// Local memory: ITEMS == 1: 0 bytes, private: 64 * BLOCK_ROWS * (HEAD_VECTORS + VALUE_VECTORS + 2) of rows (the sum by lanes; the maximum
//   and what masks may ask, padded), 4 * ROWS * (2 * BLOCK_KV + 1) of a tile: scores, biases, scales.
//   ITEMS > 1: 4 * (BLOCK_ROWS * (16 * ceil(D / 16) + (KEY_ITEMS + 1) * BLOCK_KV + 1) + 5 * ITEMS) bytes.
// Preconditions: HEAD_DIM == params.head_dim, VALUE_DIM == params.value_dim; BLOCK_ROWS a multiple of 4 that divides ITEMS (if > 1).
// Leaves out: a walk along the block map: expressions are asked pair by pair, between the keys that ranges leave.
#include "attention_common.clh"
#include "tiles.clh"

#ifndef HEAD_DIM
#define HEAD_DIM 64
#endif
#ifndef VALUE_DIM
#define VALUE_DIM HEAD_DIM
#endif
#ifndef ITEMS
#define ITEMS 1
#endif
#ifndef BLOCK_ROWS
#define BLOCK_ROWS (ITEMS == 1 ? 32 : 16)
#endif
#ifndef BLOCK_KV
#define BLOCK_KV 64
#endif
// Parts begin at multiples of so many keys from the first one.
#define PART_UNIT 16
#define MERGE_ITEMS (ITEMS == 1 ? 1 : 32)

// What one work-group computes.
typedef struct {
  int b, kv_head, group;     // group: query heads of a key-value head
  int first_row, last_row;   // of Sq * group
  int part;
  int begin, end;            // its keys
} split_part;

static inline split_part part_of(const attention_params params, __global const int2 *sequences) {
  split_part own;
  own.b = get_group_id(1) / params.kv_heads;
  own.kv_head = get_group_id(1) % params.kv_heads;
  own.group = params.query_heads / params.kv_heads;
  own.part = get_group_id(0) % params.key_parts;
  own.first_row = (int)(get_group_id(0) / params.key_parts) * BLOCK_ROWS;
  own.last_row = min(own.first_row + BLOCK_ROWS, params.query_len * own.group) - 1;
  // Ranges only move right from query to query, so the first begin and the last end hold them all.
  int begin = key_range(params, sequences[own.b], own.first_row / own.group).x;
  int end = key_range(params, sequences[own.b], own.last_row / own.group).y;
  int units = (max(end - begin, 0) + PART_UNIT - 1) / PART_UNIT;
  int keys = (units + params.key_parts - 1) / params.key_parts * PART_UNIT;
  own.begin = min((long)begin + (long)own.part * keys, (long)end);
  own.end = min((long)own.begin + keys, (long)end);
  return own;
}

static inline score_row score_row_of(const attention_params params, __global const int2 *sequences, split_part own, int row) {
  int existing = min(row, own.last_row);
  return row_of_scores(params, sequences, own.b, own.kv_head * own.group + existing % own.group, existing / own.group);
}

// Index of a row among all rows of O.
static inline long row_index(const attention_params params, split_part own, int row) {
  return ((long)own.b * params.query_heads + own.kv_head * own.group + row % own.group) * params.query_len + row / own.group;
}

static inline __global float *output_row(const attention_params params, __global float *o, split_part own, int row) {
  return o + params.o_offset + own.b * params.o_batch_stride + (own.kv_head * own.group + row % own.group) * params.o_head_stride
      + row / own.group * params.o_row_stride;
}

static inline __global float *partial_output(const attention_params params, __global float *scratch, long place, int part) {
  return scratch + (place * params.key_parts + part) * VALUE_DIM;
}

// Maximum and sum of a row's part.
static inline __global float *partial_sums(const attention_params params, __global float *scratch, long place, int part) {
  long rows = (long)params.batch * params.query_heads * params.query_len;
  return scratch + rows * params.key_parts * VALUE_DIM + (place * params.key_parts + part) * 2;
}

#if ITEMS == 1
#include "lanes.clh"
#include "split_kv_lanes.clh"

__kernel __attribute__((reqd_work_group_size(1, 1, 1))) void flash_split_kv(
    __global const float *restrict q, __global const float *restrict k, __global const float *restrict v,
    __global float *restrict o, __global float *restrict lse, __global const uchar *restrict mask,
    __global const int2 *restrict sequences, __global float *restrict scratch, const attention_params params) {
  split_part own = part_of(params, sequences);
  __global const float *k_head = k + params.k_offset + own.b * params.k_batch_stride + own.kv_head * params.k_head_stride;
  __global const float *v_head = v + params.v_offset + own.b * params.v_batch_stride + own.kv_head * params.v_head_stride;
  row_block blocks[BLOCK_ROWS / ROWS];
  int block_count = (own.last_row - own.first_row) / ROWS + 1;
#pragma unroll 1
  for (int n = 0; n < block_count; n++) {
    open_block(params, q, sequences, own, own.first_row + n * ROWS, &blocks[n]);
  }
#pragma unroll 1
  for (int key_begin = own.begin; key_begin < own.end; key_begin += BLOCK_KV) {
#pragma unroll 1
    for (int n = 0; n < block_count; n++) {
      // What no row of the block sees is left out.
      int begin = max(key_begin, blocks[n].row[0].range.x);
      int keys = min(min(key_begin + BLOCK_KV, own.end), blocks[n].row[ROWS - 1].range.y) - begin;
      if (keys > 0) {
        attend(params, k_head + begin * params.k_row_stride, v_head + begin * params.v_row_stride, mask, begin, keys, &blocks[n]);
      }
    }
  }
#pragma unroll 1
  for (int n = 0; n < block_count; n++) {
    close_block(params, o, lse, scratch, own, own.first_row + n * ROWS, &blocks[n]);
  }
}
#else
// Items that share a key: 64 bytes side by side are whole sectors of memory, and leave 4 sums to add up.
#define KEY_ITEMS 4
#define KEYS_AT_ONCE (ITEMS / KEY_ITEMS)
#define HEAD_VECTORS ((HEAD_DIM + 4 * KEY_ITEMS - 1) / (4 * KEY_ITEMS))  // of an item
#define Q_VECTORS (HEAD_VECTORS * KEY_ITEMS)                             // of a row
#define ROW_ITEMS (ITEMS / BLOCK_ROWS)                                   // that weigh the keys of a row
// Items that hold a row of V, a vector each: the next power of 2.
#define VALUE_ITEMS \
  (VALUE_DIM <= 4 ? 1 : VALUE_DIM <= 8 ? 2 : VALUE_DIM <= 16 ? 4 : VALUE_DIM <= 32 ? 8 : VALUE_DIM <= 64 ? 16 \
       : VALUE_DIM <= 128 ? 32 : 64)
#define VALUE_ROWS (ITEMS / VALUE_ITEMS)  // keys whose values are taken at once

#if BLOCK_KV % KEYS_AT_ONCE != 0 || BLOCK_KV % ROW_ITEMS != 0 || ITEMS % BLOCK_ROWS != 0 || BLOCK_ROWS % 4 != 0 || VALUE_DIM > 256
#error "a tile must be whole turns of the work-group"
#endif

__kernel __attribute__((reqd_work_group_size(ITEMS, 1, 1))) void flash_split_kv(
    __global const float *restrict q, __global const float *restrict k, __global const float *restrict v,
    __global float *restrict o, __global float *restrict lse, __global const uchar *restrict mask,
    __global const int2 *restrict sequences, __global float *restrict scratch, const attention_params params) {
  __local float4 q_tile[BLOCK_ROWS * Q_VECTORS];       // [row][dimension]
  __local float4 dot_parts[BLOCK_ROWS * BLOCK_KV];     // [row][key], the sums of KEY_ITEMS items
  __local float4 p_tile[BLOCK_KV * BLOCK_ROWS / 4];    // weights, [key][row]
  __local float row_alpha[BLOCK_ROWS];                 // what earlier tiles are scaled by
  __local float partial[ITEMS];                        // [row][item]: what the items of a row found
  __local float4 o_parts[ITEMS];                       // [key of VALUE_ROWS][column]

  split_part own = part_of(params, sequences);
  __global const float *k_head = k + params.k_offset + own.b * params.k_batch_stride + own.kv_head * params.k_head_stride;
  __global const float *v_head = v + params.v_offset + own.b * params.v_batch_stride + own.kv_head * params.v_head_stride;
  int item = get_local_id(0);
  int key_item = item % KEY_ITEMS;
  int r_own = item / ROW_ITEMS;
  int x = item % ROW_ITEMS;
  int column = 4 * (item % VALUE_ITEMS);
  int value_row = item / VALUE_ITEMS;
  score_row row = score_row_of(params, sequences, own, own.first_row + r_own);

  for (int n = item; n < BLOCK_ROWS * Q_VECTORS; n += ITEMS) {
    score_row of = score_row_of(params, sequences, own, own.first_row + n / Q_VECTORS);
    q_tile[n] = load4(q + params.q_offset + of.b * params.q_batch_stride + of.h * params.q_head_stride + of.i * params.q_row_stride,
                      4 * (n % Q_VECTORS), HEAD_DIM);
  }
  float4 acc[BLOCK_ROWS];
#pragma unroll
  for (int r = 0; r < BLOCK_ROWS; r++) {
    acc[r] = (float4)(0.0f);
  }
  float m_i = -INFINITY;  // of the item's row
  float l_i = 0.0f;       // of the item's keys only
  barrier(CLK_LOCAL_MEM_FENCE);  // Q is written before any item reads it

  int last_begin = key_range(params, sequences[own.b], own.last_row / own.group).x;
  int first_end = min(key_range(params, sequences[own.b], own.first_row / own.group).y, own.end);
  for (int key_begin = own.begin; key_begin < own.end; key_begin += BLOCK_KV) {
    bool all_visible = only_ranges_hide(params) && key_begin >= last_begin && key_begin + BLOCK_KV <= first_end;
#ifdef SCORE_EXPRESSION
    all_visible = false;  // a score may become -inf
#endif
    // S = Q K^T: an item takes a quarter of a key's dimensions for all rows.
    for (int j = item / KEY_ITEMS; j < BLOCK_KV; j += KEYS_AT_ONCE) {
      __global const float *k_row = k_head + (key_begin + j) * params.k_row_stride;
      int columns = key_begin + j < own.end ? HEAD_DIM : 0;  // keys past the part are not read
      float4 key[HEAD_VECTORS];
#pragma unroll
      for (int n = 0; n < HEAD_VECTORS; n++) {
        key[n] = load4(k_row, 4 * (key_item + n * KEY_ITEMS), columns);
      }
      // Not as a whole: Q's vectors of all rows would be read once for all keys, and spill (1,920 bytes an item at 16 rows and D = 128,
      // ptxas for sm_90).
#pragma unroll 2
      for (int r = 0; r < BLOCK_ROWS; r++) {
        float4 sum = (float4)(0.0f);
#pragma unroll
        for (int n = 0; n < HEAD_VECTORS; n++) {
          sum = fma(q_tile[r * Q_VECTORS + key_item + n * KEY_ITEMS], key[n], sum);
        }
        ((__local float *)dot_parts)[(r * BLOCK_KV + j) * KEY_ITEMS + key_item] = (sum.s0 + sum.s1) + (sum.s2 + sum.s3);
      }
    }
    barrier(CLK_LOCAL_MEM_FENCE);  // all sums are there, and the last tile's weights have been read

    // Online softmax: the items of a row find the maximum of their keys, and put all of them together, each for itself.
    float s[BLOCK_KV / ROW_ITEMS];
    float largest = -INFINITY;
#pragma unroll
    for (int n = 0; n < BLOCK_KV / ROW_ITEMS; n++) {
      int j = x + n * ROW_ITEMS;
      float4 parts = dot_parts[r_own * BLOCK_KV + j];
      s[n] = key_begin + j < own.end ? pair_score(params, mask, row, key_begin + j, (parts.s0 + parts.s1) + (parts.s2 + parts.s3))
                                     : -INFINITY;
      largest = fmax(largest, s[n]);  // drops NaN, which comes back through the exponential
    }
    partial[item] = largest;
    barrier(CLK_LOCAL_MEM_FENCE);  // all maxima are there
    float m_new = m_i;
    for (int n = 0; n < ROW_ITEMS; n++) {
      m_new = fmax(m_new, partial[r_own * ROW_ITEMS + n]);
    }
    float shift = m_new == -INFINITY ? 0.0f : m_new;  // a row that has seen nothing yet must not compute -inf - -inf
    float alpha = exp(m_i - shift);
    m_i = m_new;
    l_i *= alpha;
#pragma unroll
    for (int n = 0; n < BLOCK_KV / ROW_ITEMS; n++) {
      float weight = pair_weight(s[n], shift);
      l_i += weight;
      ((__local float *)p_tile)[(x + n * ROW_ITEMS) * BLOCK_ROWS + r_own] = weight;
    }
    if (x == 0) {
      row_alpha[r_own] = alpha;
    }
    barrier(CLK_LOCAL_MEM_FENCE);  // weights and scales are there for all items

    // O = O * alpha + P V: an item takes a vector of columns of every VALUE_ROWS-th key, for all rows.
#pragma unroll
    for (int r = 0; r < BLOCK_ROWS; r++) {
      acc[r] *= row_alpha[r];
    }
    int keys = column < VALUE_DIM ? min(BLOCK_KV, own.end - key_begin) : 0;
    if (all_visible) {
#pragma unroll 4
      for (int j = value_row; j < keys; j += VALUE_ROWS) {
        float4 value = load4(v_head + (key_begin + j) * params.v_row_stride, column, VALUE_DIM);
#pragma unroll
        for (int n = 0; n < BLOCK_ROWS / 4; n++) {
          multiply_add(acc + 4 * n, p_tile[j * (BLOCK_ROWS / 4) + n], value);
        }
      }
    } else {
      for (int j = value_row; j < keys; j += VALUE_ROWS) {
        float4 value = load4(v_head + (key_begin + j) * params.v_row_stride, column, VALUE_DIM);
#pragma unroll
        for (int n = 0; n < BLOCK_ROWS / 4; n++) {
          // A hidden pair is left out, since its value may be no number.
          multiply_add_visible(acc + 4 * n, p_tile[j * (BLOCK_ROWS / 4) + n], value);
        }
      }
    }
  }

  // The items of a row add up their sums, those of a column their outputs.
  barrier(CLK_LOCAL_MEM_FENCE);  // the last maxima have been read
  partial[item] = l_i;
  barrier(CLK_LOCAL_MEM_FENCE);  // all sums are there
  bool whole = params.key_parts == 1;
#pragma unroll
  for (int r = 0; r < BLOCK_ROWS; r++) {
    o_parts[item] = acc[r];
    barrier(CLK_LOCAL_MEM_FENCE);  // all items' outputs of the row are there
    if (value_row == 0 && own.first_row + r <= own.last_row) {
      float sum = 0.0f;
      for (int n = 0; n < ROW_ITEMS; n++) {
        sum += partial[r * ROW_ITEMS + n];
      }
      float4 output = (float4)(0.0f);
      for (int n = 0; n < VALUE_ROWS; n++) {
        output += o_parts[n * VALUE_ITEMS + item];
      }
      long place = row_index(params, own, own.first_row + r);
      if (whole) {
        store4(sum == 0.0f ? (float4)(0.0f) : output / sum, output_row(params, o, own, own.first_row + r), column, VALUE_DIM);
      } else {
        store4(output, partial_output(params, scratch, place, own.part), column, VALUE_DIM);
      }
    }
    barrier(CLK_LOCAL_MEM_FENCE);  // and have been read before the next row's
  }
  // Each row's maximum is in the registers of its own items only.
  if (x == 0 && own.first_row + r_own <= own.last_row) {
    float sum = 0.0f;
    for (int n = 0; n < ROW_ITEMS; n++) {
      sum += partial[r_own * ROW_ITEMS + n];
    }
    long place = row_index(params, own, own.first_row + r_own);
    if (whole) {
      lse[place] = sum == 0.0f ? -INFINITY : m_i + log(sum);
    } else {
      __global float *sums = partial_sums(params, scratch, place, own.part);
      sums[0] = m_i;
      sums[1] = sum;
    }
  }
}
#endif

// O of a row from its parts: each is scaled from its own maximum to the largest, in order, so that every run gives the same bits.
__kernel __attribute__((reqd_work_group_size(MERGE_ITEMS, 1, 1))) void flash_split_kv_merge(
    __global const float *restrict q, __global const float *restrict k, __global const float *restrict v,
    __global float *restrict o, __global float *restrict lse, __global const uchar *restrict mask,
    __global const int2 *restrict sequences, __global float *restrict scratch, const attention_params params) {
  int i = get_group_id(0);
  int head = get_group_id(1);
  long place = (long)head * params.query_len + i;
  __global const float *parts = partial_output(params, scratch, place, 0);
  __global const float *sums = partial_sums(params, scratch, place, 0);
  float m_i = -INFINITY;
  for (int part = 0; part < params.key_parts; part++) {
    m_i = fmax(m_i, sums[2 * part]);
  }
  float shift = m_i == -INFINITY ? 0.0f : m_i;  // where no part has seen anything
  float l_i = 0.0f;
  for (int part = 0; part < params.key_parts; part++) {
    l_i = fma(sums[2 * part + 1], exp(sums[2 * part] - shift), l_i);
  }
  __global float *o_row = o + params.o_offset + head / params.query_heads * params.o_batch_stride
      + head % params.query_heads * params.o_head_stride + i * params.o_row_stride;
  for (int column = 4 * get_local_id(0); column < VALUE_DIM; column += 4 * MERGE_ITEMS) {
    float4 output = (float4)(0.0f);
    for (int part = 0; part < params.key_parts; part++) {
      if (sums[2 * part + 1] != 0.0f) {  // else nothing was visible there
        float4 of_part = load4(parts + (long)part * VALUE_DIM, column, VALUE_DIM);
        output = fma(of_part, (float4)(exp(sums[2 * part] - shift)), output);
      }
    }
    store4(l_i == 0.0f ? (float4)(0.0f) : output / l_i, o_row, column, VALUE_DIM);
  }
  if (get_local_id(0) == 0) {
    lse[place] = l_i == 0.0f ? -INFINITY : m_i + log(l_i);
  }
}
