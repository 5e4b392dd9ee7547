// Idea: flash attention on NVIDIA's tensor cores, for 16-bit Q, K and V: a warp takes WARP_ROWS queries, whose weights never leave its
//   registers: what one product leaves there is what the next one wants. K and V come past the registers, while the other is multiplied.
// Paper: Dao, "FlashAttention-2: Faster Attention with Better Parallelism and Work Partitioning" (2023), algorithm 1 and section 3.3;
//   fragments: NVIDIA, "PTX ISA", mma.m16n8k16; registers and pieces: mma_fragments.clh.
//
// Tensors (all float16, or all bfloat16; rows where places.clh says): q [B, Hq, Sq, D], k [B, Hkv, Skv, D], v [B, Hkv, Skv, Dv],
//   o [B, Hq, Sq, Dv]; lse [B, Hq, Sq] contiguous, float32; scratch unused. Products are summed in float32; weights are rounded to
//   16 bits.
// Launch: (ITEMS * ceil(Sq / BLOCK_Q), B * Hq), work-groups of (ITEMS, 1), ITEMS = 32 * WARPS, BLOCK_Q = WARPS * WARP_ROWS.
//   Along a block map as opencl:flash: (ITEMS * MAP_BLOCK / BLOCK_Q * ceil(Sq / MAP_BLOCK), B * Hq).
//
//               BLOCK_KV keys                            of 16 x 8 scores or outputs lane l holds rows l / 4 and l / 4 + 8,
//             +--+--+--+--+--+                           columns 2 (l % 4) and the next: weights of keys 16 n .. 16 n + 15
//   WARP_ROWS |  |  |  |  |  |  warp 0   one tile after  are the fragment A of the second product as they are.
//             +--+--+--+--+--+           the other -->   A tile: wait for K -> barrier -> start V -> S = Q K^T -> wait for V
//   WARP_ROWS |  |  |  |  |  |  warp 1                   -> barrier -> start the next K -> weights -> O = O alpha + P V
//             +--+--+--+--+--+
//
// Local memory: 2 * (BLOCK_KV * (D + Dv) + LOCAL_QUERIES * BLOCK_Q * D) bytes, D and Dv rounded up to 16.
// Preconditions: compute capability 8.0; HEAD_DIM == params.head_dim, VALUE_DIM == params.value_dim, both multiples of 8;
//   QUERY_TYPE == KV_TYPE, f16 or bf16; ALIGNED_PIECES only where the host knows it.
// Leaves out: splitting one row's keys over work-groups (opencl:flash_split_kv does), 8-bit keys and values, wgmma and TMA of
//   compute capability 9.0, which PTX for 8.0 cannot say.
//
// Predicted for an H200, of whose multiprocessors each does a product in a cycle, 16 exponentials, and 128 bytes of local memory:
//                                                D = 64              D = 128             D = 256
//   WARPS, WARP_ROWS, BLOCK_KV; Q in             4, 32, 64;          4, 32, 32; local    4, 16, 16; local
//                                                registers           memory              memory
//   registers (ptxas 13.0, sm_90); spills        240; 0              251; 0              246; 0
//   groups, warps a multiprocessor               2, 8                2, 8                2, 8
//   a warp's tile in cycles of a multiprocessor:
//     products; local memory; exponentials       128; 128; 128       128; 192; 64        64; 192; 16
//   Each hides behind another in part, with two warps a scheduler. mma reaches 0.63 of the units' peak there (Luo et al. 2024,
//   "Benchmarking and dissecting the NVIDIA Hopper GPU architecture via microbenchmarking"): 203 cycles for 128 products, which local
//   memory keeps up with. FlashAttention-2's rate is the aim.
//   sm_80, 86, 89, 100 and 120 take as many within 20, and none spills.
#ifndef QUERY_TYPE
#define QUERY_TYPE 1
#endif
#ifndef KV_TYPE
#define KV_TYPE QUERY_TYPE
#endif
#ifndef HEAD_DIM
#define HEAD_DIM 64
#endif
#ifndef VALUE_DIM
#define VALUE_DIM HEAD_DIM
#endif
#ifndef WARPS
#define WARPS 4
#endif
// Queries of a warp: 16, or 32, which read K and V half as often from local memory and hold twice as much in registers.
#ifndef WARP_ROWS
#define WARP_ROWS 32
#endif
#ifndef BLOCK_KV
#define BLOCK_KV 64
#endif
// Whether Q stays in local memory, not in registers.
#ifndef LOCAL_QUERIES
#define LOCAL_QUERIES 0
#endif

