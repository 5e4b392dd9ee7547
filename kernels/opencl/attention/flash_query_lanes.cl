// Idea: flash attention for CPU devices, with 16 queries in the lanes of a vector: Q, the scores and O stand transposed in private
//   arrays, every element of K and V is read where it lies and broadcast. Nothing is packed, no sum crosses lanes.
// Paper: Dao, "FlashAttention-2" (2023), algorithm 1; running maximum and sum: Milakov and Gimelshein, "Online normalizer
//   calculation for softmax" (2018), algorithm 3.
//
// Tensors (float32): q [B, Hq, Sq, D], k [B, Hkv, Skv, D], v [B, Hkv, Skv, Dv], o [B, Hq, Sq, Dv] by strides;
//   lse [B, Hq, Sq] contiguous; scratch unused.
// Launch: local size 1, global size B * Hq * ceil(Sq / BLOCK_Q), with BLOCK_Q = 16 * QUERY_VECTORS.
//   One item takes BLOCK_Q queries of one head along all keys that any of them sees:
//
//              hidden from all |  tile  |  tile  | tail | hidden from all       score_t[key]  | query 0 .. 15 | 16 .. 31 |
//     BLOCK_Q     not read     | ------ BLOCK_KV each ---> |    not read        o_t[column]   | query 0 .. 15 | 16 .. 31 |
//
// Local memory: 0 bytes. Private: 4 * BLOCK_Q * (HEAD_DIM + VALUE_ROWS + 2 * BLOCK_KV) bytes, meant to lie in a core's caches.
// Preconditions: HEAD_DIM == params.head_dim, VALUE_DIM == params.value_dim; BLOCK_KV a multiple of KEY_GROUP.
// Leaves out: splitting one row's keys over items (a single query leaves 31 of 32 lanes and all other cores idle); GPUs, where
//   private arrays of this size would spill.
#include "attention_common.clh"

#ifndef HEAD_DIM
#define HEAD_DIM 64
#endif
#ifndef VALUE_DIM
#define VALUE_DIM HEAD_DIM
#endif
// Tile sizes, by share of the FMA ceiling of the same run, N = 4096, full, D = 64 / 128, medians of three runs taken in turns on a
// 2-core AVX-512 CPU (PoCL 3.1): 2 x 8 accumulators and tiles of 128 keys 0.83 / 0.86; 96 keys 0.81 / 0.83; 3 x 8 and 96 keys
// 0.82 / 0.86. 16 of the 32 registers already feed both FMA units; more queries idle more lanes on short inputs. With 16 registers
// (AVX2) these spill.
#ifndef QUERY_VECTORS
#define QUERY_VECTORS 2
#endif
#ifndef BLOCK_KV
#define BLOCK_KV 128
#endif
#ifndef KEY_GROUP
#define KEY_GROUP 8
#endif

#define LANES 16
#define BLOCK_Q (LANES * QUERY_VECTORS)

// Columns of V go in equal groups of at most KEY_GROUP. Where they do not fill the last group, it starts earlier and computes
// its first columns a second time, in rows of o_t of its own: a shorter loop for the rest would double the code to compile.
#define VALUE_GROUPS ((VALUE_DIM + KEY_GROUP - 1) / KEY_GROUP)
#define VALUE_GROUP ((VALUE_DIM + VALUE_GROUPS - 1) / VALUE_GROUPS)
#define VALUE_ROWS (VALUE_GROUPS * VALUE_GROUP)

// Independent partial maxima and sums: one chain alone would wait for its own latency.
#define CHAINS 4

#define EACH_VECTOR _Pragma("unroll") for (int vector = 0; vector < QUERY_VECTORS; vector++)

// Row of o_t that holds a column of V.
inline int output_row(int column) {
  return column < VALUE_ROWS - VALUE_GROUP ? column : column + VALUE_ROWS - VALUE_DIM;
}

