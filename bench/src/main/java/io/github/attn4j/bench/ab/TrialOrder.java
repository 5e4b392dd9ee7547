package io.github.attn4j.bench.ab;

import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/**
 * Who runs first in each pair of trials: by a draw for each pair on its own. Where versions are
 * equal, exchanging the two of a pair changes nothing but the ratio's side of 1, whatever the
 * machine did meanwhile: that, and independent draws, is all that a sign test asks for. Blocks of A
 * B B A, which cancel a drift exactly, tie the signs of two pairs, and a machine with a rhythm of
 * four trials would be called slower in 6 % of runs where 1 % are promised.
 */
final class TrialOrder {
  private TrialOrder() {}

  /** For each pair, whether the base runs first. */
  static List<Boolean> of(int pairs, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    return Stream.generate(random::nextBoolean).limit(pairs).toList();
  }
}