#define ITEMS (WARP * WARPS)
#define BLOCK_Q (WARPS * WARP_ROWS)
#define ROW_TILES (WARP_ROWS / 16)
#define KEY_TILES (BLOCK_KV / 8)
#define KEY_STEPS (BLOCK_KV / 16)
#define DIM_STEPS ((HEAD_DIM + 15) / 16)
#define VALUE_STEPS ((VALUE_DIM + 15) / 16)
// Q's and K's at the start; V's wait for K's.
#define MOST_COPIES (LOCAL_QUERIES * COPIES(BLOCK_Q, HEAD_DIM) + COPIES(BLOCK_KV, HEAD_DIM) + COPIES(BLOCK_KV, VALUE_DIM))

#include "attention_common.clh"
#include "key_tiles.clh"
#include "mma_tiles.clh"
#include "mma_pairs.clh"

#if (QUERY_TYPE != ELEMENT_F16 && QUERY_TYPE != ELEMENT_BF16) || KV_TYPE != QUERY_TYPE
#error "tensor cores multiply f16 by f16, or bf16 by bf16"
#endif
#if HEAD_DIM % PIECE != 0 || VALUE_DIM % PIECE != 0 || WARP_ROWS % 16 != 0 || BLOCK_KV % 16 != 0
#error "rows are whole pieces, and products 16 x 8 x 16"
#endif
#if defined(MASK_EXPRESSION) && (MAP_BLOCK % BLOCK_Q != 0 || MAP_BLOCK % BLOCK_KV != 0)
#error "tiles must divide the blocks of the block map"
#endif

#define BRING_KEYS(tile) bring_tile(&copies, k, keys, (tile).begin, (tile).end, BLOCK_KV, HEAD_DIM, item, k_tile)
#define BRING_VALUES(tile) bring_tile(&copies, v, values, (tile).begin, (tile).end, BLOCK_KV, VALUE_DIM, item, v_tile)

// Rows of weights, or of what marks them, times 16 columns of V, or of what marks it: c[row tile][..] += p V.
static inline __attribute__((always_inline)) void multiply_marks(warp_place warp, const uint *p, const uint *b, int sign, float *c) {
  uint seen[4];
  uint marks[2];
#pragma unroll UNROLL_ALL
  for (int i = 0; i < 4; i++) {
    seen[i] = seen_marks(p[i]);
  }
#pragma unroll UNROLL_ALL
  for (int i = 0; i < 2; i++) {
    marks[i] = infinity_marks(b[i], sign);
  }
  multiply_add_fragments(warp, seen, marks, c);
}

