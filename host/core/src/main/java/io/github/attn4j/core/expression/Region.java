package io.github.attn4j.core.expression;

import java.util.Collections;

/**
 * A box of pairs: every range inclusive, none empty.
 *
 * @param leastOffset of the batches in the box; p is q plus an offset
 * @param greatestOffset of the batches in the box
 * @param leastQueries least nq
 * @param greatestQueries greatest nq
 * @param leastKeys least nk of the batches in the box
 * @param greatestKeys greatest nk of the batches in the box
 * @param heads of the whole problem, for their slopes; 0 where nobody knows yet
 */
record Region(
    int firstBatch,
    int lastBatch,
    int firstHead,
    int lastHead,
    int firstQuery,
    int lastQuery,
    int firstKey,
    int lastKey,
    int leastOffset,
    int greatestOffset,
    int leastQueries,
    int greatestQueries,
    int leastKeys,
    int greatestKeys,
    int heads) {

  /** Whatever the problem's shape will be. */
  static final Region ANY =
      new Region(
          0,
          Integer.MAX_VALUE,
          0,
          Integer.MAX_VALUE,
          0,
          Integer.MAX_VALUE,
          0,
          Integer.MAX_VALUE,
          Integer.MIN_VALUE,
          Integer.MAX_VALUE,
          1,
          Integer.MAX_VALUE,
          0,
          Integer.MAX_VALUE,
          0);

  /** Of one batch and head. */
  static Region of(
      Domain domain, int b, int h, int firstQuery, int lastQuery, int firstKey, int lastKey) {
    int offset = domain.queryOffsets().get(b);
    int keys = domain.keyLengths().get(b);
    return new Region(
        b,
        b,
        h,
        h,
        firstQuery,
        lastQuery,
        firstKey,
        lastKey,
        offset,
        offset,
        domain.queries(),
        domain.queries(),
        keys,
        keys,
        domain.heads());
  }

  /** Every pair; at least one key is assumed. */
  static Region whole(Domain domain) {
    return new Region(
        0,
        domain.batch() - 1,
        0,
        domain.heads() - 1,
        0,
        domain.queries() - 1,
        0,
        Math.max(0, domain.mostKeys() - 1),
        Collections.min(domain.queryOffsets()),
        Collections.max(domain.queryOffsets()),
        domain.queries(),
        domain.queries(),
        Collections.min(domain.keyLengths()),
        domain.mostKeys(),
        domain.heads());
  }
}
