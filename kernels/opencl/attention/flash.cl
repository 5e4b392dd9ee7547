// Idea: flash attention for GPUs: a work-group takes BLOCK_Q queries through tiles of BLOCK_KV keys. Every item holds a block of both
//   products in registers, fed by vectors from slices of K and V in local memory; the next slice is on its way from memory meanwhile.
// Paper: Dao, "FlashAttention-2: Faster Attention with Better Parallelism and Work Partitioning" (2023), algorithm 1; blocks in registers
//   and double buffers: Volkov and Demmel, "Benchmarking GPUs to tune dense linear algebra" (2008), section 5, and NVIDIA's CUTLASS.
//
// Tensors (types of element_types.clh, rows where places.clh says): q [B, Hq, Sq, D], k [B, Hkv, Skv, D], v [B, Hkv, Skv, Dv],
//   o [B, Hq, Sq, Dv]; lse [B, Hq, Sq] contiguous; scratch unused. Local memory holds floats: elements are fetched as they are stored and
//   converted, with their scales, when they are put there.
// Launch: (ITEMS * ceil(Sq / BLOCK_Q), B * Hq), work-groups of (ITEMS, 1), ITEMS = X_ITEMS * BLOCK_Q / ITEM_ROWS.
//
//                 BLOCK_KV keys                       item (x, y) holds rows 4y .. 4y + 3, and 4 Y_ITEMS further on 4 more,
//              +--+--+--+--+--+--+                     - of the scores: keys 4x .. 4x + 3, and 4 X_ITEMS further on 4 more ...
//    BLOCK_Q   |  |xy|  |  |xy|  |  one tile after     - of O: columns by the same rule
//    queries   +--+--+--+--+--+--+  the other -->     A tile is D / SLICE_DIMS slices of K, then BLOCK_KV / SLICE_KEYS of V:
//              |  |xy|  |  |xy|  |                     put what was fetched -> barrier -> fetch the next -> multiply
//   Where a mask expression brings a block map: (ITEMS * MAP_BLOCK / BLOCK_Q * ceil(Sq / MAP_BLOCK), B * Hq); as many groups as a row
//   of its blocks has blocks of queries take that row, along the listed runs of keys only, and test no pair of full ones.
//
// Local memory: 4 * (KEEP_QUERIES * KEY_SLICES * SLICE_DIMS * (BLOCK_Q + 4)
//   + 2 * max(SLICE_DIMS * (BLOCK_KV + 4 + (1 - KEEP_QUERIES) * (BLOCK_Q + 4)), SLICE_KEYS * VALUE_WIDTH) + BLOCK_KV * (BLOCK_Q + 4)
//   + (2 * X_ITEMS + 2) * BLOCK_Q + 4) bytes: 47 KB at D = 64, 42.5 KB at 128.
// Preconditions: HEAD_DIM == params.head_dim, VALUE_DIM == params.value_dim; ALIGNED_ROWS only where the host knows it.
// Leaves out: splitting one row's keys over work-groups (short queries on long contexts leave a GPU idle), matrix units (none multiply
//   float32 exactly), copies past the registers (OpenCL 1.2 has no words for them).
//
// Predicted, for NVIDIA's defaults (an H200: 128 multiply-adds and 32 floats of local memory a cycle and multiprocessor):
//                                             D = 64                     D = 128
//   items; scores and outputs of each         64; 8 x 8 and 8 x 8        128; 8 x 4 and 8 x 8
//   multiply-adds per float from local        4 and 4                    2.7 and 4 (4 x 4 blocks: 2)
//   registers (ptxas 13.0, sm_90); spills     254; 0                     239; 0
//   other types and pages                     239 to 254; 0              226 to 248; 0
//   groups, warps a multiprocessor            4, 8                       2, 8
//   instructions of an item and a tile        9,900, 8,192 of them       9,900, 8,192 of them multiply-adds
//   local memory's share of those cycles      0.5                        0.6
//   So at most 0.83 of the peak by instructions issued; two warps a scheduler hide most of the barriers: 0.6 to 0.7 expected. Memory:
//   16 multiply-adds a byte of K and V (11 with Q again), 8 to 12 bytes a cycle and multiprocessor, which the second cache delivers.
// What is read once a tile or less often, m_i and l_i, lies in local memory: in registers it made 6 others spill at D = 64.
// Q from registers would need D of them a row, so it comes from local memory, 1 float for 8 multiply-adds: all of it where that leaves
//   48 KB for the rest (D <= 64), else in slices beside K's, which costs 1 % more instructions.
//
// Banks (32 of 4 bytes; vectors of 4 are served 8 neighbours at a time, and twice as many together where lanes l and l ^ 1, or l and
//   l ^ 2, want the same address): a warp is 4 y by 8 x, numbered y0 x0 y1 x1 x2 from the lowest bit.
//   - reads of rows: 8 neighbours want 4 vectors side by side, l ^ 2 the same; of keys and columns: 2 vectors, l ^ 1 the same.
//   - weights written: lines of BLOCK_Q + 4 floats put x0 16 banks apart, beside the 16 of 4 y.
//   - K and Q written transposed, a float at a time: 2 dimensions, 16 banks apart by the same padding, of 16 rows.
//   - V: as it lies in memory, side by side. Maxima and sums alone meet conflicts, of two, a few times a tile.
#include "attention_common.clh"
#include "block_map.clh"
#include "tiles.clh"

