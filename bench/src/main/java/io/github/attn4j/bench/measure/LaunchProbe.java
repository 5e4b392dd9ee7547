package io.github.attn4j.bench.measure;

import io.github.attn4j.bench.peer.Peer;
import io.github.attn4j.bench.peer.PreparedPeer;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.input.InputFamily;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.PreparedKernel;
import io.github.attn4j.core.kernel.Session;
import io.github.attn4j.core.kernel.StagedInputs;
import java.util.function.LongSupplier;

/**
 * Estimates a launch of a kernel that nothing is known about, or a call of a rival, by a few on a
 * shorter context of the same shape. Nothing is checked: the figure decides whether a cell runs and
 * is never a result.
 */
final class LaunchProbe {
  /**
   * Small enough for several launches of the slowest kernel, 4 GFLOP/s on a CPU, and of a Vector
   * API kernel that the JVM still interprets: at 1e9 its first launch alone took 2 s here, 500
   * times what it takes once compiled.
   */
  private static final double MOST_FLOPS = 1e8;

  private static final int MOST_LAUNCHES = 100;
  private static final int LEAST_LAUNCHES = 3;
  private static final double SECONDS = 2;

  private LaunchProbe() {}

  /** Seconds that one launch of the cell will take. */
  static double launchSeconds(Session session, KernelVariant kernel, CellSpec cell) {
    CellSpec probe = shortened(cell);
    try (StagedInputs staged = session.stage(inputs(probe));
        PreparedKernel prepared = session.prepare(kernel, staged)) {
      return best(prepared::run) * timesOver(cell, probe);
    }
  }

  /** Seconds that one call of a rival on the cell's problem will take. */
  static double peerSeconds(Peer peer, int threads, CellSpec cell) {
    CellSpec probe = shortened(cell);
    try (PreparedPeer prepared = peer.prepare(inputs(probe), threads)) {
      return best(prepared::run) * timesOver(cell, probe);
    }
  }

  private static AttentionInputs inputs(CellSpec probe) {
    return AttentionInputs.generate(probe.spec(), InputFamily.NORMAL, probe.seed());
  }

  private static double best(LongSupplier launchNanos) {
    double best = Double.POSITIVE_INFINITY;
    long start = System.nanoTime();
    for (int launch = 0; launch < MOST_LAUNCHES; launch++) {
      ForkWatch.step("a launch on a shorter context");
      best = Math.min(best, launchNanos.getAsLong() / 1e9);
      double seconds = (System.nanoTime() - start) / 1e9;
      if (launch + 1 >= LEAST_LAUNCHES && seconds > SECONDS) {
        break;
      }
    }
    return best;
  }

  private static double timesOver(CellSpec cell, CellSpec probe) {
    return ShapeCounts.of(cell.shape()).flops() / ShapeCounts.of(probe.shape()).flops();
  }

  static CellSpec shortened(CellSpec cell) {
    CellSpec probe = cell;
    while (ShapeCounts.of(probe.shape()).flops() > MOST_FLOPS && probe.shape().kvLength() > 1) {
      CellSpec half = probe.withKeys(Math.ceilDiv(probe.shape().kvLength(), 2));
      if (ShapeCounts.of(half.shape()).flops() == 0) {
        break; // a sparse mask may leave nothing of a short context, which says nothing
      }
      probe = half;
    }
    return probe;
  }
}
