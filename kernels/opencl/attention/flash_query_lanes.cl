// Idea: flash attention for CPU devices, with 16 queries in the lanes of a vector: Q, the scores and O stand transposed in private
//   arrays, every element of K and V is read as a float and broadcast: where it lies, or from a tile converted for all of an item's
//   queries. Nothing is transposed or packed for it, no sum crosses lanes.
// Paper: Dao, "FlashAttention-2" (2023), algorithm 1; running maximum and sum: Milakov and Gimelshein, "Online normalizer
//   calculation for softmax" (2018), algorithm 3.
//
// Tensors (types of element_types.clh, rows where places.clh says): q [B, Hq, Sq, D], k [B, Hkv, Skv, D], v [B, Hkv, Skv, Dv],
//   o [B, Hq, Sq, Dv]; lse [B, Hq, Sq] contiguous; scratch unused.
// Launch: local size 1, global size B * Hq * ceil(Sq / BLOCK_Q), with BLOCK_Q = 16 * QUERY_VECTORS * QUERY_TILES.
//   One item takes BLOCK_Q queries of one head along all keys that any of them sees:
//
//              hidden from all |  tile  |  tile  | tail | hidden from all       score_t[key]  | query 0 .. 15 | 16 .. 31 |
//     BLOCK_Q     not read     | ------ BLOCK_KV each ---> |    not read        o_t[column]   | query 0 .. 15 | 16 .. 31 |
//   Where a mask expression brings a block map, an item takes a row of its blocks, along the listed runs of keys only: tiles of full
//   runs ask no pair, tiles of partial ones are cut down to the keys that some query sees.
//
// Local memory: 0 bytes. Private: 4 * (BLOCK_Q * (HEAD_DIM + VALUE_ROWS) + TILE_Q * 2 * BLOCK_KV) bytes, and as floats that are not
//   read in place 4 * BLOCK_KV * (HEAD_DIM + VALUE_DIM) more, meant to lie in a core's caches.
// Preconditions: HEAD_DIM == params.head_dim, VALUE_DIM == params.value_dim; BLOCK_KV a multiple of KEY_GROUP.
// Leaves out: splitting one row's keys over items (a single query leaves 31 of 32 lanes and all other cores idle); GPUs, where
//   private arrays of this size would spill.
#include "attention_common.clh"
#include "float_tiles.clh"
#include "lanes.clh"

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

// Tiles of queries that one item takes through a tile of keys, which all but the first then find in the core's own cache. Measured
// as above, taken in turns: 1: 0.82 / 0.85, 2: 0.83 / 0.90, 4: 0.84 / 0.90; but fewer items for the cores to share.
#ifndef QUERY_TILES
#define QUERY_TILES 2
#endif

#define TILE_Q (LANES * QUERY_VECTORS)
#define BLOCK_Q (TILE_Q * QUERY_TILES)

// Columns of V go in equal groups of at most KEY_GROUP. Where they do not fill the last group, it starts earlier and computes
// its first columns a second time, in rows of o_t of its own: a shorter loop for the rest would double the code to compile.
#define VALUE_GROUPS ((VALUE_DIM + KEY_GROUP - 1) / KEY_GROUP)
#define VALUE_GROUP ((VALUE_DIM + VALUE_GROUPS - 1) / VALUE_GROUPS)
#define VALUE_ROWS (VALUE_GROUPS * VALUE_GROUP)

// Independent partial maxima and sums: one chain alone would wait for its own latency.
#define CHAINS 4

// From row to row of a tile of K and of V.
#if READ_IN_PLACE
#define K_STRIDE params.k_row_stride
#define V_STRIDE params.v_row_stride
#else
#define K_STRIDE HEAD_DIM
#define V_STRIDE VALUE_DIM
#endif

#define EACH_VECTOR _Pragma("unroll") for (int vector = 0; vector < QUERY_VECTORS; vector++)