// e^x for x <= 0: 1 for 0, 0 below the smallest normal number and for -inf, NaN for NaN; relative error below 2e-7 (docs/numerics.md).
// x * log2(e) = n + f with n whole and |f| <= 1/2. Adding 1.5 * 2^23 + 127 leaves n + 127 in the lowest bits, which shifted are the
// float 2^n. The power is multiplied with the polynomial, not added to its exponent, so that NaN survives.
inline float16 exp_of_nonpositive(float16 x) {
  const float16 round_and_bias = (float16)(12583039.0f);
  float16 shifted = fma(x, (float16)(1.44269504f), round_and_bias);
  float16 f = fma(x, (float16)(1.44269504f), round_and_bias - shifted);
  // 2^f: least squares of the relative error on Chebyshev nodes, with the constant term held at 1. A sixth degree and log2(e) to 48
  // bits are exact to 1.2 ulp, but cost 2 % of the kernel at D = 64.
  float16 p = fma(f, (float16)(1.3218673e-3f), (float16)(9.6716979e-3f));
  p = fma(p, f, (float16)(5.5508930e-2f));
  p = fma(p, f, (float16)(0.24022238f));
  p = fma(p, f, (float16)(0.69314686f));
  p = fma(p, f, (float16)(1.0f));
  float16 power = p * as_float16(as_int16(shifted) << 23);
  return x < (float16)(-87.33f) ? (float16)(0.0f) : power;  // false for NaN
}

// The larger of a score and a maximum that is never NaN. A NaN score is dropped here and comes back through its exponential.
inline float16 running_max(float16 score, float16 maximum) { return score > maximum ? score : maximum; }

// Transposes 16 x 16. Interleaving row i with row i + 8 rotates the 8 bits of (row, column) by one place: 4 times exchange them.
inline void transpose(float16 *block) {
#pragma unroll
  for (int rotation = 0; rotation < 4; rotation++) {
    float16 next[LANES];
#pragma unroll
    for (int i = 0; i < LANES / 2; i++) {
      float16 a = block[i];
      float16 b = block[i + LANES / 2];
      next[2 * i] = (float16)(a.s0, b.s0, a.s1, b.s1, a.s2, b.s2, a.s3, b.s3, a.s4, b.s4, a.s5, b.s5, a.s6, b.s6, a.s7, b.s7);
      next[2 * i + 1] = (float16)(a.s8, b.s8, a.s9, b.s9, a.sa, b.sa, a.sb, b.sb, a.sc, b.sc, a.sd, b.sd, a.se, b.se, a.sf, b.sf);
    }
#pragma unroll
    for (int i = 0; i < LANES; i++) {
      block[i] = next[i];
    }
  }
}

// Reads 16 rows of Q as columns: q_t[d] of one vector. Lanes past the last query repeat it.
inline void read_queries(__global const float *q_head, long row_stride, int first_row, int last_row, float16 *q_t) {
#if HEAD_DIM < LANES
  for (int lane = 0; lane < LANES; lane++) {
    __global const float *q_row = q_head + min(first_row + lane, last_row) * row_stride;
    for (int d = 0; d < HEAD_DIM; d++) {
      ((float *)(q_t + d * QUERY_VECTORS))[lane] = q_row[d];
    }
  }
#else
#pragma unroll 1
  for (int d = 0; d < HEAD_DIM; d += LANES) {
    int column = min(d, HEAD_DIM - LANES);  // the last block repeats columns: a row's neighbour may be no memory of ours
    float16 block[LANES];
#pragma unroll
    for (int lane = 0; lane < LANES; lane++) {
      block[lane] = vload16(0, q_head + min(first_row + lane, last_row) * row_stride + column);
    }
    transpose(block);
#pragma unroll
    for (int i = 0; i < LANES; i++) {
      q_t[(column + i) * QUERY_VECTORS] = block[i];
    }
  }
#endif
}

// One element of the dense mask as what is added to the score: -inf hides.
inline float mask_bias(int kind, __global const uchar *mask, long index) {
  return kind == MASK_BOOLEAN ? (mask[index] ? 0.0f : -INFINITY) : ((__global const float *)mask)[index];
}

