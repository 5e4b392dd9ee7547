package io.github.attn4j.bench.measure;

import java.util.OptionalLong;

/**
 * Launches put together to rounds: one on each input set, one right after the other. A kernel that
 * is slow on one set, or at every second launch, is slow in each round, while its fastest launches
 * are as fast as ever.
 */
final class RoundTimes {
  private final int sets;
  private int next;
  private long sum;

  /** Of so many input sets, which take turns. */
  RoundTimes(int sets) {
    this.sets = sets;
  }

  /**
   * A launch; a round begins with the first set.
   *
   * @param set from 0
   * @return a launch's mean time where this one ends a round
   */
  OptionalLong add(int set, long nanos) {
    if (set == 0) {
      next = 0;
      sum = 0;
    }
    if (set != next) {
      return OptionalLong.empty(); // the round's begin is not known
    }
    next++;
    sum += nanos;
    return next == sets ? OptionalLong.of(sum / sets) : OptionalLong.empty();
  }

  /** Another kind of launch came between: the round under way is none. */
  void interrupt() {
    next = sets;
  }
}