#ifndef HEAD_DIM
#define HEAD_DIM 64
#endif
#ifndef VALUE_DIM
#define VALUE_DIM HEAD_DIM
#endif
#ifndef BLOCK_Q
#define BLOCK_Q 64
#endif
#ifndef BLOCK_KV
#define BLOCK_KV 64
#endif
// Rows of queries that an item holds in both products: 8 or 4.
#ifndef ITEM_ROWS
#define ITEM_ROWS 8
#endif
// Items side by side: each has BLOCK_KV / X_ITEMS scores and VALUE_WIDTH / X_ITEMS outputs of each of its rows.
#ifndef X_ITEMS
#define X_ITEMS 8
#endif
// Dimensions of K, and keys of V, that are in local memory at a time, twice: one slice is written while the other one is read.
#ifndef SLICE_DIMS
#define SLICE_DIMS 16
#endif
#ifndef SLICE_KEYS
#define SLICE_KEYS 16
#endif
// Whether all of Q's block stays in local memory; otherwise it comes in slices beside K's, once a tile.
#ifndef KEEP_QUERIES
#define KEEP_QUERIES (HEAD_DIM <= 64)
#endif

// Whether all rows of Q, K, V and O start at addresses that vectors of 4 may be read from. Said when the program is built: asked at run
// time, compilers merge both ways to read into the slower one (four loads instead of one, LLVM 15).
#ifndef ALIGNED_ROWS
#define ALIGNED_ROWS (HEAD_DIM % 4 == 0 && VALUE_DIM % 4 == 0)
#endif

// How often the loops over a slice are unrolled: all of it leaves nothing but reads and multiply-adds.
#ifndef UNROLL
#define UNROLL SLICE_DIMS
#endif

#define Y_ITEMS (BLOCK_Q / ITEM_ROWS)
#define ITEMS (X_ITEMS * Y_ITEMS)
#define ROW_VECTORS (ITEM_ROWS / 4)
#define KEY_VECTORS (BLOCK_KV / (4 * X_ITEMS))
#define VALUE_VECTORS ((VALUE_DIM + 4 * X_ITEMS - 1) / (4 * X_ITEMS))
#define VALUE_WIDTH (4 * X_ITEMS * VALUE_VECTORS)
#define KEY_SLICES ((HEAD_DIM + SLICE_DIMS - 1) / SLICE_DIMS)
#define VALUE_SLICES (BLOCK_KV / SLICE_KEYS)

