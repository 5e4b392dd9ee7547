package io.github.attn4j.core.report;

/**
 * One cell in a trial of either version, both at the same time by turns. A trial's time is what the
 * fastest tenth of its launches stayed below, device time: what disturbs a launch only ever makes
 * it longer (Chen and Revels, "Robust benchmarking in noisy environments", 2016), and on a machine
 * with neighbours it disturbs most of them. What is slow at every second launch, or on one of the
 * input sets, only rounds show.
 *
 * @param number of the pair, from 1
 * @param baseFirst which of both ran first
 * @param baseNanos the base's kernel
 * @param newNanos the new version's kernel
 * @param baseRoundNanos median over the rounds of the base's trial, {@link Measurement#roundNanos};
 *     NaN (null in JSON) where it knows none
 * @param newRoundNanos the same of the new version's trial
 * @param basePlainNanos as many plain multiply-adds, by turns with the base's kernel, the fastest
 *     tenth; NaN (null in JSON) where none were run
 * @param newPlainNanos the same beside the new version's
 */
public record TrialPair(
    int number,
    boolean baseFirst,
    double baseNanos,
    double newNanos,
    double baseRoundNanos,
    double newRoundNanos,
    double basePlainNanos,
    double newPlainNanos) {
  /** The new version's time over the base's. */
  public double ratio() {
    return newNanos / baseNanos;
  }

  /** The same of rounds; NaN where one of both knows none. */
  public double roundRatio() {
    return newRoundNanos / baseRoundNanos;
  }

  /** The same of what the machine gave beside them: away from 1, it was not the same machine. */
  public double plainRatio() {
    return newPlainNanos / basePlainNanos;
  }
}