__kernel __attribute__((reqd_work_group_size(ITEMS, 1, 1))) void flash_mma(
    __global const query_element *restrict q, __global const kv_element *restrict k, __global const kv_element *restrict v,
    __global query_element *restrict o, __global float *restrict lse, __global const uchar *restrict mask,
    __global const int2 *restrict sequences, __global float *restrict scratch, const attention_params params) {
  __local uint4 k_tile[BLOCK_KV * PIECES(HEAD_DIM)];
  __local uint4 v_tile[BLOCK_KV * PIECES(VALUE_DIM)];
#if LOCAL_QUERIES
  __local uint4 q_tile[BLOCK_Q * PIECES(HEAD_DIM)];
#endif
  int item = get_local_id(0);
  warp_place warp;
  warp.lane = item % WARP;
  warp.warp = item / WARP;
#if MMA_EMULATED
  __local float exchange[WARPS * EXCHANGE_FLOATS];
  __local int flag;
  warp.exchange = exchange + warp.warp * EXCHANGE_FLOATS;
  warp.flag = &flag;
#endif

  // Late blocks of a causal mask have most keys: they start first, so that short ones fill the gaps at the end.
  int first_row = (int)(get_num_groups(0) - 1 - get_group_id(0)) * BLOCK_Q;
  int head = get_group_id(1);
#ifdef MASK_EXPRESSION
  // A row of the block map is one or several blocks of queries; the host launches groups for all of each. Longest rows start first.
  int parts = MAP_BLOCK / BLOCK_Q;
  int map_rows = get_num_groups(0) / parts;
  int map_row = row_in_order(params, sequences, head * map_rows + get_group_id(0) / parts);
  head = map_row / map_rows;
  first_row = map_row % map_rows * MAP_BLOCK + get_group_id(0) % parts * BLOCK_Q;
#endif
  int b = head / params.query_heads;
  int h = head % params.query_heads;
  int kv_head = h / (params.query_heads / params.kv_heads);
  int2 sequence = sequences[b];
  int count = query_count(params, sequences, b);
  int last_row = max(count - 1, 0);
  kv_rows keys = key_rows(params, sequences, b, kv_head);
  kv_rows values = value_rows(params, sequences, b, kv_head);

#ifdef MASK_EXPRESSION
  run_list list = runs_of(params, sequences, head, first_row / MAP_BLOCK);
  key_run run = {0, 0, false};
  key_tile tile = NEXT_TILE(0);
#else
  int2 first_range = key_range(params, sequence, first_row);
  int2 last_range = key_range(params, sequence, min(first_row + BLOCK_Q - 1, last_row));
  key_tile tile = NEXT_TILE(first_range.x);
#endif
  if (first_row >= count) {
    tile.begin = INT_MAX;  // a short sequence: nothing to do, and nothing to store
  }

  copies_under_way copies;
#if MMA_EMULATED
  copies.started = copies.ended = 0;
#endif
  __global const ushort *q_rows = q + query_place(params, sequences, b, h, first_row);
#if LOCAL_QUERIES
  // Rows past the last one are 0, and not stored.
  bring_queries(&copies, q_rows, params.q_row_stride, count - first_row, BLOCK_Q, HEAD_DIM, item, q_tile);
#else
  uint q_fragments[ROW_TILES][DIM_STEPS][4];
#pragma unroll UNROLL_ALL
  for (int m = 0; m < ROW_TILES; m++) {
#pragma unroll UNROLL_ALL
    for (int step = 0; step < DIM_STEPS; step++) {
#pragma unroll UNROLL_ALL
      for (int i = 0; i < 4; i++) {
        int row = warp.warp * WARP_ROWS + m * 16 + row_of_a(warp.lane, i);
        int column = step * 16 + column_of_a(warp.lane, i);
        bool exists = first_row + row < count && column < HEAD_DIM;
        q_fragments[m][step][i] = exists ? load_pair(q_rows + row * params.q_row_stride + column) : 0;
      }
    }
  }
#endif
  if (tile.begin < INT_MAX) {
    BRING_KEYS(tile);
  }

  float acc[ROW_TILES][2 * VALUE_STEPS][4];  // O
  float m_i[ITEM_ROWS];                      // largest score of each row
  float l_i[ITEM_ROWS];                      // sum of weights, of the item's own keys
#pragma unroll UNROLL_ALL
  for (int m = 0; m < ROW_TILES; m++) {
#pragma unroll UNROLL_ALL
    for (int n = 0; n < 2 * VALUE_STEPS; n++) {
#pragma unroll UNROLL_ALL
      for (int i = 0; i < 4; i++) {
        acc[m][n][i] = 0.0f;
      }
    }
  }
#pragma unroll UNROLL_ALL
  for (int r = 0; r < ITEM_ROWS; r++) {
    m_i[r] = -INFINITY;
    l_i[r] = 0.0f;
  }

  while (tile.begin < INT_MAX) {
    bool test_pairs = !tile.all_visible && !only_ranges_hide(params);
#ifdef SCORE_EXPRESSION
    bool may_hide = true;  // a score may become -inf
    bool only_scaled = false;
#else
    bool may_hide = !tile.all_visible;
    // Scales below 0 would make the largest product the smallest score.
    bool only_scaled = !test_pairs && !(params.soft_cap > 0.0f) && params.mask_kind != MASK_ADDITIVE && params.scale >= 0.0f;
#endif
    bool sees = true;
    if (test_pairs) {
      sees = sees_any(params, mask, sequences, b, h, first_row, last_row, tile.begin, warp);
    }
    wait_for_copies(&copies);
    bool seen = barrier_any(warp, sees);  // also: all of K is there, and the last tile's V has been read
    if (!seen) {
      key_tile next = NEXT_TILE(tile.begin + BLOCK_KV);
      if (next.begin < INT_MAX) {
        BRING_KEYS(next);
      }
      tile = next;
      continue;
    }
    BRING_VALUES(tile);

    // S = Q K^T
    int lane = computed_anew(warp.lane);
    lane_pieces of_k = pieces_of_lane(key_of_lane(lane), key_piece_of_lane(lane), PIECES(HEAD_DIM));
    lane_pieces of_v = pieces_of_lane(value_of_lane(lane), value_piece_of_lane(lane), PIECES(VALUE_DIM));
#if LOCAL_QUERIES
    lane_pieces of_q = pieces_of_lane(warp.warp * WARP_ROWS + query_of_lane(lane), query_piece_of_lane(lane), PIECES(HEAD_DIM));
#endif
    float s[ROW_TILES][KEY_TILES][4];
#pragma unroll UNROLL_ALL
    for (int m = 0; m < ROW_TILES; m++) {
#pragma unroll UNROLL_ALL
      for (int n = 0; n < KEY_TILES; n++) {
#pragma unroll UNROLL_ALL
        for (int i = 0; i < 4; i++) {
          s[m][n][i] = 0.0f;
        }
      }
    }
#pragma unroll UNROLL_ALL
    for (int step = 0; step < DIM_STEPS; step++) {
#if LOCAL_QUERIES
      uint a[ROW_TILES][4];
#pragma unroll UNROLL_ALL
      for (int m = 0; m < ROW_TILES; m++) {
        load_matrices(warp, q_tile, place_of_step(of_q, m * 16, step, PIECES(HEAD_DIM)), a[m]);
      }
#endif
#pragma unroll UNROLL_ALL
      for (int n = 0; n < KEY_STEPS; n++) {
        uint of_keys[4];
        load_matrices(warp, k_tile, place_of_step(of_k, n * 16, step, PIECES(HEAD_DIM)), of_keys);
#pragma unroll UNROLL_ALL
        for (int m = 0; m < ROW_TILES; m++) {
#if LOCAL_QUERIES
          const uint *of_queries = a[m];
#else
          const uint *of_queries = q_fragments[m][step];
#endif
#pragma unroll UNROLL_ALL
          for (int side = 0; side < 2; side++) {
            multiply_add_fragments(warp, of_queries, of_keys + 2 * side, s[m][2 * n + side]);
          }
        }
      }
    }

    wait_for_copies(&copies);
    bool poison = false;
    if (may_hide) {
      poison = brought_non_finite(BLOCK_KV, VALUE_DIM, item, v_tile);
    }
    bool poisoned = barrier_any(warp, poison);  // also: all of V is there, and K has been read
    key_tile next = NEXT_TILE(tile.begin + BLOCK_KV);  // not before: ptxas spills at D = 128
    if (next.begin < INT_MAX) {
      BRING_KEYS(next);
    }
    if (!only_scaled) {
      score_pairs(params, mask, sequences, b, h, first_row, last_row, tile.begin, tile.all_visible, warp, &s[0][0][0]);
    } else if (may_hide) {
      hide_outside(params, sequences, b, first_row, last_row, tile.begin, warp, &s[0][0][0]);
    }

    // Online softmax. Where scores are but scaled products, the scale and the change of base are one factor of a multiply-add, for scores
    // that FUSED_SCORES allows.
    float factor = only_scaled ? params.scale : 1.0f;
#pragma unroll UNROLL_ALL
    for (int r = 0; r < ITEM_ROWS; r++) {
      float largest = SCORE_AT(&s[0][0][0], r, 0);
#pragma unroll UNROLL_ALL
      for (int c = 1; c < ITEM_KEYS; c++) {
        largest = fmax(largest, SCORE_AT(&s[0][0][0], r, c));  // drops NaN, which comes back through the exponential
      }
#pragma unroll UNROLL_ALL
      for (int bit = 1; bit < ROW_LANES; bit *= 2) {
        largest = fmax(largest, of_other_lane(warp, largest, bit));
      }
      float m_new = fmax(m_i[r], largest * factor);
      // A row that has seen nothing yet must not compute -inf - -inf.
      float shift = m_new == -INFINITY ? 0.0f : m_new;
      float alpha = power_of_two((m_i[r] - shift) * LOG2_E);
      m_i[r] = m_new;
      float sum = 0.0f;
      bool fused = only_scaled && fabs(shift) < FUSED_SCORES;
      if (only_scaled && !fused) {
        // Rounded as the row's maximum is, from which a product in a multiply-add would differ: at 7e9 by 380 powers of two.
#pragma unroll UNROLL_ALL
        for (int c = 0; c < ITEM_KEYS; c++) {
          SCORE_AT(&s[0][0][0], r, c) = rounded_product(SCORE_AT(&s[0][0][0], r, c), factor);
        }
      }
      if (fused) {
        float factor_2 = factor * LOG2_E;
        float shift_2 = shift * LOG2_E;
#pragma unroll UNROLL_ALL
        for (int c = 0; c < ITEM_KEYS; c++) {
          float score = SCORE_AT(&s[0][0][0], r, c);
          float weight = power_of_two(fma(score, factor_2, -shift_2));
          SCORE_AT(&s[0][0][0], r, c) = may_hide && score == -INFINITY ? HIDDEN_WEIGHT : weight;
          sum += SCORE_AT(&s[0][0][0], r, c);
        }
      } else {
        // Not of the difference's factors: the lowest float, a bias that does not hide, would become -inf.
#pragma unroll UNROLL_ALL
        for (int c = 0; c < ITEM_KEYS; c++) {
          float score = SCORE_AT(&s[0][0][0], r, c);
          float weight = power_of_two((score - shift) * LOG2_E);
          SCORE_AT(&s[0][0][0], r, c) = score == -INFINITY ? HIDDEN_WEIGHT : weight;
          sum += SCORE_AT(&s[0][0][0], r, c);
        }
      }
      l_i[r] = fma(l_i[r], alpha, sum);
#pragma unroll UNROLL_ALL
      for (int n = 0; n < 2 * VALUE_STEPS; n++) {
        acc[r / 2][n][r % 2 * 2] *= alpha;
        acc[r / 2][n][r % 2 * 2 + 1] *= alpha;
      }
    }

    // Weights of 16 keys as a fragment A: two of C side by side.
    uint p[ROW_TILES][KEY_STEPS][4];
#pragma unroll UNROLL_ALL
    for (int m = 0; m < ROW_TILES; m++) {
#pragma unroll UNROLL_ALL
      for (int step = 0; step < KEY_STEPS; step++) {
#pragma unroll UNROLL_ALL
        for (int i = 0; i < 4; i++) {
          const float *of_row = &s[m][2 * step + i / 2][i % 2 * 2];
          p[m][step][i] = rounded_pair(of_row[0], of_row[1]);
        }
      }
    }

    // A loop of one turn or none: PoCL compiles all that follows a branch with a barrier twice.
    for (int turn = !poisoned; turn < 1; turn++) {
      // Some value is no number, and some pair is hidden. What rows see of such values is an infinity of its sign, NaN one of both: marks
      // of seen pairs times marks of values count them. V then goes on without them.
#pragma unroll UNROLL_ALL
      for (int n = 0; n < VALUE_STEPS; n++) {
#pragma unroll 1
        for (int sign = 0; sign <= SIGN_BIT; sign += SIGN_BIT) {
          float counts[ROW_TILES][2][4];
#pragma unroll UNROLL_ALL
          for (int m = 0; m < ROW_TILES; m++) {
#pragma unroll UNROLL_ALL
            for (int i = 0; i < 8; i++) {
              counts[m][i / 4][i % 4] = 0.0f;
            }
          }
#pragma unroll UNROLL_ALL
          for (int step = 0; step < KEY_STEPS; step++) {
            uint of_values[4];
            load_matrices_transposed(warp, v_tile, place_of_step(of_v, step * 16, n, PIECES(VALUE_DIM)), of_values);
#pragma unroll UNROLL_ALL
            for (int m = 0; m < ROW_TILES; m++) {
#pragma unroll UNROLL_ALL
              for (int side = 0; side < 2; side++) {
                multiply_marks(warp, p[m][step], of_values + 2 * side, sign, counts[m][side]);
              }
            }
          }
          float infinity = sign == 0 ? INFINITY : -INFINITY;
#pragma unroll UNROLL_ALL
          for (int m = 0; m < ROW_TILES; m++) {
#pragma unroll UNROLL_ALL
            for (int i = 0; i < 8; i++) {
              acc[m][2 * n + i / 4][i % 4] += counts[m][i / 4][i % 4] > 0.0f ? infinity : 0.0f;
            }
          }
        }
      }
      barrier(CLK_LOCAL_MEM_FENCE);  // all marks are made
      clear_non_finite(BLOCK_KV, VALUE_DIM, item, v_tile);
      barrier(CLK_LOCAL_MEM_FENCE);  // before any item reads what is left
    }

    // O += P V
#pragma unroll UNROLL_ALL
    for (int step = 0; step < KEY_STEPS; step++) {
#pragma unroll UNROLL_ALL
      for (int n = 0; n < VALUE_STEPS; n++) {
        uint of_values[4];
        load_matrices_transposed(warp, v_tile, place_of_step(of_v, step * 16, n, PIECES(VALUE_DIM)), of_values);
#pragma unroll UNROLL_ALL
        for (int m = 0; m < ROW_TILES; m++) {
#pragma unroll UNROLL_ALL
          for (int side = 0; side < 2; side++) {
            multiply_add_fragments(warp, p[m][step], of_values + 2 * side, acc[m][2 * n + side]);
          }
        }
      }
    }
    tile = next;
  }
  wait_for_copies(&copies);  // Q's, where there was no tile: copies must not outlive the group

#pragma unroll UNROLL_ALL
  for (int r = 0; r < ITEM_ROWS; r++) {
    float sum = l_i[r];
#pragma unroll UNROLL_ALL
    for (int bit = 1; bit < ROW_LANES; bit *= 2) {
      sum += of_other_lane(warp, sum, bit);
    }
    float normalizer = sum == 0.0f ? 0.0f : 1.0f / sum;
    warp.lane = computed_anew(warp.lane);
    int row = first_row + row_at(warp, r);
    if (row < count) {
      __global ushort *o_row = o + output_place(params, sequences, computed_anew(b), computed_anew(h), row);
#pragma unroll UNROLL_ALL
      for (int n = 0; n < VALUE_DIM / 8; n++) {
        const float *of_row = &acc[r / 2][n][r % 2 * 2];
        store_pair(rounded_pair(of_row[0] * normalizer, of_row[1] * normalizer), o_row + n * 8 + column_of_c(warp.lane, 0));
      }
      if (warp.lane % ROW_LANES == 0) {
        lse[(long)head * params.query_len + row] = sum == 0.0f ? -INFINITY : m_i[r] + log(sum);
      }
    }
  }
}