// Reads keys columns of 16 rows of the dense mask transposed, for one vector of queries; index is that of (row 0, first key).
inline void read_mask(int kind, __global const uchar *mask, long index, long row_stride, int first_row, int last_row, int keys,
                      float16 *bias_t) {
  if (row_stride == 0) {
    for (int j = 0; j < keys; j++) {
      bias_t[j * QUERY_VECTORS] = (float16)(mask_bias(kind, mask, index + j));
    }
    return;
  }
  if (keys < LANES) {
    for (int lane = 0; lane < LANES; lane++) {
      long row = index + min(first_row + lane, last_row) * row_stride;
      for (int j = 0; j < keys; j++) {
        ((float *)(bias_t + j * QUERY_VECTORS))[lane] = mask_bias(kind, mask, row + j);
      }
    }
    return;
  }
#pragma unroll 1
  for (int j = 0; j < keys; j += LANES) {
    int first = min(j, keys - LANES);
    float16 block[LANES];
    if (kind == MASK_BOOLEAN) {
#pragma unroll
      for (int lane = 0; lane < LANES; lane++) {
        uchar16 row = vload16(0, mask + index + min(first_row + lane, last_row) * row_stride + first);
        block[lane] = convert_int16(row) != 0 ? (float16)(0.0f) : (float16)(-INFINITY);
      }
    } else {
#pragma unroll
      for (int lane = 0; lane < LANES; lane++) {
        block[lane] =
            vload16(0, (__global const float *)mask + index + min(first_row + lane, last_row) * row_stride + first);
      }
    }
    transpose(block);
#pragma unroll
    for (int i = 0; i < LANES; i++) {
      bias_t[(first + i) * QUERY_VECTORS] = block[i];
    }
  }
}

// S^T = scale K Q^T for a tile. Rows that fill up the last group are -inf: the softmax walks whole groups.
inline void score_tile(const float16 *q_t, __global const float *restrict k_tile, long row_stride, int keys, float scale,
                       float16 *score_t) {
#pragma unroll 1
  for (int j = 0; j < keys; j += KEY_GROUP) {
    __global const float *k_row[KEY_GROUP];
    float16 acc[KEY_GROUP][QUERY_VECTORS];
#pragma unroll
    for (int r = 0; r < KEY_GROUP; r++) {
      k_row[r] = k_tile + min(j + r, keys - 1) * row_stride;  // keys past the length are not read
      EACH_VECTOR { acc[r][vector] = (float16)(0.0f); }
    }
#pragma unroll 4
    for (int d = 0; d < HEAD_DIM; d++) {
#pragma unroll
      for (int r = 0; r < KEY_GROUP; r++) {
        float16 key = (float16)(k_row[r][d]);
        EACH_VECTOR { acc[r][vector] = fma(q_t[d * QUERY_VECTORS + vector], key, acc[r][vector]); }
      }
    }
#pragma unroll
    for (int r = 0; r < KEY_GROUP; r++) {
      EACH_VECTOR {
        // Not folded into Q: a scale that is no power of 2 would round every term of the sum the same way.
        float16 score = acc[r][vector] * scale;
        score_t[(j + r) * QUERY_VECTORS + vector] = j + r < keys ? score : (float16)(-INFINITY);
      }
    }
  }
}

// Scores become weights; alpha is what the sums of earlier tiles are scaled by.
inline void softmax_tile(int keys, float16 *score_t, float16 *m_i, float16 *l_i, float16 *alpha) {
#pragma unroll 1
  for (int vector = 0; vector < QUERY_VECTORS; vector++) {
    float16 chain[CHAINS];
#pragma unroll
    for (int c = 0; c < CHAINS; c++) {
      chain[c] = m_i[vector];
    }
#pragma unroll 1
    for (int j = 0; j < keys; j += KEY_GROUP) {
#pragma unroll
      for (int r = 0; r < KEY_GROUP; r++) {
        chain[r % CHAINS] = running_max(score_t[(j + r) * QUERY_VECTORS + vector], chain[r % CHAINS]);
      }
    }
    float16 m_new = running_max(running_max(chain[0], chain[1]), running_max(chain[2], chain[3]));
    // A row that has seen nothing yet must not compute -inf - -inf.
    float16 shift = m_new == (float16)(-INFINITY) ? (float16)(0.0f) : m_new;
    alpha[vector] = exp_of_nonpositive(m_i[vector] - shift);
    m_i[vector] = m_new;
#pragma unroll
    for (int c = 0; c < CHAINS; c++) {
      chain[c] = (float16)(0.0f);
    }
#pragma unroll 1
    for (int j = 0; j < keys; j += KEY_GROUP) {
#pragma unroll
      for (int r = 0; r < KEY_GROUP; r++) {
        float16 weight = exp_of_nonpositive(score_t[(j + r) * QUERY_VECTORS + vector] - shift);
        score_t[(j + r) * QUERY_VECTORS + vector] = weight;
        chain[r % CHAINS] += weight;
      }
    }
    l_i[vector] = fma(l_i[vector], alpha[vector], (chain[0] + chain[1]) + (chain[2] + chain[3]));
  }
}

