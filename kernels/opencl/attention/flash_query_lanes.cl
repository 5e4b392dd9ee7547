// Idea: flash attention for CPU devices: vector lanes are queries, so that keys and values are read as scalars and broadcast,
//   no sum runs across lanes, and one softmax state vector serves 16 rows. Keys come in tiles; no score matrix exists.
// Paper: Dao, "FlashAttention-2" (2023), algorithm 1; online softmax: Milakov and Gimelshein (2018), algorithm 3.
//
// Tensors (float32): q [B, Hq, Sq, D], k [B, Hkv, Skv, D], v [B, Hkv, Skv, Dv], o [B, Hq, Sq, Dv] by strides;
//   lse [B, Hq, Sq] contiguous; scratch unused.
// Launch: work-groups of ONE work-item; global size B * Hq * ceil(Sq / BLOCK_Q), BLOCK_Q = 16 * QUERY_VECTORS.
//
//              keys of a tile (BLOCK_KV) -->                 lanes are queries -->
//   queries  +---------+---------+------+        score_t[key] | s0 s1 ... s15 | s16 ... s31 | ...
//   BLOCK_Q  | item 0: tile by tile --> |        o_t[d]       | o0 o1 ... o15 | o16 ... o31 | ...
//            +---------+---------+------+
//
// Local memory: 0 bytes. Private: 4 * BLOCK_Q * (HEAD_DIM + VALUE_DIM + BLOCK_KV) bytes, meant to lie in a core's caches.
// Preconditions: HEAD_DIM == params.head_dim, VALUE_DIM == params.value_dim; both at most 256.
// Leaves out: splitting keys over work-groups, so that one query of a long context uses one lane of one core.
#include "attention_common.clh"

#ifndef HEAD_DIM
#define HEAD_DIM 64
#endif
#ifndef VALUE_DIM
#define VALUE_DIM HEAD_DIM
#endif
// 16-lane vectors of queries, keys of a tile, and keys (first product) or value columns (second) accumulated together:
// QUERY_VECTORS * KEY_GROUP accumulators, with operands, fill the 32 registers of AVX-512. Share of the FMA ceiling at N = 4096,
// full, D = 64 / 128, medians on a 2-core AVX-512 CPU (PoCL 3.1): 2 x 8, 64 keys: 0.79 / 0.79; 3 x 8, 64: 0.83 / 0.87;
// 3 x 8, 96: 0.84 / 0.89; 4 x 6, 64: 0.82 / 0.79; 4 x 6, 96: 0.77 / 0.83. With 16 registers (AVX2) all of these spill.
#ifndef QUERY_VECTORS
#define QUERY_VECTORS 3
#endif
#ifndef BLOCK_KV
#define BLOCK_KV 96
#endif
#ifndef KEY_GROUP
#define KEY_GROUP 8
#endif

#define LANES 16
#define BLOCK_Q (LANES * QUERY_VECTORS)
#define VALUE_TAIL (VALUE_DIM % KEY_GROUP)

// Scores this far below the maximum weigh less than 2^-126 and become exactly 0.
#define LOWEST_EXPONENT (-87.33f)
// The selecting path's floor for visible weights: still above LOWEST_EXPONENT, so that they stay apart from hidden zeros.
#define LOWEST_VISIBLE (-87.0f)

