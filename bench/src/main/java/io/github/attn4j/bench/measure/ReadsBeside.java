package io.github.attn4j.bench.measure;

import io.github.attn4j.core.kernel.Session;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.opencl.OpenClSession;
import io.github.attn4j.opencl.ReadBandwidth;
import org.jspecify.annotations.Nullable;

/**
 * Plain reads of memory by turns with a kernel whose data no cache holds: what its rate is a share
 * of. The run's ceiling is the best that memory has given at any moment; where others use it too,
 * it gives half of that at the next one (seen here: 47 to 77 GB/s within an hour), and a median
 * against a maximum says more about them than about the kernel.
 */
final class ReadsBeside {
  /** Of an iteration: some ten reads of 128 MiB. */
  private static final long SLICE_NANOS = 40_000_000;

  private final ReadBandwidth bandwidth;
  private final double bytes;
  private final CellLog log;

  private ReadsBeside(ReadBandwidth bandwidth, long bytes, CellLog log) {
    this.bandwidth = bandwidth;
    this.bytes = bytes;
    this.log = log;
    bandwidth.measure(); // finds the best shape
  }

  /**
   * Null where the problem's bytes may lie in a cache, and on other backends than OpenCL, whose
   * clock would be another one.
   *
   * @throws io.github.attn4j.core.kernel.BackendException.OutOfMemory if there is no room to read
   */
  static @Nullable ReadsBeside of(Session session, AttentionSpec spec, CellLog log) {
    long bytes = spec.compulsoryBytes();
    return session instanceof OpenClSession own && bytes >= session.device().beyondCachesBytes()
        ? new ReadsBeside(own.readBandwidth(), bytes, log)
        : null;
  }

  /**
   * Reads for a moment.
   *
   * @param measured whether the times count
   */
  void slice(boolean measured) {
    long start = System.nanoTime();
    do {
      double gigabytesPerSecond = bandwidth.readMemory();
      if (measured) {
        log.add(CellLog.Series.PLAIN_READ, Math.round(bytes / gigabytesPerSecond));
      }
    } while (System.nanoTime() - start < SLICE_NANOS);
  }
}
