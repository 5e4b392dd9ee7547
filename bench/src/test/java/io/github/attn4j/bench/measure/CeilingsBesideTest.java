package io.github.attn4j.bench.measure;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.core.kernel.BackendException;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.opencl.OpenClBackend;
import io.github.attn4j.opencl.OpenClSession;
import io.github.attn4j.opencl.ReadBandwidth;
import java.util.Objects;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class CeilingsBesideTest {
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
  void memoryIsReadOnlyBesideWhatNoCacheHolds() {
    try (OpenClSession session = backend.openSession(device)) {
      new CeilingsBeside(session, decoding(device.beyondCachesBytes() / 2), log).slice(true);
      assertThat(log.count(CellLog.Series.PLAIN_READ)).isZero();
      assertThat(log.count(CellLog.Series.PLAIN_FMA)).isPositive();
    }
  }

  @Test
  void timesAreThoseOfTheKernelsOwnOperationsAndBytes() {
    AttentionSpec spec = decoding(device.beyondCachesBytes());
    try (OpenClSession session = backend.openSession(device)) {
      CeilingsBeside ceilings = new CeilingsBeside(session, spec, log);
      ceilings.slice(false);
      assertThat(log.series()).isEmpty();
      ceilings.slice(true);
      // No device computes 10 PFLOP/s or reads 20 TB/s, and none so little that a slice takes
      // minutes.
      assertThat(spec.flops() / mean(CellLog.Series.PLAIN_FMA)).isBetween(0.1, 1e7);
      assertThat(spec.compulsoryBytes() / mean(CellLog.Series.PLAIN_READ)).isBetween(0.1, 2e4);
    }
  }

  @Test
  void withoutRoomForReadsTheCellSaysSoAndGoesOn() {
    Supplier<ReadBandwidth> full =
        () -> {
          throw new BackendException.OutOfMemory("plain reads", 512 << 20, 1 << 20);
        };
    assertThat(CeilingsBeside.measuredIfThereIsRoom(full, log)).isNull();
    assertThat(log.scalars()).containsEntry(CeilingsBeside.NO_ROOM_FOR_READS, 1.0);
  }

  private double mean(CellLog.Series series) {
    return Objects.requireNonNull(log.series().get(series)).getStatistics(1).getMean();
  }
}
