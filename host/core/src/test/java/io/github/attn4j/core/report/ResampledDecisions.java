package io.github.attn4j.core.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;

/**
 * How often runs of so many pairs would call a version slower, by pairs that were recorded once: a
 * run is drawn from them, with replacement, block by block, so that each has both orders alike.
 */
final class ResampledDecisions {
  private final List<TrialPair> recorded;

  /**
   * Of recorded pairs.
   *
   * @param recorded in blocks of two, the one the other's mirror
   */
  ResampledDecisions(List<TrialPair> recorded) {
    this.recorded = List.copyOf(recorded);
  }

  /** Pairs of a file beside this class: lines of numbers, # before words. */
  static List<TrialPair> read(String name) {
    try (InputStream stream =
        Objects.requireNonNull(ResampledDecisions.class.getResourceAsStream(name), name)) {
      List<TrialPair> pairs = new ArrayList<>();
      new String(stream.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.startsWith("#"))
          .map(line -> line.split(",", -1))
          .forEach(field ->
              pairs.add(
                  new TrialPair(
                      Integer.parseInt(field[0]),
                      Boolean.parseBoolean(field[1]),
                      Double.parseDouble(field[2]),
                      Double.parseDouble(field[3]),
                      Double.NaN, // recorded before there were rounds
                      Double.NaN,
                      Double.parseDouble(field[6]),
                      Double.parseDouble(field[7]))));
      return pairs;
    } catch (IOException e) {
      throw new UncheckedIOException(name, e);
    }
  }

  /**
   * Decisions that call the new version slower.
   *
   * @param exchanged whether both versions change places by a draw in each pair, as they may where
   *     they are equal: whatever a short recording leans to is then gone
   * @param decisions how many runs are drawn
   * @param pairs of each, even
   */
  int slower(int decisions, int pairs, double threshold, boolean exchanged, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int slower = 0;
    for (int decision = 0; decision < decisions; decision++) {
      double[] ratios = new double[pairs];
      for (int pair = 0; pair < pairs; pair += 2) {
        int block = random.nextInt(recorded.size() / 2);
        for (int half = 0; half < 2; half++) {
          double ratio = recorded.get(2 * block + half).ratio();
          ratios[pair + half] = exchanged && random.nextBoolean() ? 1 / ratio : ratio;
        }
      }
      PairedRatio ratio = PairedRatio.of(ratios, RegressionRule.significance(1));
      if (Verdict.of(ratio.median(), ratio.lower(), ratio.upper(), threshold) == Verdict.SLOWER) {
        slower++;
      }
    }
    return slower;
  }
}