// e^x for x <= 0, 0 for -inf, NaN for NaN; relative error below 2e-7. Range reduction: x * log2(e) = n + f with n integer,
// |f| <= 1/2. Adding 1.5 * 2^23 + 127 leaves n + 127 in the low mantissa bits, which shifted are the float 2^n. It is multiplied,
// not added to the exponent, so that NaN survives; comparing with < keeps NaN too.
inline float16 exp_nonpositive(float16 x) {
  const float16 magic = (float16)(12583039.0f);
  float16 shifted = fma(x, (float16)(1.44269504f), magic);
  float16 f = fma(x, (float16)(1.44269504f), magic - shifted);
  // 2^f - 1 over f: least squares of the relative error on Chebyshev nodes.
  float16 polynomial = fma(f, (float16)(1.3218673e-3f), (float16)(9.6716979e-3f));
  polynomial = fma(polynomial, f, (float16)(5.5508930e-2f));
  polynomial = fma(polynomial, f, (float16)(0.24022238f));
  polynomial = fma(polynomial, f, (float16)(0.69314686f));
  polynomial = fma(polynomial, f, (float16)(1.0f));
  float16 power = polynomial * as_float16(as_int16(shifted) << 23);
  return x < (float16)(LOWEST_EXPONENT) ? (float16)(0.0f) : power;
}

// The larger of a score and a running maximum. A NaN score is dropped here and comes back through its exponential.
inline float16 max_of(float16 score, float16 maximum) { return score > maximum ? score : maximum; }

// What one work-item knows of its rows.
typedef struct {
  int16 begin[QUERY_VECTORS];  // keys [begin, end) that window and length leave to each lane's query
  int16 end[QUERY_VECTORS];
} row_ranges;

// Replaces the scores of hidden pairs of a tile by -inf. scores is [BLOCK_KV][QUERY_VECTORS], keys count from key_begin.
inline void hide_pairs(const attention_params params, __global const uchar *mask, const row_ranges *ranges,
                       int b, int h, int block_begin, int key_begin, int keys, float16 *scores) {
  for (int j = 0; j < keys; j++) {
    for (int vector = 0; vector < QUERY_VECTORS; vector++) {
      int16 key = (int16)(key_begin + j);
      int16 seen = (key >= ranges->begin[vector]) & (key < ranges->end[vector]);
      scores[j * QUERY_VECTORS + vector] = seen ? scores[j * QUERY_VECTORS + vector] : (float16)(-INFINITY);
    }
  }
  if (params.mask_kind != MASK_NONE) {
    float *lanes = (float *)scores;
    for (int r = 0; r < BLOCK_Q; r++) {
      int i = min(block_begin + r, params.query_len - 1);
      long row = mask_row(params, b, h, i);
      for (int j = 0; j < keys; j++) {
        lanes[j * BLOCK_Q + r] = mask_score(params, mask, row, key_begin + j, lanes[j * BLOCK_Q + r]);
      }
    }
  }
}

// Whether keys rows of V hold a NaN or an infinity: both times 0 are NaN.
inline bool has_non_finite(__global const float *v_tile, long row_stride, int keys) {
  float16 sum = (float16)(0.0f);
  float tail = 0.0f;
  for (int j = 0; j < keys; j++) {
    __global const float *v_row = v_tile + j * row_stride;
    for (int d = 0; d + LANES <= VALUE_DIM; d += LANES) {
      sum = fma(vload16(0, v_row + d), (float16)(0.0f), sum);
    }
    for (int d = VALUE_DIM / LANES * LANES; d < VALUE_DIM; d++) {
      tail = fma(v_row[d], 0.0f, tail);
    }
  }
  return any(sum != sum) || tail != tail;
}