#include "block_map.clh"
#include "lane_masks.clh"
#include "lane_rows.clh"

#if defined(MASK_EXPRESSION) && BLOCK_Q != MAP_BLOCK
#error "an item's queries must be those of a row of the block map"
#endif

// S^T = scale K Q^T for a tile. Rows that fill up the last group are -inf: the softmax walks whole groups.
inline void score_tile(const float16 *q_t, ROW_SPACE const float *restrict k_tile, long row_stride, int keys, float scale,
                       float16 *score_t) {
#pragma unroll 1
  for (int j = 0; j < keys; j += KEY_GROUP) {
    ROW_SPACE const float *k_row[KEY_GROUP];
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
inline void accumulate_tile(ROW_SPACE const float *restrict v_tile, long row_stride, int keys, const float16 *weight_t,
                            const float16 *alpha, float16 *o_t) {
#pragma unroll 1
  for (int group = 0; group < VALUE_GROUPS; group++) {
    float16 *rows = o_t + group * VALUE_GROUP * QUERY_VECTORS;
    ROW_SPACE const float *v_columns = v_tile + min(group * VALUE_GROUP, VALUE_DIM - VALUE_GROUP);
    float16 acc[VALUE_GROUP][QUERY_VECTORS];
#pragma unroll
    for (int r = 0; r < VALUE_GROUP; r++) {
      EACH_VECTOR { acc[r][vector] = rows[r * QUERY_VECTORS + vector] * alpha[vector]; }
    }
    for (int j = 0; j < keys; j++) {
      ROW_SPACE const float *v_row = v_columns + j * row_stride;
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
inline void accumulate_visible(ROW_SPACE const float *v_tile, long row_stride, int keys, const float16 *weight_t,
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

// What one tile of queries carries from key tile to key tile.
typedef struct {
  float16 q_t[HEAD_DIM * QUERY_VECTORS];
  float16 o_t[VALUE_ROWS * QUERY_VECTORS];
  float16 m_i[QUERY_VECTORS], l_i[QUERY_VECTORS];
  int16 row_begin[QUERY_VECTORS], row_end[QUERY_VECTORS];  // each query's keys by length and window
  // Ranges only move right from row to row, so the first begin and the last end hold them all; the reverse is what all rows see.
  int2 first_range, last_range;
  int first_row, last_row;
#if defined(MASK_EXPRESSION) || defined(SCORE_EXPRESSION)
  score_row row;  // the first one, as expressions see it
#endif
} query_tile;

inline void open_tile(const attention_params params, int2 sequence, __global const query_element *q_head, query_tile *tile) {
#pragma unroll 1
  for (int vector = 0; vector < QUERY_VECTORS; vector++) {
    read_queries(q_head, params.q_row_stride, tile->first_row + vector * LANES, tile->last_row, tile->q_t + vector);
    tile->m_i[vector] = (float16)(-INFINITY);
    tile->l_i[vector] = (float16)(0.0f);
  }
#pragma unroll 1
  for (int i = 0; i < VALUE_ROWS * QUERY_VECTORS; i++) {
    tile->o_t[i] = (float16)(0.0f);
  }
  tile->first_range = key_range(params, sequence, tile->first_row);
  tile->last_range = key_range(params, sequence, tile->last_row);
  EACH_VECTOR {
    tile->row_begin[vector] = (int16)(tile->first_range.x);
    tile->row_end[vector] = (int16)(tile->first_range.y);
  }
  // Where the first and the last row see the same keys, so do all between them: asking each costs a short context several percent.
  if (any(tile->first_range != tile->last_range)) {
#pragma unroll 1
    for (int i = 0; i < TILE_Q; i++) {
      int2 range = key_range(params, sequence, min(tile->first_row + i, tile->last_row));
      ((int *)tile->row_begin)[i] = range.x;
      ((int *)tile->row_end)[i] = range.y;
    }
  }
}

// Takes a tile of queries over keys [key_begin, key_begin + keys), the rows of K and V being those from first_key on. Where the spec has a
// block map, all_visible is what it says of them.
inline void attend_tile(const attention_params params, ROW_SPACE const float *restrict k_rows, ROW_SPACE const float *restrict v_rows,
                        int first_key, __global const uchar *mask, long mask_head, int key_begin, int keys,
#ifdef MASK_EXPRESSION
                        bool all_visible,
#endif
                        query_tile *tile) {
  float16 score_t[BLOCK_KV * QUERY_VECTORS];
#ifdef MASK_EXPRESSION
  float16 all_biases[BLOCK_KV * QUERY_VECTORS];
  float16 *bias_t = all_biases;
#else
  float16 bias_t[BLOCK_KV * QUERY_VECTORS];  // of masked tiles: what is added to a score, -inf where the pair is hidden
#endif
  float16 alpha[QUERY_VECTORS];
#ifdef MASK_EXPRESSION
  // Full blocks hide nothing, but the biases of an additive mask count in them all the same.
  bool masked = !all_visible || params.mask_kind == MASK_ADDITIVE;
  bool any_hidden = false;
  if (masked) {
    if (params.mask_kind != MASK_NONE) {
#pragma unroll 1
      for (int vector = 0; vector < QUERY_VECTORS; vector++) {
        read_mask(params.mask_kind, mask, mask_head + key_begin, params.mask_row_stride, tile->first_row + vector * LANES,
                  tile->last_row, keys, bias_t + vector);
      }
    }
    int2 seen = hide_pairs(params, tile->row, tile->last_row - tile->first_row + 1, tile->row_begin, tile->row_end,
                           params.mask_kind != MASK_NONE, key_begin, keys, bias_t, &any_hidden);
    if (seen.y <= seen.x) {
      return;
    }
    key_begin += seen.x;
    keys = seen.y - seen.x;
    bias_t += seen.x * QUERY_VECTORS;
  }
#else
  bool all_visible = key_begin >= tile->last_range.x && key_begin + keys <= tile->first_range.y;
  bool masked = params.mask_kind != MASK_NONE || !all_visible;
  bool any_hidden = false;
  if (masked) {
    bool any_visible = false;
#pragma unroll 1
    for (int vector = 0; vector < QUERY_VECTORS; vector++) {
      if (params.mask_kind != MASK_NONE) {
        read_mask(params.mask_kind, mask, mask_head + key_begin, params.mask_row_stride, tile->first_row + vector * LANES,
                  tile->last_row, keys, bias_t + vector);
      }
      int16 seen = (int16)(0);
      int16 hidden = (int16)(0);
#pragma unroll 1
      for (int j = 0; j < keys; j++) {
        int16 in_range =
            (int16)(key_begin + j) >= tile->row_begin[vector] && (int16)(key_begin + j) < tile->row_end[vector];
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
      return;
    }
  }
#endif

  score_tile(tile->q_t, k_rows + (key_begin - first_key) * K_STRIDE, K_STRIDE, keys, params.scale, score_t);
  if (params.soft_cap > 0.0f) {
#pragma unroll 1
    for (int i = 0; i < keys * QUERY_VECTORS; i++) {
      score_t[i] = params.soft_cap * tanh(score_t[i] / params.soft_cap);
    }
  }
#ifdef SCORE_EXPRESSION
  modify_scores(params, tile->row, tile->last_row - tile->first_row + 1, key_begin, keys, score_t);
  // A pair whose score becomes -inf is hidden, too.
  int16 lost = (int16)(0);
#pragma unroll 1
  for (int i = 0; i < keys * QUERY_VECTORS; i++) {
    float16 bias = masked ? bias_t[i] : (float16)(0.0f);
    int16 hidden = score_t[i] == (float16)(-INFINITY);
    bias_t[i] = hidden ? (float16)(-INFINITY) : bias;
    lost |= hidden;
  }
  any_hidden |= any(lost);
#endif
  if (masked) {
#pragma unroll 1
    for (int i = 0; i < keys * QUERY_VECTORS; i++) {
      // Replaced, not added to: the score of a hidden pair may be NaN.
      score_t[i] = bias_t[i] == (float16)(-INFINITY) ? bias_t[i] : score_t[i] + bias_t[i];
    }
  }
  softmax_tile(keys, score_t, tile->m_i, tile->l_i, alpha);
  ROW_SPACE const float *v_tile = v_rows + (key_begin - first_key) * V_STRIDE;
  if (any_hidden && has_non_finite(v_tile, V_STRIDE, keys)) {
    accumulate_visible(v_tile, V_STRIDE, keys, score_t, bias_t, alpha, tile->o_t);
  } else {
    accumulate_tile(v_tile, V_STRIDE, keys, score_t, alpha, tile->o_t);
  }
}

inline void close_tile(const attention_params params, __global query_element *o_head, __global float *lse_head,
                       const query_tile *tile) {
#pragma unroll 1
  for (int vector = 0; vector < QUERY_VECTORS; vector++) {
    int row = tile->first_row + vector * LANES;
    float16 l_i = tile->l_i[vector];
    int16 empty = l_i == (float16)(0.0f);
    write_output(o_head, params.o_row_stride, row, tile->last_row, (float16)(1.0f) / l_i, empty, tile->o_t + vector);
    float16 row_lse = empty ? (float16)(-INFINITY) : tile->m_i[vector] + log(l_i);
    for (int lane = 0; lane < LANES && row + lane <= tile->last_row; lane++) {
      lse_head[row + lane] = ((float *)&row_lse)[lane];
    }
  }
}

// How the kernel gets the floats of a tile's keys, and what it hands on: pointers to rows of K and of V, and the key of the first ones.
#if READ_IN_PLACE
#define FLOATS_OF(key_begin, keys)
#define TILE_ROWS(key_begin) k_head, v_head, 0
#else
#define FLOATS_OF(key_begin, keys)                                       \
  convert_rows(k_rows, k, HEAD_DIM, key_begin, keys, (float *)k_tile);   \
  convert_rows(v_rows, v, VALUE_DIM, key_begin, keys, (float *)v_tile)
#define TILE_ROWS(key_begin) (const float *)k_tile, (const float *)v_tile, key_begin
#endif

__kernel __attribute__((reqd_work_group_size(1, 1, 1))) void flash_query_lanes(
    __global const query_element *restrict q, __global const kv_element *restrict k, __global const kv_element *restrict v,
    __global query_element *restrict o, __global float *restrict lse, __global const uchar *restrict mask,
    __global const int2 *restrict sequences, __global float *restrict scratch, const attention_params params) {
  int blocks = (params.query_len + BLOCK_Q - 1) / BLOCK_Q;
  int head = get_global_id(0) / blocks;
  int block = get_global_id(0) % blocks;
  // Under a causal mask late blocks have more keys: short and long ones alternate, so that any run of items weighs the same.
  block = (block & 1) ? blocks - 1 - (block >> 1) : block >> 1;
#ifdef MASK_EXPRESSION
  // Likewise by the blocks that the rows of a head list. Heads stay apart: where items side by side read keys of 4 heads, 10 % random
  // blocks of N = 8192 took 1.2 times as long (2 cores, PoCL 3.1), causal 1.1 times. Longest rows first: 1.03 times.
  int item = row_in_order(params, sequences, head * blocks + block);
  head = item / blocks;
  block = item % blocks;
#endif
  int b = head / params.query_heads;
  int h = head % params.query_heads;
  int kv_head = h / (params.query_heads / params.kv_heads);
  int first_row = block * BLOCK_Q;
  int last_row = min(first_row + BLOCK_Q, query_count(params, sequences, b)) - 1;
  if (last_row < first_row) {
    return;  // a sequence with fewer queries than others
  }
  __global const query_element *q_head = q + query_place(params, sequences, b, h, 0);
  __global query_element *o_head = o + output_place(params, sequences, b, h, 0);
  kv_rows k_rows = key_rows(params, sequences, b, kv_head);
  kv_rows v_rows = value_rows(params, sequences, b, kv_head);
#if READ_IN_PLACE
  __global const float *k_head = k + row_place(k_rows, 0);
  __global const float *v_head = v + row_place(v_rows, 0);
#else
  float16 k_tile[BLOCK_KV * HEAD_DIM / LANES];
  float16 v_tile[BLOCK_KV * VALUE_DIM / LANES];
#endif
  __global float *lse_head = lse + (long)head * params.query_len;
  long mask_head = mask_row(params, b, h, 0);

  query_tile tiles[QUERY_TILES];
  int tile_count = (last_row - first_row) / TILE_Q + 1;
#pragma unroll 1
  for (int t = 0; t < tile_count; t++) {
    tiles[t].first_row = first_row + t * TILE_Q;
    tiles[t].last_row = min(tiles[t].first_row + TILE_Q - 1, last_row);
    open_tile(params, sequences[b], q_head, &tiles[t]);
#if defined(MASK_EXPRESSION) || defined(SCORE_EXPRESSION)
    tiles[t].row = row_of_scores(params, sequences, b, h, tiles[t].first_row);
#endif
  }
#ifdef MASK_EXPRESSION
  run_list list = runs_of(params, sequences, head, block);
#pragma unroll 1
  for (int index = 0; index < list.count; index++) {
    key_run run = run_at(list, index);
    int run_end = min(run.end, sequences[b].y);
#pragma unroll 1
    for (int key_begin = run.begin; key_begin < run_end; key_begin += BLOCK_KV) {
      int keys = min(BLOCK_KV, run_end - key_begin);
      FLOATS_OF(key_begin, keys);
#pragma unroll 1
      for (int t = 0; t < tile_count; t++) {
        attend_tile(params, TILE_ROWS(key_begin), mask, mask_head, key_begin, keys, run.full, &tiles[t]);
      }
    }
  }
#else
  int end_key = tiles[tile_count - 1].last_range.y;
#pragma unroll 1
  for (int key_begin = tiles[0].first_range.x; key_begin < end_key; key_begin += BLOCK_KV) {
    FLOATS_OF(key_begin, min(BLOCK_KV, end_key - key_begin));
#pragma unroll 1
    for (int t = 0; t < tile_count; t++) {
      // What no query of the tile sees is left out: keys before its first row's and past its last row's.
      int begin = max(key_begin, tiles[t].first_range.x);
      int end = min(key_begin + BLOCK_KV, tiles[t].last_range.y);
      // Where a diagonal crosses the tile, the keys before it, which all rows see, are taken apart: those on it alone are asked for pair
      // by pair. Causal, 1.01 to 1.02 times the rate at N = 512 to 2048. Where no row's end lies in the tile, or its other keys are asked
      // for pair by pair all the same, for a mask in memory or for a window's left edge, a second pass would buy nothing.
      bool whole = tiles[t].first_range.y >= end || tiles[t].last_range.x > begin || params.mask_kind != MASK_NONE;
      int all_see = whole ? end : begin + max(0, (tiles[t].first_range.y - begin) / KEY_GROUP * KEY_GROUP);
#pragma unroll 1
      while (begin < end) {
        int stop = begin < all_see ? min(all_see, end) : end;
        attend_tile(params, TILE_ROWS(key_begin), mask, mask_head, begin, stop - begin, &tiles[t]);
        begin = stop;
      }
    }
  }
#endif
#pragma unroll 1
  for (int t = 0; t < tile_count; t++) {
    close_tile(params, o_head, lse_head, &tiles[t]);
  }
}
