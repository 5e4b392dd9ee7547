// Idea: flash attention for few queries: the queries of all heads that share a key-value head are rows of one block, so that keys and
//   values are read once for all of them, and the keys are split over work-groups; a second kernel merges what the parts found.
// Paper: Dao et al., "Flash-Decoding for long-context inference" (2023); the merge is Dao, "FlashAttention-2" (2023), section 3.1;
//   packing the heads of a group: Ainslie et al., "GQA" (2023); running maximum and sum: Milakov and Gimelshein (2018), algorithm 3.
//
// Tensors: q [B, Hq, Sq, D], o [B, Hq, Sq, Dv] of query_element, k [B, Hkv, Skv, D], v [B, Hkv, Skv, Dv] of kv_element, by strides, packed
//   or in pages; lse float [B, Hq, Sq] contiguous; scratch, float: O of every part before normalization [B, Hq, Sq, key_parts, Dv], then its
//   maximum and sum [B, Hq, Sq, key_parts, 2]; unused where key_parts is 1: then the first kernel writes O and LSE itself and is alone.
//   Codes of 8-bit types are multiplied as they are: a key's scale goes to its score, a value's to its weight.
// Launch: flash_split_kv (ITEMS * ceil(Sq * Hq / Hkv / BLOCK_ROWS) * key_parts, B * Hkv), work-groups of (ITEMS, 1);
//   flash_split_kv_merge (MERGE_ITEMS * Sq, B * Hq), work-groups of (MERGE_ITEMS, 1): one for each row of O.
//
//     rows, i * group + head:   query 0 of head 0         keys that any row of the block sees, in equal parts
//     BLOCK_ROWS together       query 0 of head 1       |  part 0  |  part 1  | ...  |  last part, shorter |
//                               query 1 of head 0          one work-group each, BLOCK_KV keys at a time
//   Where params.part_keys is set, parts begin at its multiples from key 0 on and are always merged: what is added up with what then
//   follows from a sequence's own keys alone, and its result does not depend, bit for bit, on neighbours, placement or workers;
//   where ITEMS == 1, nor on the chunk that a query comes in.
//   ITEMS == 1, for CPU devices: lanes of a vector are dimensions in both products, 4 rows by 4 keys at a time share what is loaded;
//   the lanes' sums are added up in a tree that leaves 16 scores in a vector.
//   ITEMS > 1, for GPUs: KEY_ITEMS items share a key of K, 64 bytes side by side; VALUE_ITEMS items hold a row of V, a vector each;
//   both go from memory to registers, since no other item needs them.
//
// Local memory: ITEMS == 1: 0 bytes, private: 64 * BLOCK_ROWS * (HEAD_VECTORS + VALUE_VECTORS + 2) of rows (the sum by lanes; the maximum
//   and what masks may ask, padded), 4 * ROWS * (2 * BLOCK_KV + 1) of a tile: scores, biases, factors; 8 * BLOCK_KV more of scales.
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
// Parts and tiles begin at multiples of so many keys from key 0: such a run lies in one page.
#define KEY_RUN 16
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
  own.last_row = min(own.first_row + BLOCK_ROWS, query_count(params, sequences, own.b) * own.group) - 1;
  if (own.last_row < own.first_row) {
    own.begin = own.end = 0;  // a shorter sequence has no such rows
    return own;
  }
  // Ranges only move right from query to query, so the first begin and the last end hold them all.
  int begin = key_range(params, sequences[own.b], own.first_row / own.group).x / KEY_RUN * KEY_RUN;
  int end = key_range(params, sequences[own.b], own.last_row / own.group).y;
  int keys = params.part_keys;
  if (keys == 0) {
    int units = (max(end - begin, 0) + KEY_RUN - 1) / KEY_RUN;
    keys = (units + params.key_parts - 1) / params.key_parts * KEY_RUN;
  } else {
    begin = begin / keys * keys;  // so that nothing but the sequence's own keys says what is added up with what
  }
  own.begin = min((long)begin + (long)own.part * keys, (long)end);
  own.end = min((long)own.begin + keys, (long)end);
  return own;
}

static inline score_row score_row_of(const attention_params params, __global const int2 *sequences, split_part own, int row) {
  int existing = max(0, min(row, own.last_row));
  return row_of_scores(params, sequences, own.b, own.kv_head * own.group + existing % own.group, existing / own.group);
}

// Index of a row among all rows of O.
static inline long row_index(const attention_params params, split_part own, int row) {
  return ((long)own.b * params.query_heads + own.kv_head * own.group + row % own.group) * params.query_len + row / own.group;
}