// O^T = O^T * alpha + V^T P^T, hidden pairs included: their weight is 0.
inline void accumulate_tile(__global const float *restrict v_tile, long row_stride, int keys, const float16 *weight_t,
                            const float16 *alpha, float16 *o_t) {
#pragma unroll 1
  for (int group = 0; group < VALUE_GROUPS; group++) {
    float16 *rows = o_t + group * VALUE_GROUP * QUERY_VECTORS;
    __global const float *v_columns = v_tile + min(group * VALUE_GROUP, VALUE_DIM - VALUE_GROUP);
    float16 acc[VALUE_GROUP][QUERY_VECTORS];
#pragma unroll
    for (int r = 0; r < VALUE_GROUP; r++) {
      EACH_VECTOR { acc[r][vector] = rows[r * QUERY_VECTORS + vector] * alpha[vector]; }
    }
    for (int j = 0; j < keys; j++) {
      __global const float *v_row = v_columns + j * row_stride;
#pragma unroll
      for (int r = 0; r < VALUE_GROUP; r++) {
        float16 value = (float16)(v_row[r]);
        EACH_VECTOR { acc[r][vector] = fma(weight_t[j * QUERY_VECTORS + vector], value, acc[r][vector]); }
      }
    }
#pragma unroll
    for (int r = 0; r < VALUE_GROUP; r++) {
      EACH_VECTOR { rows[r * QUERY_VECTORS + vector] = acc[r][vector]; }
    }
  }
}

// The same where V holds NaN or infinity, which a weight of 0 would not keep out: hidden pairs are skipped. Rare, hence plain.
// The rows of o_t that repeat a column stay behind; nothing reads them.
inline void accumulate_visible(__global const float *v_tile, long row_stride, int keys, const float16 *weight_t,
                               const float16 *bias_t, const float16 *alpha, float16 *o_t) {
#pragma unroll 1
  for (int column = 0; column < VALUE_DIM; column++) {
#pragma unroll 1
    for (int vector = 0; vector < QUERY_VECTORS; vector++) {
      float16 acc = o_t[output_row(column) * QUERY_VECTORS + vector] * alpha[vector];
#pragma unroll 1
      for (int j = 0; j < keys; j++) {
        float16 next = fma(weight_t[j * QUERY_VECTORS + vector], (float16)(v_tile[j * row_stride + column]), acc);
        acc = bias_t[j * QUERY_VECTORS + vector] == (float16)(-INFINITY) ? acc : next;
      }
      o_t[output_row(column) * QUERY_VECTORS + vector] = acc;
    }
  }
}

// Whether a tile of V holds a NaN or an infinity: times 0, both are NaN, and stay so in a sum.
inline bool has_non_finite(__global const float *v_tile, long row_stride, int keys) {
#if VALUE_DIM < LANES
  float sum = 0.0f;
  for (int j = 0; j < keys; j++) {
    for (int d = 0; d < VALUE_DIM; d++) {
      sum = fma(v_tile[j * row_stride + d], 0.0f, sum);
    }
  }
  return isnan(sum);
#else
  float16 sum[2] = {(float16)(0.0f), (float16)(0.0f)};
  for (int j = 0; j < keys; j++) {
    __global const float *v_row = v_tile + j * row_stride;
    for (int d = 0; d < VALUE_DIM; d += 2 * LANES) {
      sum[0] = fma(vload16(0, v_row + min(d, VALUE_DIM - LANES)), (float16)(0.0f), sum[0]);
      sum[1] = fma(vload16(0, v_row + min(d + LANES, VALUE_DIM - LANES)), (float16)(0.0f), sum[1]);
    }
  }
  return any(isnan(sum[0] + sum[1]));
#endif
}

