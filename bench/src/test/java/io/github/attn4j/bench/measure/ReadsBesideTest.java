package io.github.attn4j.bench.measure;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.opencl.OpenClBackend;
import io.github.attn4j.opencl.OpenClSession;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class ReadsBesideTest {
  private final OpenClBackend backend = new OpenClBackend();
  private final DeviceInfo device = backend.devices().getFirst();
  private final CellLog log = new CellLog();

  /** A decoding step whose keys and values have so many bytes. */
  private static AttentionSpec decoding(long bytes) {
    return AttentionSpec.builder()
        .heads(8)
        .lengths(1, Math.toIntExact(bytes / (8 * 2 * 4 * 64)))
        .dim(64)
        .build();
  }

  @Test
  void whatACacheMayHoldIsNotComparedWithMemory() {
    try (OpenClSession session = backend.openSession(device)) {
      assertThat(ReadsBeside.of(session, decoding(device.beyondCachesBytes() / 2), log)).isNull();
    }
  }

  @Test
  void readsAreTimedAsIfTheyMovedTheKernelsBytes() {
    long bytes = device.beyondCachesBytes();
    try (OpenClSession session = backend.openSession(device)) {
      ReadsBeside reads = Objects.requireNonNull(ReadsBeside.of(session, decoding(bytes), log));
      reads.slice(false);
      assertThat(log.count(CellLog.Series.PLAIN_READ)).isZero();
      reads.slice(true);
      assertThat(log.count(CellLog.Series.PLAIN_READ)).isPositive();
      double nanos =
          Objects.requireNonNull(log.series().get(CellLog.Series.PLAIN_READ))
              .getStatistics(1)
              .getMean();
      // No memory gives more than 20 TB/s, and none so little that a slice lasts for minutes.
      assertThat(bytes / nanos).isBetween(0.1, 20_000.0);
    }
  }
}