static inline __global query_element *output_row(const attention_params params, __global const int2 *sequences, __global query_element *o,
                                                 split_part own, int row) {
  return o + output_place(params, sequences, own.b, own.kv_head * own.group + row % own.group, row / own.group);
}

// Whether the first kernel writes O and LSE itself. Where parts are of fixed keys it never does: whether a neighbour's keys need a second
// part must not change how a sequence is rounded.
static inline bool is_whole(const attention_params params) { return params.key_parts == 1 && params.part_keys == 0; }

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
    __global const query_element *restrict q, __global const kv_element *restrict k, __global const kv_element *restrict v,
    __global query_element *restrict o, __global float *restrict lse, __global const uchar *restrict mask,
    __global const int2 *restrict sequences, __global float *restrict scratch, const attention_params params) {
  split_part own = part_of(params, sequences);
  if (own.last_row < own.first_row) {
    return;
  }
  key_tile tile = {k, v, key_rows(params, sequences, own.b, own.kv_head), value_rows(params, sequences, own.b, own.kv_head)};
  tile.end = own.end;
  row_block blocks[BLOCK_ROWS / ROWS];
  int block_count = (own.last_row - own.first_row) / ROWS + 1;
#pragma unroll 1
  for (int n = 0; n < block_count; n++) {
    open_block(params, q, sequences, own, own.first_row + n * ROWS, &blocks[n]);
  }
#pragma unroll 1
  for (int key_begin = own.begin; key_begin < own.end; key_begin += BLOCK_KV) {
    tile.next = key_begin + BLOCK_KV < own.end ? key_begin + BLOCK_KV : key_begin;
#pragma unroll 1
    for (int n = 0; n < block_count; n++) {
      // What no row of the block sees is left out.
      tile.begin = max(key_begin, blocks[n].row[0].range.x / KEY_RUN * KEY_RUN);
      tile.count = min(min(key_begin + BLOCK_KV, own.end), blocks[n].row[ROWS - 1].range.y) - tile.begin;
      if (tile.count > 0) {
        attend(params, &tile, mask, &blocks[n]);
      }
    }
  }
#pragma unroll 1
  for (int n = 0; n < block_count; n++) {
    close_block(params, sequences, o, lse, scratch, own, own.first_row + n * ROWS, &blocks[n]);
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
#define VALUE_RUN (VALUE_ROWS > KEY_RUN ? VALUE_ROWS : KEY_RUN)  // keys for which an item looks its value's page up once

#if BLOCK_KV % KEYS_AT_ONCE != 0 || BLOCK_KV % ROW_ITEMS != 0 || ITEMS % BLOCK_ROWS != 0 || BLOCK_ROWS % 4 != 0 || VALUE_DIM > 256
#error "a tile must be whole turns of the work-group"
#endif

__kernel __attribute__((reqd_work_group_size(ITEMS, 1, 1))) void flash_split_kv(
    __global const query_element *restrict q, __global const kv_element *restrict k, __global const kv_element *restrict v,
    __global query_element *restrict o, __global float *restrict lse, __global const uchar *restrict mask,
    __global const int2 *restrict sequences, __global float *restrict scratch, const attention_params params) {
  __local float4 q_tile[BLOCK_ROWS * Q_VECTORS];       // [row][dimension]
  __local float4 dot_parts[BLOCK_ROWS * BLOCK_KV];     // [row][key], the sums of KEY_ITEMS items
  __local float4 p_tile[BLOCK_KV * BLOCK_ROWS / 4];    // weights, [key][row]
  __local float row_alpha[BLOCK_ROWS];                 // what earlier tiles are scaled by
  __local float partial[ITEMS];                        // [row][item]: what the items of a row found
  __local float4 o_parts[ITEMS];                       // [key of VALUE_ROWS][column]

  split_part own = part_of(params, sequences);
  // A shorter sequence has no such rows: nothing is read, computed or written. No return instead: with one before the barriers PoCL 3.1
  // loses what items keep in registers (wrong LSE).
  int query_columns = own.last_row < own.first_row ? 0 : HEAD_DIM;
  kv_rows k_rows = key_rows(params, sequences, own.b, own.kv_head);
  kv_rows v_rows = value_rows(params, sequences, own.b, own.kv_head);
  int item = get_local_id(0);
  int key_item = item % KEY_ITEMS;
  int r_own = item / ROW_ITEMS;
  int x = item % ROW_ITEMS;
  int column = 4 * (item % VALUE_ITEMS);
  int value_row = item / VALUE_ITEMS;
  score_row row = score_row_of(params, sequences, own, own.first_row + r_own);

  for (int n = item; n < BLOCK_ROWS * Q_VECTORS; n += ITEMS) {
    score_row of = score_row_of(params, sequences, own, own.first_row + n / Q_VECTORS);
    q_tile[n] = load_query_columns(q + query_place(params, sequences, of.b, of.h, of.i), 4 * (n % Q_VECTORS), query_columns);
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
      __global const kv_element *k_row = k + row_place(k_rows, min(key_begin + j, own.end - 1));
      int columns = key_begin + j < own.end ? HEAD_DIM : 0;  // keys past the part are not read
      float4 key[HEAD_VECTORS];
#pragma unroll
      for (int n = 0; n < HEAD_VECTORS; n++) {
        key[n] = load_kv_columns(k_row, 4 * (key_item + n * KEY_ITEMS), columns);
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
      int key = key_begin + j;
      float4 parts = dot_parts[r_own * BLOCK_KV + j];
      s[n] = key < own.end
          ? pair_score(params, mask, row, key, ((parts.s0 + parts.s1) + (parts.s2 + parts.s3)) * row_scale(k_rows, k, key))
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
#if KV_SCALED
      // A hidden weight stays as it is: what its key's scale may be, nobody has said.
      weight = is_hidden(weight) ? weight : weight * row_scale(v_rows, v, key_begin + x + n * ROW_ITEMS);
#endif
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
    for (int run = value_row; run < keys; run += VALUE_RUN) {
      __global const kv_element *v_row = v + row_place(v_rows, key_begin + run);
      int run_end = min(run - value_row + VALUE_RUN, keys);
      if (all_visible) {
#pragma unroll 4
        for (int j = run; j < run_end; j += VALUE_ROWS) {
          float4 value = load_kv_columns(v_row + (j - run) * params.v_row_stride, column, VALUE_DIM);
#pragma unroll
          for (int n = 0; n < BLOCK_ROWS / 4; n++) {
            multiply_add(acc + 4 * n, p_tile[j * (BLOCK_ROWS / 4) + n], value);
          }
        }
      } else {
        for (int j = run; j < run_end; j += VALUE_ROWS) {
          float4 value = load_kv_columns(v_row + (j - run) * params.v_row_stride, column, VALUE_DIM);
#pragma unroll
          for (int n = 0; n < BLOCK_ROWS / 4; n++) {
            // A hidden pair is left out, since its value may be no number.
            multiply_add_visible(acc + 4 * n, p_tile[j * (BLOCK_ROWS / 4) + n], value);
          }
        }
      }
    }
  }

  // The items of a row add up their sums, those of a column their outputs.
  barrier(CLK_LOCAL_MEM_FENCE);  // the last maxima have been read
  partial[item] = l_i;
  barrier(CLK_LOCAL_MEM_FENCE);  // all sums are there
  bool whole = is_whole(params);
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
        store_query_columns(sum == 0.0f ? (float4)(0.0f) : output / sum, output_row(params, sequences, o, own, own.first_row + r), column,
                            VALUE_DIM);
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
    __global const query_element *restrict q, __global const kv_element *restrict k, __global const kv_element *restrict v,
    __global query_element *restrict o, __global float *restrict lse, __global const uchar *restrict mask,
    __global const int2 *restrict sequences, __global float *restrict scratch, const attention_params params) {
  int i = get_group_id(0);
  int head = get_group_id(1);
  int b = head / params.query_heads;
  if (i >= query_count(params, sequences, b)) {
    return;
  }
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
  __global query_element *o_row = o + output_place(params, sequences, b, head % params.query_heads, i);
  for (int column = 4 * get_local_id(0); column < VALUE_DIM; column += 4 * MERGE_ITEMS) {
    float4 output = (float4)(0.0f);
    for (int part = 0; part < params.key_parts; part++) {
      // A part that has seen nothing leaves all as it is, as if it were not there: longer neighbours may give a sequence such parts.
      if (sums[2 * part + 1] != 0.0f) {
        float4 of_part = load4(parts + (long)part * VALUE_DIM, column, VALUE_DIM);
        output = fma(of_part, (float4)(exp(sums[2 * part] - shift)), output);
      }
    }
    store_query_columns(l_i == 0.0f ? (float4)(0.0f) : output / l_i, o_row, column, VALUE_DIM);
  }
  if (get_local_id(0) == 0) {
    lse[place] = l_i == 0.0f ? -INFINITY : m_i + log(l_i);
  }
}
