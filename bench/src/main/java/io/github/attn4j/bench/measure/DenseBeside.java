package io.github.attn4j.bench.measure;

import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.Session;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.Mask;
import java.util.List;

/**
 * The kernel of a masked cell on the same data without the mask, launched by turns with the masked
 * one in the same process: what the cell's speed-up is over. A cell of its own would be another JVM
 * at another moment, and a neighbour in one of the two would be taken for a gain.
 *
 * <p>A slice of launches follows each iteration, prepared and checked like the cell's own.
 */
final class DenseBeside {
  /** Enough launches of the short ones for a median, at one for each of the long ones. */
  private static final long SLICE_NANOS = 40_000_000;

  /** A launch shorter than this share of a slice is preceded by one that warms up. */
  private static final int WARM_UP_SHARE = 4;

  private final CellTrial trial;
  private final AttentionSpec spec;
  private final CellLog log;
  private final long budgetNanos;
  private long spentNanos;
  private long lastNanos;

  /**
   * Stages, builds, launches and checks once.
   *
   * @param masked the cell's own data
   * @param budgetNanos no slice begins after so much time; one there is
   * @param log of the cell
   * @throws CellFailure.Wrong if the result is wrong
   * @throws io.github.attn4j.core.kernel.BackendException.OutOfMemory if it does not fit beside
   *     what the cell has on the device
   */
  DenseBeside(
      Session session,
      KernelVariant kernel,
      AttentionInputs masked,
      long seed,
      long budgetNanos,
      CellLog log) {
    this.log = log;
    this.budgetNanos = budgetNanos;
    AttentionInputs dense =
        new AttentionInputs(
            masked.spec().toBuilder().mask(Mask.none()).build(),
            masked.description(),
            masked.q().clone(), // its probe query is another one
            masked.k(),
            masked.v());
    this.spec = dense.spec();
    // A log of its own: figures of the cell are of the masked kernel.
    this.trial =
        new CellTrial(session, kernel, List.of(dense), seed, CheckedRows.WORK_LIMIT, new CellLog());
    // The first launch may have compiled; this one tells how long the others take.
    trial.refresh();
    this.lastNanos = trial.launch();
  }

  /** The problem without its mask. */
  AttentionSpec spec() {
    return spec;
  }

  /**
   * Launches for a moment and checks the last one.
   *
   * @param measured whether the times count; long launches need no warm-up iterations, which take
   *     as long as measured ones
   * @throws CellFailure.Wrong if the result is wrong
   */
  void slice(boolean measured) {
    if (measured ? spentNanos > budgetNanos : lastNanos > SLICE_NANOS) {
      return;
    }
    long start = System.nanoTime();
    boolean warm = lastNanos > SLICE_NANOS / WARM_UP_SHARE;
    do {
      trial.refresh();
      lastNanos = trial.launch();
      if (measured && warm) {
        log.add(CellLog.Series.DENSE, lastNanos);
      }
      warm = true;
    } while (System.nanoTime() - start < SLICE_NANOS);
    trial.check();
    if (measured) {
      spentNanos += System.nanoTime() - start;
    }
  }

  /**
   * Seconds that it adds to a cell.
   *
   * @param launchSeconds of a launch without the mask
   * @param iterations warm-up and measured ones
   * @param budgetSeconds as for the constructor
   */
  static double predictedSeconds(double launchSeconds, int iterations, double budgetSeconds) {
    double slice = Math.max(SLICE_NANOS / 1e9, launchSeconds);
    return 2 * launchSeconds + Math.min(iterations * slice, budgetSeconds + slice);
  }
}