// GROUP columns of O^T from d0 on: O^T = O^T * alpha + V^T P^T over keys rows. A macro, since GROUP sizes register arrays.
#define ACCUMULATE_VALUES(GROUP, d0)                                                  \
  {                                                                                   \
    float16 acc[GROUP][QUERY_VECTORS];                                                \
    _Pragma("unroll") for (int c = 0; c < GROUP; c++) {                               \
      _Pragma("unroll") for (int vector = 0; vector < QUERY_VECTORS; vector++) {      \
        acc[c][vector] = o_t[((d0) + c) * QUERY_VECTORS + vector] * alpha[vector];    \
      }                                                                               \
    }                                                                                 \
    __global const float *v_row = v_tile + (d0);                                      \
    for (int j = 0; j < keys; j++, v_row += params.v_row_stride) {                    \
      float16 weight[QUERY_VECTORS];                                                  \
      _Pragma("unroll") for (int vector = 0; vector < QUERY_VECTORS; vector++) {      \
        weight[vector] = score_t[j * QUERY_VECTORS + vector];                         \
      }                                                                               \
      _Pragma("unroll") for (int c = 0; c < GROUP; c++) {                             \
        float16 value = (float16)(v_row[c]);                                          \
        _Pragma("unroll") for (int vector = 0; vector < QUERY_VECTORS; vector++) {    \
          acc[c][vector] = fma(weight[vector], value, acc[c][vector]);                \
        }                                                                             \
      }                                                                               \
    }                                                                                 \
    _Pragma("unroll") for (int c = 0; c < GROUP; c++) {                               \
      _Pragma("unroll") for (int vector = 0; vector < QUERY_VECTORS; vector++) {      \
        o_t[((d0) + c) * QUERY_VECTORS + vector] = acc[c][vector];                    \
      }                                                                               \
    }                                                                                 \
  }

