package io.github.attn4j.bench.cli;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Whether kernels are launched again to see whether they give the same bits. */
final class RepeatOptions {
  private static final int DEFAULT_RUNS = 20;

  @Option(
      names = "--repeat-runs",
      paramLabel = "N|off",
      description =
          "Launches each kernel N times on the same inputs, and on sequences alone and in batches, and says whether the bits are the same. Default: "
              + DEFAULT_RUNS
              + " beside a grid, off for your own tensors and masks.")
  private @Nullable String runs;

  /**
   * How often, or 0.
   *
   * @param grid whether a grid is verified, and not what the user brought
   */
  int runs(boolean grid) {
    if (runs == null) {
      return grid ? DEFAULT_RUNS : 0;
    }
    if (runs.equals("off")) {
      return 0;
    }
    try {
      int count = Integer.parseInt(runs);
      if (count >= 2 && count <= 100_000) {
        return count;
      }
    } catch (NumberFormatException e) {
      // said below, with what it was
    }
    throw new IllegalArgumentException(
        "--repeat-runs=%s: give a number from 2 to 100000, or off".formatted(runs));
  }
}
