package io.github.attn4j.bench.tune;

import io.github.attn4j.bench.measure.TuningDuel;
import io.github.attn4j.core.kernel.Tuning;

/** What came of a candidate. */
sealed interface Trial {
  /** The candidate. */
  Tuning tuning();

  /** It passed the gate and was right before and after its rounds against the default. */
  record Measured(Tuning tuning, TuningDuel.Result result) implements Trial {}

  /**
   * It has no time.
   *
   * @param wrong whether it computed something wrong, which is a mistake of the kernel's; otherwise
   *     the device did not take it
   * @param why the problem, and what came of it
   */
  record Refused(Tuning tuning, boolean wrong, String why) implements Trial {}
}