__kernel __attribute__((reqd_work_group_size(1, 1, 1))) void flash_query_lanes(
    __global const float *restrict q, __global const float *restrict k, __global const float *restrict v,
    __global float *restrict o, __global float *restrict lse, __global const uchar *restrict mask,
    __global const int2 *restrict sequences, __global float *restrict scratch, const attention_params params) {
  int blocks = (params.query_len + BLOCK_Q - 1) / BLOCK_Q;
  int head_index = get_global_id(0) / blocks;
  int block = get_global_id(0) % blocks;
  // Short and long blocks of a causal mask alternate, so that contiguous shares of work-groups weigh the same.
  block = (block & 1) ? blocks - 1 - (block >> 1) : block >> 1;
  int b = head_index / params.query_heads;
  int h = head_index % params.query_heads;
  int kv_head = h / (params.query_heads / params.kv_heads);
  int block_begin = block * BLOCK_Q;
  int rows = min(BLOCK_Q, params.query_len - block_begin);
  int2 sequence = sequences[b];

  __global const float *q_block =
      q + params.q_offset + b * params.q_batch_stride + h * params.q_head_stride + block_begin * params.q_row_stride;
  __global const float *k_head = k + params.k_offset + b * params.k_batch_stride + kv_head * params.k_head_stride;
  __global const float *v_head = v + params.v_offset + b * params.v_batch_stride + kv_head * params.v_head_stride;

  float16 q_t[HEAD_DIM * QUERY_VECTORS];
  float16 o_t[VALUE_DIM * QUERY_VECTORS];
  float16 score_t[BLOCK_KV * QUERY_VECTORS];
  float16 m_i[QUERY_VECTORS];
  float16 l_i[QUERY_VECTORS];
  row_ranges ranges;

  float *q_lanes = (float *)q_t;
  int *begin_lanes = (int *)ranges.begin;
  int *end_lanes = (int *)ranges.end;
  for (int r = 0; r < BLOCK_Q; r++) {
    int row = min(r, rows - 1);  // lanes past the last query repeat it and are never stored
    __global const float *q_row = q_block + row * params.q_row_stride;
    for (int d = 0; d < HEAD_DIM; d++) {
      q_lanes[d * BLOCK_Q + r] = q_row[d];
    }
    int2 range = key_range(params, sequence, block_begin + row);
    begin_lanes[r] = range.x;
    end_lanes[r] = range.y;
  }
  for (int d = 0; d < VALUE_DIM * QUERY_VECTORS; d++) {
    o_t[d] = (float16)(0.0f);
  }
  for (int vector = 0; vector < QUERY_VECTORS; vector++) {
    m_i[vector] = (float16)(-INFINITY);
    l_i[vector] = (float16)(0.0f);
  }

  // Ranges move to the right with the query, so the first row has the first key and the last row the last one.
  int first_key = begin_lanes[0];
  int end_key = end_lanes[rows - 1];
  int seen_by_all_from = begin_lanes[rows - 1];
  int seen_by_all_to = end_lanes[0];

  for (int key_begin = first_key; key_begin < end_key; key_begin += BLOCK_KV) {
    int keys = min(BLOCK_KV, end_key - key_begin);
    int padded_keys = (keys + KEY_GROUP - 1) / KEY_GROUP * KEY_GROUP;
    __global const float *k_tile = k_head + key_begin * params.k_row_stride;
    __global const float *v_tile = v_head + key_begin * params.v_row_stride;

    // S^T = K Q^T
    for (int j = 0; j < padded_keys; j += KEY_GROUP) {
      float16 acc[KEY_GROUP][QUERY_VECTORS];
      __global const float *k_row[KEY_GROUP];
      #pragma unroll
      for (int c = 0; c < KEY_GROUP; c++) {
        k_row[c] = k_tile + min(j + c, keys - 1) * params.k_row_stride;  // never past the last key
        #pragma unroll
        for (int vector = 0; vector < QUERY_VECTORS; vector++) {
          acc[c][vector] = (float16)(0.0f);
        }
      }
      #pragma unroll 4
      for (int d = 0; d < HEAD_DIM; d++) {
        float16 query[QUERY_VECTORS];
        #pragma unroll
        for (int vector = 0; vector < QUERY_VECTORS; vector++) {
          query[vector] = q_t[d * QUERY_VECTORS + vector];
        }
        #pragma unroll
        for (int c = 0; c < KEY_GROUP; c++) {
          float16 key = (float16)(k_row[c][d]);
          #pragma unroll
          for (int vector = 0; vector < QUERY_VECTORS; vector++) {
            acc[c][vector] = fma(query[vector], key, acc[c][vector]);
          }
        }
      }
      #pragma unroll
      for (int c = 0; c < KEY_GROUP; c++) {
        #pragma unroll
        for (int vector = 0; vector < QUERY_VECTORS; vector++) {
          // Not folded into Q: a scale that is no power of 2 would round every term of the sum the same way.
          score_t[(j + c) * QUERY_VECTORS + vector] = acc[c][vector] * params.scale;
        }
      }
    }
    if (params.soft_cap > 0.0f) {
      for (int j = 0; j < keys * QUERY_VECTORS; j++) {
        score_t[j] = params.soft_cap * tanh(score_t[j] / params.soft_cap);
      }
    }

    bool all_visible =
        params.mask_kind == MASK_NONE && key_begin >= seen_by_all_from && key_begin + keys <= seen_by_all_to;
    bool selecting = false;
    if (!all_visible) {
      hide_pairs(params, mask, &ranges, b, h, block_begin, key_begin, keys, score_t);
      selecting = has_non_finite(v_tile, params.v_row_stride, keys);
    }
    for (int j = keys * QUERY_VECTORS; j < padded_keys * QUERY_VECTORS; j++) {
      score_t[j] = (float16)(-INFINITY);
    }

    // Online softmax: m_i, l_i and alpha, which scales down what earlier tiles left.
    float16 alpha[QUERY_VECTORS];
    #pragma unroll
    for (int vector = 0; vector < QUERY_VECTORS; vector++) {
      float16 m_0 = m_i[vector];
      float16 m_1 = m_0;
      float16 m_2 = m_0;
      float16 m_3 = m_0;
      for (int j = 0; j < padded_keys; j += 4) {
        m_0 = max_of(score_t[j * QUERY_VECTORS + vector], m_0);
        m_1 = max_of(score_t[(j + 1) * QUERY_VECTORS + vector], m_1);
        m_2 = max_of(score_t[(j + 2) * QUERY_VECTORS + vector], m_2);
        m_3 = max_of(score_t[(j + 3) * QUERY_VECTORS + vector], m_3);
      }
      float16 m_new = max_of(max_of(m_0, m_1), max_of(m_2, m_3));
      // A row that has seen nothing yet must not compute -inf - -inf.
      float16 shift = m_new == (float16)(-INFINITY) ? (float16)(0.0f) : m_new;
      alpha[vector] = exp_nonpositive(m_i[vector] - shift);
      m_i[vector] = m_new;
      if (selecting) {
        for (int j = 0; j < padded_keys; j++) {
          float16 score = score_t[j * QUERY_VECTORS + vector];
          float16 raised = score < shift + LOWEST_VISIBLE ? shift + LOWEST_VISIBLE : score;
          score_t[j * QUERY_VECTORS + vector] = score == (float16)(-INFINITY) ? score : raised;
        }
      }
      float16 l_0 = (float16)(0.0f);
      float16 l_1 = l_0;
      float16 l_2 = l_0;
      float16 l_3 = l_0;
      for (int j = 0; j < padded_keys; j += 4) {
        float16 w_0 = exp_nonpositive(score_t[j * QUERY_VECTORS + vector] - shift);
        float16 w_1 = exp_nonpositive(score_t[(j + 1) * QUERY_VECTORS + vector] - shift);
        float16 w_2 = exp_nonpositive(score_t[(j + 2) * QUERY_VECTORS + vector] - shift);
        float16 w_3 = exp_nonpositive(score_t[(j + 3) * QUERY_VECTORS + vector] - shift);
        score_t[j * QUERY_VECTORS + vector] = w_0;
        score_t[(j + 1) * QUERY_VECTORS + vector] = w_1;
        score_t[(j + 2) * QUERY_VECTORS + vector] = w_2;
        score_t[(j + 3) * QUERY_VECTORS + vector] = w_3;
        l_0 += w_0;
        l_1 += w_1;
        l_2 += w_2;
        l_3 += w_3;
      }
      l_i[vector] = fma(l_i[vector], alpha[vector], (l_0 + l_1) + (l_2 + l_3));
    }

    // O^T = O^T * alpha + V^T P^T
    if (selecting) {
      // A hidden value is not multiplied by its weight 0 but left out. Rare, so without register blocking.
      for (int d = 0; d < VALUE_DIM; d++) {
        for (int vector = 0; vector < QUERY_VECTORS; vector++) {
          float16 acc = o_t[d * QUERY_VECTORS + vector] * alpha[vector];
          for (int j = 0; j < keys; j++) {
            float16 weight = score_t[j * QUERY_VECTORS + vector];
            float16 next = fma(weight, (float16)(v_tile[j * params.v_row_stride + d]), acc);
            acc = weight == (float16)(0.0f) ? acc : next;
          }
          o_t[d * QUERY_VECTORS + vector] = acc;
        }
      }
    } else {
      for (int d = 0; d + KEY_GROUP <= VALUE_DIM; d += KEY_GROUP) {
        ACCUMULATE_VALUES(KEY_GROUP, d)
      }
#if VALUE_TAIL > 0
      ACCUMULATE_VALUES(VALUE_TAIL, VALUE_DIM - VALUE_TAIL)
#endif
    }
  }

  float *o_lanes = (float *)o_t;
  float *l_lanes = (float *)l_i;
  float *m_lanes = (float *)m_i;
  __global float *o_block =
      o + params.o_offset + b * params.o_batch_stride + h * params.o_head_stride + block_begin * params.o_row_stride;
  __global float *lse_block = lse + ((long)b * params.query_heads + h) * params.query_len + block_begin;
  for (int r = 0; r < rows; r++) {
    bool empty = l_lanes[r] == 0.0f;
    float normalizer = empty ? 0.0f : 1.0f / l_lanes[r];
    for (int d = 0; d < VALUE_DIM; d++) {
      o_block[r * params.o_row_stride + d] = o_lanes[d * BLOCK_Q + r] * normalizer;
    }
    lse_block[r] = empty ? -INFINITY : m_lanes[r] + log(l_lanes[r]);
  }
}
