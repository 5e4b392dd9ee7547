package io.github.attn4j.core.blockmap;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.core.expression.Domain;
import io.github.attn4j.core.expression.MaskExpression;
import io.github.attn4j.core.expression.Presets;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A million tokens: a map costs its boundary, not its area. */
class MillionTokenMapsTest {
  private static final int TOKENS = 1 << 20;
  private static final int ROWS = TOKENS / 64;
  private static final Domain DOMAIN = Domain.of(TOKENS, TOKENS);

  @Test
  void causal() {
    MaskExpression mask = Presets.named("causal").mask(DOMAIN, Map.of());
    BlockMap map = BlockMap.of(mask, DOMAIN, BlockSize.STANDARD);
    assertThat(map.blocksEnumerated()).isEqualTo(ROWS);
    assertThat(map.bytes()).isLessThan(500_000);
    BlockCounts counts = map.counts(mask.compile(DOMAIN));
    assertThat(counts.visiblePairs()).isEqualTo((long) TOKENS * (TOKENS + 1L) / 2);
    assertThat(counts.partialBlocks()).isEqualTo(ROWS);
    assertThat(counts.fullBlocks()).isEqualTo((long) ROWS * (ROWS - 1L) / 2);
    assertThat(counts.emptyBlocks()).isEqualTo(counts.fullBlocks());
    assertThat(counts.pairs()).isEqualTo((long) TOKENS * TOKENS);
  }

  @Test
  void window() {
    MaskExpression mask = Presets.named("window").mask(DOMAIN, Map.of("left", 512, "right", 0));
    BlockMap map = BlockMap.of(mask, DOMAIN, BlockSize.STANDARD);
    assertThat(map.blocksEnumerated()).isLessThan(4L * ROWS);
    assertThat(map.bytes()).isLessThan(1_000_000);
    BlockCounts counts = map.counts(mask.compile(DOMAIN));
    assertThat(counts.visiblePairs()).isEqualTo(513L * TOKENS - 512L * 513 / 2);
    // A row's own block and the one 512 keys back; between them, seven full ones.
    assertThat(counts.partialBlocks()).isEqualTo(2L * ROWS - 8);
    assertThat(counts.fullBlocks()).isEqualTo(7L * ROWS - 28);
  }

  /** In a process of its own: 64 MB of heap for all it does, and a clock that starts cold. */
  @Test
  void bothInTwoSecondsAndSixtyFourMegabytes() throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                MillionTokenMapsTest.class.getName())
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    double seconds = Double.parseDouble(output.strip().split(" ", -1)[0]);
    assertThat(seconds).as(output).isLessThan(2);
  }

  /** Prints the CPU seconds that building both maps took: other processes do not count. */
  public static void main(String[] arguments) {
    long start = cpuNanos();
    for (String name : List.of("causal", "window")) {
      Map<String, Number> sides =
          name.equals("window") ? Map.of("left", 512, "right", 0) : Map.of();
      BlockMap map =
          BlockMap.of(Presets.named(name).mask(DOMAIN, sides), DOMAIN, BlockSize.STANDARD);
      if (map.planes().getFirst().rows() != ROWS) {
        throw new AssertionError(name);
      }
    }
    System.out.printf(
        "%.3f CPU seconds%n", (cpuNanos() - start) / (double) TimeUnit.SECONDS.toNanos(1));
  }

  private static long cpuNanos() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }
}
