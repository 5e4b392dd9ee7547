package io.github.attn4j.bench.picture;

import io.github.attn4j.core.blockmap.BlockPlane;
import io.github.attn4j.core.blockmap.BlockSize;
import io.github.attn4j.core.expression.Domain;
import io.github.attn4j.core.expression.PairPredicate;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.Mask;

/**
 * How many keys the queries of a batch and head see.
 *
 * @param visible pairs, of all queries together
 * @param least keys of a query
 * @param most keys of a query
 * @param without queries that see no key
 * @param firstKey that some query sees; meaningless where none does
 * @param lastKey that some query sees; -1 where none does
 */
record KeysPerQuery(long visible, long least, long most, long without, int firstKey, int lastKey) {

  /** Asks for every pair of partial blocks once, and again only for one beyond those known. */
  static KeysPerQuery count(AttentionSpec spec, BlockPlane plane, int b, int h) {
    Mask mask = spec.mask();
    Domain domain = spec.domain();
    PairPredicate pairs = mask::visible;
    int keys = spec.keyLengths().get(b);
    long visible = 0;
    long least = Long.MAX_VALUE;
    long most = 0;
    long without = 0;
    int firstKey = Integer.MAX_VALUE;
    int lastKey = -1;
    for (int q = 0; q < spec.queryLength(); q++) {
      int row = q / BlockSize.STANDARD.queries();
      int position = domain.position(b, q);
      long seen = 0;
      for (int run = plane.firstRun(row); run < plane.endRun(row); run++) {
        int from = plane.firstColumn(run) * BlockSize.STANDARD.keys();
        int end = (int) Math.min(keys, (long) plane.endColumn(run) * BlockSize.STANDARD.keys());
        boolean full = plane.isFull(run);
        long here = full ? end - from : pairs.count(b, h, q, position, from, end);
        if (here > 0) {
          int first = from;
          while (first < firstKey && !full && !pairs.visible(b, h, q, position, first)) {
            first++;
          }
          firstKey = Math.min(firstKey, first);
          int last = end - 1;
          while (last > lastKey && !full && !pairs.visible(b, h, q, position, last)) {
            last--;
          }
          lastKey = Math.max(lastKey, last);
        }
        seen += here;
      }
      visible += seen;
      least = Math.min(least, seen);
      most = Math.max(most, seen);
      without += seen == 0 ? 1 : 0;
    }
    return new KeysPerQuery(visible, least, most, without, firstKey, lastKey);
  }

  String text() {
    return "keys per query: %,d to %,d, within keys %s; %,d queries see none"
        .formatted(least, most, lastKey < 0 ? "none" : firstKey + ".." + lastKey, without);
  }
}
