// Idea: the definition, written down: scores in memory, softmax of each row, weighted sum of V.
// Paper: Vaswani et al., "Attention Is All You Need" (2017), equation 1.
//
// Tensors (types of element_types.clh, rows where places.clh says): q [B, Hq, Sq, D], k [B, Hkv, Skv, D], v [B, Hkv, Skv, Dv],
//   o [B, Hq, Sq, Dv]; lse [B, Hq, Sq] contiguous; scratch [B, Hq, Sq, Skv] contiguous: scores, then weights.
// Launch: three kernels, one work-item an element; global sizes (rounded up by the host, guarded here)
//   naive_scores  (Skv, Sq, B * Hq)      item = one pair
//   naive_softmax (Sq, B * Hq)           item = one row
//   naive_output  (Dv, Sq, B * Hq)       item = one output element
// Local memory: 0 bytes. Scratch: 4 * B * Hq * Sq * Skv bytes.
// Preconditions: none beyond the struct's; any D, Dv, lengths, strides, masks.
// Leaves out: every optimisation. It is the first rung of the ladder and the easiest to read.
#include "attention_common.clh"
#include "places.clh"

__kernel void naive_scores(__global const query_element *restrict q, __global const kv_element *restrict k,
                           __global const kv_element *restrict v, __global query_element *restrict o,
                           __global float *restrict lse, __global const uchar *restrict mask,
                           __global const int2 *restrict sequences, __global float *restrict scratch,
                           const attention_params params) {
  int key = get_global_id(0);
  int i = get_global_id(1);
  int b = get_global_id(2) / params.query_heads;
  int h = get_global_id(2) % params.query_heads;
  if (key >= params.kv_len || b >= params.batch || i >= query_count(params, sequences, b)) {
    return;
  }
  long row = ((long)b * params.query_heads + h) * params.query_len + i;
  score_row pairs = row_of_scores(params, sequences, b, h, i);
  float score = -INFINITY;
  if (key >= pairs.range.x && key < pairs.range.y) {
    int kv_head = h / (params.query_heads / params.kv_heads);
    kv_rows keys = key_rows(params, sequences, b, kv_head);
    __global const query_element *q_row = q + query_place(params, sequences, b, h, i);
    __global const kv_element *k_row = k + row_place(keys, key);
    float dot_product = 0.0f;
    for (int d = 0; d < params.head_dim; d++) {
      dot_product = fma(load_query(q_row + d), load_kv(k_row + d), dot_product);
    }
    score = pair_score(params, mask, pairs, key, dot_product * row_scale(keys, k, key));
  }
  scratch[row * params.kv_len + key] = score;
}

__kernel void naive_softmax(__global const query_element *restrict q, __global const kv_element *restrict k,
                            __global const kv_element *restrict v, __global query_element *restrict o,
                            __global float *restrict lse, __global const uchar *restrict mask,
                            __global const int2 *restrict sequences, __global float *restrict scratch,
                            const attention_params params) {
  int i = get_global_id(0);
  int b = get_global_id(1) / params.query_heads;
  int h = get_global_id(1) % params.query_heads;
  if (b >= params.batch || i >= query_count(params, sequences, b)) {
    return;
  }
  long row = ((long)b * params.query_heads + h) * params.query_len + i;
  int2 range = key_range(params, sequences[b], i);
  __global float *scores = scratch + row * params.kv_len;
  float m_i = -INFINITY;
  for (int key = range.x; key < range.y; key++) {
    m_i = fmax(m_i, scores[key]);  // drops NaN, which the sum below brings back
  }
  float shift = m_i == -INFINITY ? 0.0f : m_i;  // an empty row must not compute -inf - -inf
  float l_i = 0.0f;
  for (int key = range.x; key < range.y; key++) {
    l_i += exp(scores[key] - shift);
  }
  float normalizer = l_i == 0.0f ? 0.0f : 1.0f / l_i;
  for (int key = range.x; key < range.y; key++) {
    scores[key] = scores[key] == -INFINITY ? HIDDEN_WEIGHT : exp(scores[key] - shift) * normalizer;
  }
  lse[row] = l_i == 0.0f ? -INFINITY : shift + log(l_i);
}

__kernel void naive_output(__global const query_element *restrict q, __global const kv_element *restrict k,
                           __global const kv_element *restrict v, __global query_element *restrict o,
                           __global float *restrict lse, __global const uchar *restrict mask,
                           __global const int2 *restrict sequences, __global float *restrict scratch,
                           const attention_params params) {
  int d = get_global_id(0);
  int i = get_global_id(1);
  int b = get_global_id(2) / params.query_heads;
  int h = get_global_id(2) % params.query_heads;
  if (d >= params.value_dim || b >= params.batch || i >= query_count(params, sequences, b)) {
    return;
  }
  long row = ((long)b * params.query_heads + h) * params.query_len + i;
  int kv_head = h / (params.query_heads / params.kv_heads);
  int2 range = key_range(params, sequences[b], i);
  __global const float *weights = scratch + row * params.kv_len;
  kv_rows values = value_rows(params, sequences, b, kv_head);
  float acc = 0.0f;
  for (int key = range.x; key < range.y; key++) {
    if (!is_hidden(weights[key])) {
      float weight = weights[key] * row_scale(values, v, key);
      acc = fma(weight, load_kv(v + row_place(values, key) + d), acc);
    }
  }
  store_query(acc, o + output_place(params, sequences, b, h, i) + d);
}
