// Idea: which blocks of a mask's score matrix are empty, full or partial, for blocks that interval arithmetic cannot decide: by looking
//   at their pairs, and stopping at the first two that differ. What a pair is, is what attention kernels ask: window, lengths and
//   attn_expr_visible, which the host puts before this text.
// Tensors: blocks [count] int2, row and column of blocks; kinds [count] int, 0 before the launch: bit 0 is set where a pair is visible,
//   bit 1 where one is hidden. Only pairs that exist count: queries below the sequence's count, keys below its length.
// Launch: one dimension, count * LANES work-items; LANES neighbours share a block, each taking every LANES-th query of it:
//     items   0 .. LANES-1 | LANES .. 2*LANES-1 | ...
//     blocks             0 |                  1 | ...
//   A CPU wants one item a block, whose loop over keys the compiler vectorizes; a GPU wants neighbours that look up neighbouring words.
// Local memory: 0 bytes. Neighbours tell each other through kinds, so there is no barrier; whoever reads too early looks at one row more.
// Preconditions: no dense mask; positions fit an int, as they do wherever there is an expression.
// Leaves out: dense masks, which the host enumerates.
#include "attention_common.clh"
#include "places.clh"

#ifndef LANES
#define LANES 1
#endif

#define SOME_VISIBLE 1
#define SOME_HIDDEN 2
#define BOTH (SOME_VISIBLE | SOME_HIDDEN)

// Neighbours write it meanwhile: an ordinary read would be a data race.
#if LANES > 1
#define SEEN_SO_FAR(kind) atomic_or(kind, 0)
#else
#define SEEN_SO_FAR(kind) *(kind)
#endif

__kernel void block_kinds(__global const int2 *blocks, __global int *kinds, __global const int2 *sequences, const attention_params params,
                          const int b, const int h, const int block_queries, const int block_keys, const int count) {
  int block = get_global_id(0) / LANES;
  if (block >= count) {
    return;
  }
  int2 place = blocks[block];
  int first_query = place.x * block_queries;
  int end_query = (int)min((long)query_count(params, sequences, b), (long)first_query + block_queries);
  int first_key = place.y * block_keys;
  int end_key = (int)min((long)sequences[b].y, (long)first_key + block_keys);
  volatile __global int *kind = kinds + block;
  for (int i = first_query + (int)(get_global_id(0) % LANES); i < end_query && SEEN_SO_FAR(kind) != BOTH; i += LANES) {
    score_row row = row_of_scores(params, sequences, b, h, i);
    int begin = max(first_key, row.range.x);
    int end = min(end_key, row.range.y);
    int visible = 0;
    for (int key = begin; key < end; key++) {
      visible += expression_sees(params, row, key) ? 1 : 0;
    }
    int seen = (visible > 0 ? SOME_VISIBLE : 0) | (visible < end_key - first_key ? SOME_HIDDEN : 0);
    if ((SEEN_SO_FAR(kind) | seen) != SEEN_SO_FAR(kind)) {
      atomic_or(kind, seen);
    }
  }
}
