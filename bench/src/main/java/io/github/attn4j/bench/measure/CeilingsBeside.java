package io.github.attn4j.bench.measure;

import io.github.attn4j.core.kernel.BackendException;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.opencl.FmaCeiling;
import io.github.attn4j.opencl.OpenClSession;
import io.github.attn4j.opencl.ReadBandwidth;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Plain multiply-adds, and plain reads of memory, by turns with a kernel: what its rate is a share
 * of. The run's ceilings are the best that the device has given at any moment. Where others use it
 * too, it gives less at the next one (seen here within an hour: 494 to 536 GFLOP/s, 47 to 87 GB/s),
 * and a median against a maximum says more about them than about the kernel.
 */
final class CeilingsBeside {
  /** Of an iteration and each of the two: some ten launches. */
  private static final long SLICE_NANOS = 20_000_000;

  private static final String WATCHED = "plain multiply-adds and reads beside it";

  /** Name of the scalar that is 1 where memory does not hold what is read beside the problem. */
  static final String NO_ROOM_FOR_READS = "noRoomForReads";

  private final FmaCeiling fma;
  private final @Nullable ReadBandwidth bandwidth;
  private final double flops;
  private final double bytes;
  private final CellLog log;

  /**
   * Finds the best shapes. Memory is read only where the problem's bytes are sure to be beyond the
   * caches.
   */
  CeilingsBeside(OpenClSession session, AttentionSpec spec, CellLog log) {
    this.log = log;
    flops = spec.flops();
    bytes = spec.compulsoryBytes();
    fma = session.fmaCeiling();
    ForkWatch.step(WATCHED);
    fma.measure();
    bandwidth =
        bytes >= session.device().beyondCachesBytes()
            ? measuredIfThereIsRoom(session::readBandwidth, log)
            : null;
    ForkWatch.rest();
  }

  /** The kernel has had its room, so it has its time; that there are no reads beside it is said. */
  static @Nullable ReadBandwidth measuredIfThereIsRoom(Supplier<ReadBandwidth> reads, CellLog log) {
    try {
      ReadBandwidth bandwidth = reads.get();
      bandwidth.measure();
      return bandwidth;
    } catch (BackendException.OutOfMemory e) {
      log.scalar(NO_ROOM_FOR_READS, 1);
      return null;
    }
  }

  /**
   * Computes and reads for a moment.
   *
   * @param measured whether the times count
   */
  void slice(boolean measured) {
    ForkWatch.step(WATCHED);
    long start = System.nanoTime();
    do {
      add(measured, CellLog.Series.PLAIN_FMA, flops / fma.once());
    } while (System.nanoTime() - start < SLICE_NANOS);
    start = System.nanoTime();
    while (bandwidth != null && System.nanoTime() - start < SLICE_NANOS) {
      add(measured, CellLog.Series.PLAIN_READ, bytes / bandwidth.readMemory());
    }
    ForkWatch.rest();
  }

  private void add(boolean measured, CellLog.Series series, double nanos) {
    if (measured) {
      log.add(series, Math.round(nanos));
    }
  }
}
