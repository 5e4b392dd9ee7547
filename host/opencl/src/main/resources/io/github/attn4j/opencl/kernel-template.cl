// Idea: one pass over the keys with a running maximum and sum (online softmax); one work-item a row. Change it at will: what it does not
//   do any more, take out of supports in NAME.json.
// Paper: Milakov and Gimelshein, "Online normalizer calculation for softmax" (2018), algorithm 3.
//
// Tensors (types of element_types.clh, rows where places.clh says): q [B, Hq, Sq, D], k [B, Hkv, Skv, D], v [B, Hkv, Skv, Dv],
//   o [B, Hq, Sq, Dv]; lse [B, Hq, Sq] contiguous; scratch unused.
// Launch: (Sq rounded up to work-groups, B * Hq), work-groups of (GROUP_ITEMS, 1): an item is one query.
// Local memory: 0 bytes.
// Preconditions: HEAD_DIM == params.head_dim, VALUE_DIM == params.value_dim.
// Leaves out: sharing of keys between queries, vectors: every item reads K and V in full, an element at a time.
#include "attention_common.clh"
#include "places.clh"

// NAME.json says what these are for a shape and a device; the defaults let the file compile alone.
#ifndef HEAD_DIM
#define HEAD_DIM 64
#endif
#ifndef VALUE_DIM
#define VALUE_DIM 64
#endif
#ifndef GROUP_ITEMS
#define GROUP_ITEMS 16
#endif

__kernel __attribute__((reqd_work_group_size(GROUP_ITEMS, 1, 1))) void NAME(
    __global const query_element *restrict q, __global const kv_element *restrict k, __global const kv_element *restrict v,
    __global query_element *restrict o, __global float *restrict lse, __global const uchar *restrict mask,
    __global const int2 *restrict sequences, __global float *restrict scratch, const attention_params params) {
  int i = get_global_id(0);
  int head = get_global_id(1);
  int b = head / params.query_heads;
  // The launch is rounded up, and sequences may have fewer queries than others: what is past the end is left alone.
  if (i >= query_count(params, sequences, b)) {
    return;
  }
  int h = head % params.query_heads;
  int kv_head = h / (params.query_heads / params.kv_heads);
  __global const query_element *q_row = q + query_place(params, sequences, b, h, i);
  kv_rows keys = key_rows(params, sequences, b, kv_head);
  kv_rows values = value_rows(params, sequences, b, kv_head);
  score_row row = row_of_scores(params, sequences, b, h, i);

  float q_i[HEAD_DIM];
  for (int d = 0; d < HEAD_DIM; d++) {
    q_i[d] = load_query(q_row + d);
  }
  float acc[VALUE_DIM];
  for (int d = 0; d < VALUE_DIM; d++) {
    acc[d] = 0.0f;
  }
  float m_i = -INFINITY;  // largest score so far
  float l_i = 0.0f;       // sum of exp(score - m_i)

  // row.range is what length and window leave of the keys.
  for (int key = row.range.x; key < row.range.y; key++) {
    __global const kv_element *k_row = k + row_place(keys, key);
    float dot_product = 0.0f;
    for (int d = 0; d < HEAD_DIM; d++) {
      dot_product = fma(q_i[d], load_kv(k_row + d), dot_product);
    }
    // Scale, soft cap, score expression, mask; 8-bit keys are codes that a scale multiplies.
    float score = pair_score(params, mask, row, key, dot_product * row_scale(keys, k, key));
    if (score == -INFINITY) {
      continue;  // hidden: its value may be NaN, and 0 * NaN would be NaN
    }
    if (score > m_i) {  // false for NaN, which comes through the exponential
      float alpha = exp(m_i - score);
      l_i *= alpha;
      for (int d = 0; d < VALUE_DIM; d++) {
        acc[d] *= alpha;
      }
      m_i = score;
    }
    float weight = exp(score - m_i);
    l_i += weight;
    float value_weight = weight * row_scale(values, v, key);
    __global const kv_element *v_row = v + row_place(values, key);
    for (int d = 0; d < VALUE_DIM; d++) {
      acc[d] = fma(value_weight, load_kv(v_row + d), acc[d]);
    }
  }

  // A row that sees nothing: O is 0 and LSE is -inf, never NaN.
  float normalizer = l_i == 0.0f ? 0.0f : 1.0f / l_i;
  __global query_element *o_row = o + output_place(params, sequences, b, h, i);
  for (int d = 0; d < VALUE_DIM; d++) {
    store_query(acc[d] * normalizer, o_row + d);
  }
  lse[(long)head * params.query_len + i] = l_i == 0.0f ? -INFINITY : m_i + log(l_i);
}