#if X_ITEMS % 8 != 0 || Y_ITEMS % 4 != 0 || BLOCK_KV % (4 * X_ITEMS) != 0 || SLICE_DIMS % 8 != 0
#error "items lie in squares of 4 x 8 and hold whole vectors"
#endif
#if BLOCK_KV * SLICE_DIMS % (4 * ITEMS) != 0 || (!KEEP_QUERIES && BLOCK_Q * SLICE_DIMS % (4 * ITEMS) != 0) || SLICE_KEYS % Y_ITEMS != 0
#error "every item fetches the same number of vectors of a slice"
#endif
#if BLOCK_KV % SLICE_KEYS != 0
#error "slices must divide tiles"
#endif
#if defined(MASK_EXPRESSION) && (MAP_BLOCK % BLOCK_Q != 0 || MAP_BLOCK % BLOCK_KV != 0)
#error "tiles must divide the blocks of the block map"
#endif

// What an item fetches of each slice, in vectors.
#define Q_FETCHED (KEEP_QUERIES ? 0 : BLOCK_Q * SLICE_DIMS / (4 * ITEMS))
#define K_FETCHED (BLOCK_KV * SLICE_DIMS / (4 * ITEMS))
#define V_FETCHED (SLICE_KEYS / Y_ITEMS * VALUE_VECTORS)

// Lines of the transposed tiles, in vectors, with one vector of padding.
#define Q_LINE (BLOCK_Q / 4 + 1)
#define K_LINE (BLOCK_KV / 4 + 1)
#define V_LINE (VALUE_WIDTH / 4)
#define KEY_SLICE_VECTORS (SLICE_DIMS * (K_LINE + (KEEP_QUERIES ? 0 : Q_LINE)))
#define VALUE_SLICE_VECTORS (SLICE_KEYS * V_LINE)
#define SLICE_VECTORS (KEY_SLICE_VECTORS > VALUE_SLICE_VECTORS ? KEY_SLICE_VECTORS : VALUE_SLICE_VECTORS)

#include "key_tiles.clh"
#include "slices.clh"
#include "item_pairs.clh"

// What is fetched next while a slice is multiplied. `step >> 30` is 0, which compilers cannot know: else they keep the address of every
// row in registers from slice to slice, 2 a vector, and ptxas spills (48 bytes an item at D = 128).
#define FETCH_KEYS(tile, slice)                                                                                                      \
  fetch_keys(k, k_head, keys, (tile).begin + (step >> 30), (tile).end - 1, (slice) * SLICE_DIMS, item, &fetched);                    \
  if (!KEEP_QUERIES) {                                                                                                               \
    fetch_queries(q_head, params.q_row_stride, first_row + (step >> 30), queries - 1, (slice) * SLICE_DIMS, item, fetched_queries);  \
  }
#define FETCH_VALUES(tile, slice)                                                                                                    \
  fetch_values(v, v_head, values, (tile).begin + (step >> 30) + (slice) * SLICE_KEYS, (tile).end - 1, item, &fetched)

