package io.github.attn4j.bench.measure;

import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.input.InputFamily;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.PreparedKernel;
import io.github.attn4j.core.kernel.Session;
import io.github.attn4j.core.kernel.StagedInputs;

/**
 * Estimates a launch of a kernel that nothing is known about, by a few launches on a shorter
 * context of the same shape. Nothing is checked: the figure decides whether a cell runs and is
 * never a result.
 */
final class LaunchProbe {
  /** A quarter of a second at the rate of the slowest kernel seen on a CPU, 4 GFLOP/s. */
  private static final double MOST_FLOPS = 1e9;

  /** Enough for the JVM to have compiled a kernel in Java. */
  private static final int MOST_LAUNCHES = 50;

  private static final double SECONDS = 0.5;

  private LaunchProbe() {}

  /** Seconds that one launch of the cell will take. */
  static double launchSeconds(Session session, KernelVariant kernel, CellSpec cell) {
    CellSpec probe = shortened(cell);
    AttentionInputs inputs =
        AttentionInputs.generate(probe.spec(), InputFamily.NORMAL, probe.seed());
    try (StagedInputs staged = session.stage(inputs);
        PreparedKernel prepared = session.prepare(kernel, staged)) {
      double best = Double.POSITIVE_INFINITY;
      long start = System.nanoTime();
      for (int launch = 0; launch < MOST_LAUNCHES; launch++) {
        best = Math.min(best, prepared.run() / 1e9);
        if (System.nanoTime() - start > SECONDS * 1e9) {
          break;
        }
      }
      return best * (cell.spec().flops() / probe.spec().flops());
    }
  }

  static CellSpec shortened(CellSpec cell) {
    CellSpec probe = cell;
    while (probe.spec().flops() > MOST_FLOPS && probe.length() > 1) {
      probe = probe.withLength(Math.ceilDiv(probe.length(), 2));
    }
    return probe;
  }
}
