package io.github.attn4j.core.report;

import java.util.Locale;

/** What a version is to the one before it, in one cell; the gravest first. */
public enum Verdict {
  /** Right before, and now wrong, unsupported, not building, or without an end. */
  BROKEN,
  /** Measured before, and now skipped or not there at all. */
  MISSING,
  /** Slower by more than the threshold, and not by chance. */
  SLOWER,
  /** A slowdown beyond the threshold is neither shown nor excluded. */
  UNDECIDED,
  /** Wrong before and now. */
  STILL_BROKEN,
  /** One of both has no time, for reasons that are no mistake. */
  NOT_MEASURED,
  /** A slowdown beyond the threshold is excluded. */
  UNCHANGED,
  /** Faster by more than the threshold, and not by chance. */
  FASTER,
  /** Not right before, and now right. */
  MENDED;

  /**
   * By a ratio of times, the new one's over the base's.
   *
   * @param ratio its median; above 1 is slower
   * @param lower bound
   * @param upper bound
   * @param threshold what a median must exceed, as a share: 0.05 for 5 %
   * @return {@link #UNDECIDED} also where a figure is NaN
   */
  public static Verdict of(double ratio, double lower, double upper, double threshold) {
    if (ratio > 1 + threshold && lower > 1) {
      return SLOWER;
    }
    if (ratio < 1 / (1 + threshold) && upper < 1) {
      return FASTER;
    }
    return upper <= 1 + threshold ? UNCHANGED : UNDECIDED;
  }

  /**
   * By whether there is a measurement of each; correctness counts before speed.
   *
   * @return {@link #UNCHANGED} where both were measured and speed is to be judged
   */
  static Verdict of(BenchCell.Status base, BenchCell.Status now) {
    boolean measuredBefore = base == BenchCell.Status.MEASURED;
    if (measuredBefore && now == BenchCell.Status.MEASURED) {
      return UNCHANGED;
    }
    if (measuredBefore) {
      // What grew so slow that it is skipped has no time to be called slower by.
      return now == BenchCell.Status.SKIPPED ? MISSING : BROKEN;
    }
    if (base == BenchCell.Status.SKIPPED || now == BenchCell.Status.SKIPPED) {
      return now.isFailure() ? BROKEN : NOT_MEASURED;
    }
    if (now == BenchCell.Status.MEASURED) {
      return MENDED;
    }
    if (now.isFailure()) {
      return base.isFailure() ? STILL_BROKEN : BROKEN;
    }
    return NOT_MEASURED;
  }

  /** In lower case, as sentences have it. */
  public String words() {
    return name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }
}
