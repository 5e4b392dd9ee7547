// Idea: one pass over the keys: the running maximum and sum of a row make the softmax's first two passes unnecessary, and with them
//   the score matrix. One work-item a row, no tiles, no local memory: the step between the definition and flash attention.
// Paper: Milakov and Gimelshein, "Online normalizer calculation for softmax" (2018), algorithm 3; with values: Rabe and Staats,
//   "Self-attention does not need O(n^2) memory" (2021), section 2.
//
// Tensors (float32): q [B, Hq, Sq, D], k [B, Hkv, Skv, D], v [B, Hkv, Skv, Dv], o [B, Hq, Sq, Dv] by strides;
//   lse [B, Hq, Sq] contiguous; scratch unused.
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
    __global const float *restrict q, __global const float *restrict k, __global const float *restrict v,
    __global float *restrict o, __global float *restrict lse, __global const uchar *restrict mask,
    __global const int2 *restrict sequences, __global float *restrict scratch, const attention_params params) {
  int i = get_global_id(0);
  int head = get_global_id(1);
  if (i >= params.query_len) {
    return;
  }
  int b = head / params.query_heads;
  int h = head % params.query_heads;
  int kv_head = h / (params.query_heads / params.kv_heads);
  __global const float *q_row =
      q + params.q_offset + b * params.q_batch_stride + h * params.q_head_stride + i * params.q_row_stride;
  __global const float *k_head = k + params.k_offset + b * params.k_batch_stride + kv_head * params.k_head_stride;
  __global const float *v_head = v + params.v_offset + b * params.v_batch_stride + kv_head * params.v_head_stride;
  score_row row = row_of_scores(params, sequences, b, h, i);

  float4 q_i[HEAD_VECTORS];
  float4 acc[VALUE_VECTORS];
  for (int d = 0; d < HEAD_VECTORS; d++) {
    q_i[d] = load4(q_row, 4 * d, HEAD_DIM);
  }
  for (int d = 0; d < VALUE_VECTORS; d++) {
    acc[d] = (float4)(0.0f);
  }
  float m_i = -INFINITY;
  float l_i = 0.0f;

  for (int key = row.range.x; key < row.range.y; key++) {
    __global const float *k_row = k_head + key * params.k_row_stride;
    float4 products = (float4)(0.0f);
    for (int d = 0; d < HEAD_VECTORS; d++) {
      products = fma(q_i[d], load4(k_row, 4 * d, HEAD_DIM), products);
    }
    float dot_product = (products.s0 + products.s1) + (products.s2 + products.s3);
    float score = pair_score(params, mask, row, key, dot_product);
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
    __global const float *v_row = v_head + key * params.v_row_stride;
    for (int d = 0; d < VALUE_VECTORS; d++) {
      acc[d] = fma((float4)(weight), load4(v_row, 4 * d, VALUE_DIM), acc[d]);
    }
  }

  float normalizer = l_i == 0.0f ? 0.0f : 1.0f / l_i;
  __global float *o_row =
      o + params.o_offset + b * params.o_batch_stride + h * params.o_head_stride + i * params.o_row_stride;
  for (int d = 0; d < VALUE_VECTORS; d++) {
    store4(acc[d] * normalizer, o_row, 4 * d, VALUE_DIM);
  }
  lse[(long)head * params.query_len + i] = l_i == 0.0f ? -INFINITY : m_i + log(l_i);
}