// Writes 16 rows of O: columns of o_t, normalized.
inline void write_output(__global float *o_head, long row_stride, int first_row, int last_row, float16 normalizer, int16 empty,
                         const float16 *o_t) {
#pragma unroll 1
  for (int d = 0; d < VALUE_DIM; d += LANES) {
    int column = max(0, min(d, VALUE_DIM - LANES));
    float16 block[LANES];
#pragma unroll
    for (int i = 0; i < LANES; i++) {
      float16 value = o_t[output_row(min(column + i, VALUE_DIM - 1)) * QUERY_VECTORS] * normalizer;
      block[i] = empty ? (float16)(0.0f) : value;
    }
    transpose(block);
    for (int lane = 0; lane < LANES && first_row + lane <= last_row; lane++) {
      __global float *o_row = o_head + (first_row + lane) * row_stride + column;
#if VALUE_DIM < LANES
      for (int c = 0; c < VALUE_DIM; c++) {
        o_row[c] = ((float *)&block[lane])[c];
      }
#else
      vstore16(block[lane], 0, o_row);
#endif
    }
  }
}

__kernel __attribute__((reqd_work_group_size(1, 1, 1))) void flash_query_lanes(
    __global const float *restrict q, __global const float *restrict k, __global const float *restrict v,
    __global float *restrict o, __global float *restrict lse, __global const uchar *restrict mask,
    __global const int2 *restrict sequences, __global float *restrict scratch, const attention_params params) {
  int blocks = (params.query_len + BLOCK_Q - 1) / BLOCK_Q;
  int head = get_global_id(0) / blocks;
  int block = get_global_id(0) % blocks;
  // Under a causal mask late blocks have more keys: short and long ones alternate, so that any run of items weighs the same.
  block = (block & 1) ? blocks - 1 - (block >> 1) : block >> 1;
  int b = head / params.query_heads;
  int h = head % params.query_heads;
  int kv_head = h / (params.query_heads / params.kv_heads);
  int first_row = block * BLOCK_Q;
  int last_row = min(first_row + BLOCK_Q, params.query_len) - 1;
  int2 sequence = sequences[b];
  __global const float *q_head = q + params.q_offset + b * params.q_batch_stride + h * params.q_head_stride;
  __global const float *k_head = k + params.k_offset + b * params.k_batch_stride + kv_head * params.k_head_stride;
  __global const float *v_head = v + params.v_offset + b * params.v_batch_stride + kv_head * params.v_head_stride;

  float16 q_t[HEAD_DIM * QUERY_VECTORS];
  float16 o_t[VALUE_ROWS * QUERY_VECTORS];
  float16 score_t[BLOCK_KV * QUERY_VECTORS];
  float16 bias_t[BLOCK_KV * QUERY_VECTORS];  // of masked tiles: what is added to a score, -inf where the pair is hidden
  float16 m_i[QUERY_VECTORS], l_i[QUERY_VECTORS], alpha[QUERY_VECTORS];
  int16 row_begin[QUERY_VECTORS], row_end[QUERY_VECTORS];

#pragma unroll 1
  for (int vector = 0; vector < QUERY_VECTORS; vector++) {
    read_queries(q_head, params.q_row_stride, first_row + vector * LANES, last_row, q_t + vector);
    m_i[vector] = (float16)(-INFINITY);
    l_i[vector] = (float16)(0.0f);
  }
#pragma unroll 1
  for (int i = 0; i < VALUE_ROWS * QUERY_VECTORS; i++) {
    o_t[i] = (float16)(0.0f);
  }
#pragma unroll 1
  for (int i = 0; i < BLOCK_Q; i++) {
    int2 range = key_range(params, sequence, min(first_row + i, last_row));
    ((int *)row_begin)[i] = range.x;
    ((int *)row_end)[i] = range.y;
  }
  // Ranges only move right from row to row, so the first begin and the last end hold them all; the reverse is what all rows see.
  int2 first_range = key_range(params, sequence, first_row);
  int2 last_range = key_range(params, sequence, last_row);

  int keys;
#pragma unroll 1
  for (int key_begin = first_range.x; key_begin < last_range.y; key_begin += keys) {
    keys = min(BLOCK_KV, last_range.y - key_begin);
    bool all_visible = key_begin >= last_range.x && key_begin + keys <= first_range.y;
    bool masked = params.mask_kind != MASK_NONE || !all_visible;
    bool any_hidden = false;
    if (masked) {
      bool any_visible = false;
#pragma unroll 1
      for (int vector = 0; vector < QUERY_VECTORS; vector++) {
        if (params.mask_kind != MASK_NONE) {
          read_mask(params.mask_kind, mask, mask_row(params, b, h, 0) + key_begin, params.mask_row_stride,
                    first_row + vector * LANES, last_row, keys, bias_t + vector);
        }
        int16 seen = (int16)(0);
        int16 hidden = (int16)(0);
#pragma unroll 1
        for (int j = 0; j < keys; j++) {
          int16 in_range = (int16)(key_begin + j) >= row_begin[vector] && (int16)(key_begin + j) < row_end[vector];
          float16 bias = params.mask_kind == MASK_NONE ? (float16)(0.0f) : bias_t[j * QUERY_VECTORS + vector];
          bias = in_range ? bias : (float16)(-INFINITY);
          bias_t[j * QUERY_VECTORS + vector] = bias;
          int16 visible = bias != (float16)(-INFINITY);
          seen |= visible;
          hidden |= ~visible;
        }
        any_visible |= any(seen);
        any_hidden |= any(hidden);
      }
      if (!any_visible) {
        continue;
      }
    }

    score_tile(q_t, k_head + key_begin * params.k_row_stride, params.k_row_stride, keys, params.scale, score_t);
    if (params.soft_cap > 0.0f) {
#pragma unroll 1
      for (int i = 0; i < keys * QUERY_VECTORS; i++) {
        score_t[i] = params.soft_cap * tanh(score_t[i] / params.soft_cap);
      }
    }
    if (masked) {
#pragma unroll 1
      for (int i = 0; i < keys * QUERY_VECTORS; i++) {
        // Replaced, not added to: the score of a hidden pair may be NaN.
        score_t[i] = bias_t[i] == (float16)(-INFINITY) ? bias_t[i] : score_t[i] + bias_t[i];
      }
    }
    softmax_tile(keys, score_t, m_i, l_i, alpha);
    __global const float *v_tile = v_head + key_begin * params.v_row_stride;
    if (any_hidden && has_non_finite(v_tile, params.v_row_stride, keys)) {
      accumulate_visible(v_tile, params.v_row_stride, keys, score_t, bias_t, alpha, o_t);
    } else {
      accumulate_tile(v_tile, params.v_row_stride, keys, score_t, alpha, o_t);
    }
  }

  __global float *o_head = o + params.o_offset + b * params.o_batch_stride + h * params.o_head_stride;
  __global float *lse_head = lse + (long)head * params.query_len;
#pragma unroll 1
  for (int vector = 0; vector < QUERY_VECTORS; vector++) {
    int row = first_row + vector * LANES;
    int16 empty = l_i[vector] == (float16)(0.0f);
    write_output(o_head, params.o_row_stride, row, last_row, (float16)(1.0f) / l_i[vector], empty, o_t + vector);
    float16 row_lse = empty ? (float16)(-INFINITY) : m_i[vector] + log(l_i[vector]);
    for (int lane = 0; lane < LANES && row + lane <= last_row; lane++) {
      lse_head[row + lane] = ((float *)&row_lse)[lane];
    }
  }
}
