// Idea: one pass over the keys: the running maximum and sum of a row make the softmax's first two passes unnecessary, and with them
//   the score matrix. One work-item a row, no tiles, no local memory: the step between the definition and flash attention.
// Paper: Milakov and Gimelshein, "Online normalizer calculation for softmax" (2018), algorithm 3; with values: Rabe and Staats,
//   "Self-attention does not need O(n^2) memory" (2021), section 2.
//
// Tensors (types of element_types.clh, rows where places.clh says): q [B, Hq, Sq, D], k [B, Hkv, Skv, D], v [B, Hkv, Skv, Dv],
//   o [B, Hq, Sq, Dv]; lse [B, Hq, Sq] contiguous; scratch unused.
// Launch: (Sq, B * Hq), work-groups of (16, 1): an item is one query, its neighbours read the same keys.
//
//              keys, one after the other -->
//   query i  +--------------------------------+
//            | m_i, l_i, acc[Dv] carried along |  -> o[i], lse[i]
//            +--------------------------------+
//
// Local memory: 0 bytes. Private: 4 * (HEAD_DIM + VALUE_DIM) bytes, which spill from a GPU's registers above a sum of about 200.
// Preconditions: HEAD_DIM == params.head_dim, VALUE_DIM == params.value_dim.
// Leaves out: sharing of keys between queries: every item reads K and V in full.
#include "attention_common.clh"
#include "tiles.clh"

#ifndef HEAD_DIM
#define HEAD_DIM 64
#endif
#ifndef VALUE_DIM
#define VALUE_DIM HEAD_DIM
#endif
#define HEAD_VECTORS ((HEAD_DIM + 3) / 4)
#define VALUE_VECTORS ((VALUE_DIM + 3) / 4)

__kernel __attribute__((reqd_work_group_size(16, 1, 1))) void online_softmax(
    __global const query_element *restrict q, __global const kv_element *restrict k, __global const kv_element *restrict v,
    __global query_element *restrict o, __global float *restrict lse, __global const uchar *restrict mask,
    __global const int2 *restrict sequences, __global float *restrict scratch, const attention_params params) {
  int i = get_global_id(0);
  int head = get_global_id(1);
  int b = head / params.query_heads;
  if (i >= query_count(params, sequences, b)) {
    return;
  }
  int h = head % params.query_heads;
  int kv_head = h / (params.query_heads / params.kv_heads);
  __global const query_element *q_row = q + query_place(params, sequences, b, h, i);
  kv_rows keys = key_rows(params, sequences, b, kv_head);
  kv_rows values = value_rows(params, sequences, b, kv_head);
  score_row row = row_of_scores(params, sequences, b, h, i);

  float4 q_i[HEAD_VECTORS];
  float4 acc[VALUE_VECTORS];
  for (int d = 0; d < HEAD_VECTORS; d++) {
    q_i[d] = load_query_columns(q_row, 4 * d, HEAD_DIM);
  }
  for (int d = 0; d < VALUE_VECTORS; d++) {
    acc[d] = (float4)(0.0f);
  }
  float m_i = -INFINITY;
  float l_i = 0.0f;

  for (int key = row.range.x; key < row.range.y; key++) {
    __global const kv_element *k_row = k + row_place(keys, key);
    float4 products = (float4)(0.0f);
    for (int d = 0; d < HEAD_VECTORS; d++) {
      products = fma(q_i[d], load_kv_columns(k_row, 4 * d, HEAD_DIM), products);
    }
    float dot_product = (products.s0 + products.s1) + (products.s2 + products.s3);
    float score = pair_score(params, mask, row, key, dot_product * row_scale(keys, k, key));
    if (score == -INFINITY) {
      continue;  // hidden: neither its weight nor its value is looked at
    }
    if (score > m_i) {  // false for NaN, which comes through the exponential
      float alpha = exp(m_i - score);
      l_i *= alpha;
      for (int d = 0; d < VALUE_VECTORS; d++) {
        acc[d] *= alpha;
      }
      m_i = score;
    }
    // m_i stays -inf while all scores are NaN; NaN minus anything is what the row must become.
    float weight = exp(score - m_i);
    l_i += weight;
    float value_weight = weight * row_scale(values, v, key);
    __global const kv_element *v_row = v + row_place(values, key);
    for (int d = 0; d < VALUE_VECTORS; d++) {
      acc[d] = fma((float4)(value_weight), load_kv_columns(v_row, 4 * d, VALUE_DIM), acc[d]);
    }
  }

  float normalizer = l_i == 0.0f ? 0.0f : 1.0f / l_i;
  __global query_element *o_row = o + output_place(params, sequences, b, h, i);
  for (int d = 0; d < VALUE_VECTORS; d++) {
    store_query_columns(acc[d] * normalizer, o_row, 4 * d, VALUE_DIM);
  }
  lse[(long)head * params.query_len + i] = l_i == 0.0f ? -INFINITY : m_i + log(l_i);
}
