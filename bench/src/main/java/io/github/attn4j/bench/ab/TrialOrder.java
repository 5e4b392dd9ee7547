package io.github.attn4j.bench.ab;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Who runs first in each pair of trials: blocks of two pairs, A B B A or B A A B, by a draw for
 * each block. A machine that grows slower, trial by trial, then favours neither version; and no
 * rhythm of the machine can keep step with an order that was drawn.
 */
final class TrialOrder {
  private TrialOrder() {}

  /** For each pair, whether the base runs first. */
  static List<Boolean> of(int pairs, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    List<Boolean> baseFirst = new ArrayList<>();
    while (baseFirst.size() < pairs) {
      boolean first = random.nextBoolean();
      baseFirst.add(first);
      baseFirst.add(!first);
    }
    return List.copyOf(baseFirst.subList(0, pairs));
  }
}
