package io.github.attn4j.jvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.github.attn4j.core.kernel.BandwidthLevel;
import io.github.attn4j.core.kernel.BandwidthTarget;
import io.github.attn4j.core.kernel.CacheLevel;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.Session;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The bandwidth of Vector API loops, and that evicting caches leaves nothing in them. */
class ReadBandwidthTest {
  private static final int LINE_ELEMENTS = 16;

  /** 256 KiB: what a core's own cache keeps, whatever neighbours do to a shared one. */
  private static final int LINES = 1 << 12;

  private final JavaBackend backend = new JavaBackend();
  private final DeviceInfo device = backend.devices().getFirst();

  @Test
  void measuresEveryLevelInEveryShape() {
    try (ReadBandwidth bandwidth = new ReadBandwidth(device)) {
      double first = bandwidth.measure(); // compares each loop's sum with the data's
      double second = bandwidth.measure();
      assertThat(bandwidth.history()).containsExactly(first, second);
      List<BandwidthLevel> levels = bandwidth.levels();
      assertThat(levels)
          .extracting(BandwidthLevel::name)
          .containsExactlyElementsOf(
              Stream.concat(
                      device.caches().stream().map(CacheLevel::name),
                      Stream.of(BandwidthTarget.MEMORY))
                  .toList());
      for (BandwidthLevel level : levels) {
        assertThat(level.shapes()).hasSize(3).containsKey(level.bestShape());
        assertThat(level.shapes().values()).allMatch(rate -> rate > 0 && Double.isFinite(rate));
      }
      assertThat(levels.getLast().gigabytesPerSecond())
          .isGreaterThanOrEqualTo(Math.max(first, second));
      assertThat(levels.getFirst().gigabytesPerSecond())
          .isGreaterThanOrEqualTo(0.8 * levels.getLast().gigabytesPerSecond());
    }
  }

  @Test
  void refusesToMeasureOnceClosed() {
    ReadBandwidth bandwidth = new ReadBandwidth(device);
    bandwidth.close();
    assertThatIllegalStateException()
        .isThrownBy(bandwidth::measure)
        .withMessageContaining("closed");
  }

  @Test
  void evictingWritesBeyondTheCachesAsFarAsTheHeapAllows() {
    Session session = backend.open(device);
    long written = session.evictCaches();
    assertThat(written).isPositive().isLessThanOrEqualTo(device.beyondCachesBytes());
    if (device.memoryBytes() > 16 * device.beyondCachesBytes()) {
      assertThat(written).isEqualTo(device.beyondCachesBytes());
    }
    assertThat(session.evictCaches()).isEqualTo(written);
    session.close();
    assertThatIllegalStateException()
        .isThrownBy(session::evictCaches)
        .withMessageContaining("closed");
  }

  @Test
  void theFirstReadAfterEvictingComesFromMemory() {
    int[] lines = randomCycle();
    for (int warmUp = 0; warmUp < 2000; warmUp++) {
      assertThat(nanos(lines)).isPositive();
    }
    double[] ratios = new double[8];
    try (Session session = backend.open(device)) {
      for (int attempt = 0; attempt < ratios.length; attempt++) {
        ratios[attempt] = coldOverWarm(session, lines);
        // About 30 on a quiet machine; neighbours bring it towards 1.
        if (ratios[attempt] > 3) {
          return;
        }
      }
    }
    assertThat(ratios).as("cold over warm time of reading 256 KiB, each attempt").isEmpty();
  }

  private static double coldOverWarm(Session session, int[] data) {
    long[] cold = new long[15];
    long[] warm = new long[15];
    for (int round = 0; round < cold.length; round++) {
      assertThat(session.evictCaches()).isPositive();
      cold[round] = nanos(data);
      for (int repeat = 0;
          repeat < 20;
          repeat++) { // caches may keep a line at its later reads only
        assertThat(nanos(data)).isPositive();
      }
      warm[round] = nanos(data);
    }
    Arrays.sort(cold);
    Arrays.sort(warm);
    double ratio = (double) cold[7] / warm[7];
    System.out.printf(
        "reading 256 KiB after evictCaches: %.1f us, again: %.1f us, ratio %.2f%n",
        cold[7] / 1e3, warm[7] / 1e3, ratio);
    return ratio;
  }

  /**
   * One cycle through all lines, in an order that no prefetcher foresees: each load waits for the
   * one before, so that what is timed is how far away the data are (Sattolo 1986).
   */
  private static int[] randomCycle() {
    int[] order = new int[LINES];
    Arrays.setAll(order, line -> line);
    Random random = new Random(1);
    for (int line = LINES - 1; line > 0; line--) {
      int other = random.nextInt(line);
      int swapped = order[line];
      order[line] = order[other];
      order[other] = swapped;
    }
    int[] lines = new int[LINES * LINE_ELEMENTS];
    for (int line = 0; line < LINES; line++) {
      lines[line * LINE_ELEMENTS] = order[line] * LINE_ELEMENTS;
    }
    return lines;
  }

  private static long nanos(int[] lines) {
    long start = System.nanoTime();
    int at = 0;
    for (int line = 0; line < LINES; line++) {
      at = lines[at];
    }
    long nanos = System.nanoTime() - start;
    assertThat(at).as("the cycle ends where it began").isZero();
    return nanos;
  }
}