__kernel __attribute__((reqd_work_group_size(ITEMS, 1, 1))) void flash(
    __global const query_element *restrict q, __global const kv_element *restrict k, __global const kv_element *restrict v,
    __global query_element *restrict o, __global float *restrict lse, __global const uchar *restrict mask,
    __global const int2 *restrict sequences, __global float *restrict scratch, const attention_params params) {
#if KEEP_QUERIES
  __local float4 q_tile[KEY_SLICES * SLICE_DIMS * Q_LINE];  // [dimension][query]
#endif
  __local float4 slices[2 * SLICE_VECTORS];          // K as [dimension][key] and Q as [dimension][query], or V as [key][column]
  __local float4 p_tile[BLOCK_KV * Q_LINE];          // weights, [key][query]
  __local float4 partial[X_ITEMS * (BLOCK_Q / 4)];  // [x][query]: what the items of a row found
  __local float4 m_i[2 * (BLOCK_Q / 4)];            // per row: largest score before and after a tile, in turns
  __local float4 l_i[X_ITEMS * (BLOCK_Q / 4)];      // [x][query]: sum of weights, of the item's own keys
  // Flags that need not be lowered: the last even and the last odd step, a step being a slice, ...
  __local int seen_step[2];        // ... that begins a tile in which masks leave anything visible
  __local int non_finite_step[2];  // ... whose values are not all finite

  int item = get_local_id(0);
  int lane = item % 32;
  int x = (lane / 2 % 2 + lane / 8 * 2) + item / 32 % (X_ITEMS / 8) * 8;
  int y = (lane % 2 + lane / 4 % 2 * 2) + item / 32 / (X_ITEMS / 8) * 4;
  int own = x * (BLOCK_Q / 4) + y;  // where the item writes among those of its rows
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
  int queries = query_count(params, sequences, b);
  kv_rows keys = key_rows(params, sequences, b, kv_head);
  kv_rows values = value_rows(params, sequences, b, kv_head);
  __global const query_element *q_head = q + query_place(params, sequences, b, h, 0);
  __global const kv_element *k_head = k + keys.first;
  __global const kv_element *v_head = v + values.first;

  float4 acc[ROW_VECTORS][VALUE_VECTORS][4];  // O: [..][..][row], vectors of columns
#pragma unroll
  for (int i = 0; i < ROW_VECTORS; i++) {
    l_i[own + i * Y_ITEMS] = (float4)(0.0f);
#pragma unroll
    for (int n = 0; n < VALUE_VECTORS; n++) {
      clear(acc[i][n]);
    }
  }
  if (item < BLOCK_Q / 4) {
    m_i[item] = (float4)(-INFINITY);
  }
  if (item < 2) {
    seen_step[item] = -1;
    non_finite_step[item] = -1;
  }
#if KEEP_QUERIES
  // Rows past the last one repeat nothing here: they are 0, and not stored.
  load_transposed(q_head, params.q_row_stride, first_row, queries, BLOCK_Q, 0, HEAD_DIM, KEY_SLICES * SLICE_DIMS, item, ITEMS,
                  (__local float *)q_tile, 4 * Q_LINE);
#endif
  barrier(CLK_LOCAL_MEM_FENCE);  // the flags are lowered before any item raises one

#ifdef MASK_EXPRESSION
  run_list list = runs_of(params, sequences, head, first_row / MAP_BLOCK);
  list.count = first_row < queries ? list.count : 0;
  key_run run = {0, 0, false};
  key_tile tile = NEXT_TILE(0);
#else
  int2 first_range = key_range(params, sequence, first_row);
  int2 last_range = key_range(params, sequence, min(first_row + BLOCK_Q, queries) - 1);
  key_tile tile = NEXT_TILE(first_row < queries ? first_range.x : INT_MAX);
#endif
  fetched_rows fetched;
  query_element4 fetched_queries[Q_FETCHED + KEEP_QUERIES];  // unused, but of some length, where all of Q stays
  int m_before = 0;  // where m_i was written last
  int step = 0;
  if (tile.begin < INT_MAX) {
    FETCH_KEYS(tile, 0);
  }

  while (tile.begin < INT_MAX) {
    key_tile next = NEXT_TILE(tile.begin + BLOCK_KV);
    bool test_pairs = !tile.all_visible && !only_ranges_hide(params);
#ifdef SCORE_EXPRESSION
    bool may_hide = true;  // a score may become -inf
    bool only_scaled = false;
#else
    bool may_hide = !tile.all_visible;
    bool only_scaled = tile.all_visible && !(params.soft_cap > 0.0f) && params.mask_kind != MASK_ADDITIVE;
#endif
    if (test_pairs) {
      // By every item, not only by those that see something: PoCL 3.1 lets the first item's branch decide for the work-group where
      // the branch leads to a loop with a barrier in it.
      bool sees = sees_any(params, mask, sequences, b, h, first_row, queries - 1, tile.begin, x, y);
      atomic_max(&seen_step[step % 2], sees ? step : -1);
    }

    // S = Q K^T, a slice of dimensions at a time
    float4 s[ROW_VECTORS][KEY_VECTORS][4];
#pragma unroll
    for (int i = 0; i < ROW_VECTORS; i++) {
#pragma unroll
      for (int n = 0; n < KEY_VECTORS; n++) {
        clear(s[i][n]);
      }
    }
    bool visible = true;
    for (int slice = 0; slice < KEY_SLICES && visible; slice++) {
      __local float4 *k_slice = slices + step % 2 * SLICE_VECTORS;
      put_keys(&fetched, item, k_slice);
#if KEEP_QUERIES
      __local const float4 *q_slice = q_tile + slice * SLICE_DIMS * Q_LINE;
#else
      __local float4 *q_slice = k_slice + SLICE_DIMS * K_LINE;
      put_queries(fetched_queries, item, q_slice);
#endif
      // Also: the slice before this one has been read when the next one overwrites it.
      barrier(CLK_LOCAL_MEM_FENCE);  // the slice and the flag are written before any item reads them
      if (slice == 0 && test_pairs) {
        visible = seen_step[step % 2] == step;  // the same for all items
      }
      if (!visible) {
        if (next.begin < INT_MAX) {
          FETCH_KEYS(next, 0);
        }
      } else {
        if (slice + 1 < KEY_SLICES) {
          FETCH_KEYS(tile, slice + 1);
        } else {
          FETCH_VALUES(tile, 0);
        }
        multiply_slice(q_slice + y, Q_LINE, k_slice + x, K_LINE, SLICE_DIMS, KEY_VECTORS, &s[0][0][0]);
      }
      step++;
    }
    if (!visible) {
      tile = next;
      continue;
    }

    if (only_scaled) {
#pragma unroll
      for (int i = 0; i < ROW_VECTORS; i++) {
#pragma unroll
        for (int n = 0; n < KEY_VECTORS; n++) {
          scale_rows(s[i][n], (float4)(params.scale));
        }
      }
    } else {
      // p_tile is free: a barrier has passed since the last tile's weights were read.
#pragma unroll
      for (int i = 0; i < ROW_VECTORS; i++) {
#pragma unroll
        for (int n = 0; n < KEY_VECTORS; n++) {
          store_transposed(s[i][n], p_tile + 4 * (x + n * X_ITEMS) * Q_LINE + y + i * Y_ITEMS, Q_LINE);
        }
      }
      score_pairs(params, mask, sequences, b, h, first_row, queries - 1, tile.begin, tile.all_visible, x, y, (__local float *)p_tile);
#pragma unroll
      for (int i = 0; i < ROW_VECTORS; i++) {
#pragma unroll
        for (int n = 0; n < KEY_VECTORS; n++) {
          read_transposed(p_tile + 4 * (x + n * X_ITEMS) * Q_LINE + y + i * Y_ITEMS, Q_LINE, s[i][n]);
        }
      }
    }

    // Online softmax: items find the maximum of their keys, and each puts together those of its rows.
#pragma unroll
    for (int i = 0; i < ROW_VECTORS; i++) {
      float4 largest = largest_of_rows(s[i][0]);
#pragma unroll
      for (int n = 1; n < KEY_VECTORS; n++) {
        largest = fmax(largest, largest_of_rows(s[i][n]));
      }
      partial[own + i * Y_ITEMS] = largest;
    }
    __local float4 *v_slice = slices + step % 2 * SLICE_VECTORS;
    put_values(&fetched, item, v_slice);
    if (may_hide) {
      atomic_max(&non_finite_step[step % 2], non_finite_values(&fetched) ? step : -1);
    }
    barrier(CLK_LOCAL_MEM_FENCE);  // all maxima, the first values and the flag are there
#pragma unroll
    for (int i = 0; i < ROW_VECTORS; i++) {
      float4 m_old = m_i[m_before + y + i * Y_ITEMS];
      float4 m_new = m_old;
#pragma unroll 2
      for (int n = 0; n < X_ITEMS; n++) {
        m_new = fmax(m_new, partial[n * (BLOCK_Q / 4) + y + i * Y_ITEMS]);
      }
      // A row that has seen nothing yet must not compute -inf - -inf.
      float4 shift = m_new == (float4)(-INFINITY) ? (float4)(0.0f) : m_new;
      float4 alpha = exp2((m_old - shift) * LOG2_E);
      if (x == 0) {
        m_i[BLOCK_Q / 4 - m_before + y + i * Y_ITEMS] = m_new;  // nobody reads these before the weights' barrier
      }
      float4 sums = (float4)(0.0f);
#pragma unroll
      for (int n = 0; n < KEY_VECTORS; n++) {
        weigh(s[i][n], shift, may_hide);
        sums += sums_of_rows(s[i][n]);
        store_transposed(s[i][n], p_tile + 4 * (x + n * X_ITEMS) * Q_LINE + y + i * Y_ITEMS, Q_LINE);
      }
      l_i[own + i * Y_ITEMS] = fma(l_i[own + i * Y_ITEMS], alpha, sums);
#pragma unroll
      for (int n = 0; n < VALUE_VECTORS; n++) {
        scale_rows(acc[i][n], alpha);
      }
    }

    m_before = BLOCK_Q / 4 - m_before;

    // O = O * alpha + P V, a slice of keys at a time
    for (int slice = 0; slice < VALUE_SLICES; slice++) {
      v_slice = slices + step % 2 * SLICE_VECTORS;
      if (slice > 0) {
        put_values(&fetched, item, v_slice);
        if (may_hide) {
          atomic_max(&non_finite_step[step % 2], non_finite_values(&fetched) ? step : -1);
        }
      }
      barrier(CLK_LOCAL_MEM_FENCE);  // the weights, or the slice and the flag, are written before any item reads them
      if (slice + 1 < VALUE_SLICES) {
        FETCH_VALUES(tile, slice + 1);
      } else if (next.begin < INT_MAX) {
        FETCH_KEYS(next, 0);
      }
      __local const float4 *p_slice = p_tile + slice * SLICE_KEYS * Q_LINE;
      if (may_hide && non_finite_step[step % 2] == step) {
#pragma unroll 1
        for (int j = 0; j < SLICE_KEYS; j++) {
#pragma unroll
          for (int n = 0; n < VALUE_VECTORS; n++) {
#pragma unroll
            for (int i = 0; i < ROW_VECTORS; i++) {
              multiply_add_visible(acc[i][n], p_slice[j * Q_LINE + y + i * Y_ITEMS], v_slice[j * V_LINE + x + n * X_ITEMS]);
            }
          }
        }
      } else {
        multiply_slice(p_slice + y, Q_LINE, v_slice + x, V_LINE, SLICE_KEYS, VALUE_VECTORS, &acc[0][0][0]);
      }
      step++;
    }
    tile = next;
  }

  barrier(CLK_LOCAL_MEM_FENCE);  // all sums are there
  __global query_element *o_head = o + output_place(params, sequences, b, h, 0);
#pragma unroll
  for (int i = 0; i < ROW_VECTORS; i++) {
    float4 sum = (float4)(0.0f);
#pragma unroll 2
    for (int n = 0; n < X_ITEMS; n++) {
      sum += l_i[n * (BLOCK_Q / 4) + y + i * Y_ITEMS];
    }
    float4 normalizer = sum == (float4)(0.0f) ? (float4)(0.0f) : 1.0f / sum;
    float4 row_lse = sum == (float4)(0.0f) ? (float4)(-INFINITY) : m_i[m_before + y + i * Y_ITEMS] + log(sum);
#pragma unroll
    for (int r = 0; r < 4; r++) {
      int row = first_row + ROW_AT(4 * i + r);
      if (row < queries) {
#pragma unroll
        for (int n = 0; n < VALUE_VECTORS; n++) {
          store_vector(acc[i][n][r] * lane_of(normalizer, r), o_head + row * params.o_row_stride, 4 * (x + n * X_ITEMS), VALUE_DIM,
                       WHOLE_VALUES);
        }
        if (x == 0) {
          lse[(long)head * params.query_len + row] = lane_of(row_lse, r);
        }
      }
    }
  }
}
