package io.github.attn4j.core.report;

import io.github.attn4j.core.blockmap.BlockCounts;
import io.github.attn4j.core.check.MaskQuality;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Made-up reports of masked cells, as {@code attn sparsity} writes them. */
final class SampleSparsity {
  static final String RANDOM = "hash(1, h, p / 64, k / 64) % 1000 < ";
  private static final int LENGTH = 8192;
  private static final long BLOCKS = LENGTH / 64 * LENGTH / 64;

  private SampleSparsity() {}

  /** Windows and random blocks for two kernels; the last cell was skipped. */
  static BenchReport of(String input, boolean judged) {
    BenchReport sample = SampleReports.bench("");
    List<BenchCell> cells = new ArrayList<>();
    for (String kernel : List.of("opencl:flash_query_lanes", "java:flash")) {
      double quality = kernel.startsWith("java") ? 0.8 : 0.95;
      for (int width = LENGTH; width >= 64; width /= 2) {
        double density = Math.min(0.504, (width / 64 + 1) / 128.0);
        cells.add(
            cell(kernel, input, "window(%d,0)".formatted(width - 1), density, quality, judged));
      }
      for (int permille : new int[] {1000, 500, 200, 100, 50, 20, 10}) {
        cells.add(
            cell(kernel, input, RANDOM + permille, permille / 1000.0, quality - 0.05, judged));
      }
    }
    cells.add(skipped(cells.getFirst()));
    return new BenchReport(
        BenchReport.SCHEMA_VERSION,
        sample.environment(),
        sample.ceilings(),
        sample.flopConvention(),
        List.of(
            new KernelTraits("opencl:flash_query_lanes", "0", false),
            new KernelTraits("java:flash", "threads * 4", false)),
        cells,
        List.of(),
        List.of(),
        new Noise(false, List.of()),
        true);
  }

  private static BenchCell cell(
      String kernel, String input, String mask, double density, double share, boolean judged) {
    double denseNanos = 40e6;
    // A launch takes its overhead, whatever is listed.
    double nanos = density * denseNanos / share + 50e3;
    BenchCell like = Cells.cell(kernel, LENGTH, mask, 1000, 0, nanos, 1, 0, true);
    long listed = Math.round(density * BLOCKS);
    Sparsity sparsity =
        Sparsity.of(
                new BlockCounts(
                    listed * 4000, BLOCKS * 4096, BLOCKS - listed, listed / 4, listed - listed / 4))
            .with(
                Speedup.of(
                    around(denseNanos), around(denseNanos / nanos), (double) listed / BLOCKS));
    if (!mask.startsWith("window")) {
      sparsity = sparsity.with(new BlockMapCost(12_300_000, 34_567));
    }
    if (judged) {
      double mass = Math.pow(density, mask.startsWith("window") ? 0.4 : 1);
      sparsity = sparsity.with(new MaskQuality(500, 3, 1, mass, mass / 2, 1 - mass, 1.2 - mass));
    }
    return with(like, input, BenchCell.Status.MEASURED, "", like.measurement(), sparsity);
  }

  private static BenchCell skipped(BenchCell like) {
    Sparsity known = Objects.requireNonNull(like.sparsity());
    return with(
        like,
        like.input(),
        BenchCell.Status.SKIPPED,
        "skipped, predicted 14 s; 3 s of the time budget are left (--time-budget)",
        null,
        known.with((Speedup) null).with((MaskQuality) null));
  }

  private static BenchCell with(
      BenchCell like,
      String input,
      BenchCell.Status status,
      String note,
      @Nullable Measurement measurement,
      Sparsity sparsity) {
    String device = like.kernel().replaceFirst(":.*", ":0");
    return new BenchCell(
        like.kernel(),
        device,
        "Abacus " + device.charAt(0),
        "",
        String.format(Locale.ROOT, "B1 H8 S%d D64 %s", LENGTH, like.mask()),
        input,
        1,
        8,
        8,
        LENGTH,
        LENGTH,
        64,
        64,
        like.dtype(),
        like.kvDtype(),
        like.mode(),
        like.pageSize(),
        like.deterministic(),
        like.mask(),
        like.visiblePairs(),
        0,
        0,
        0,
        status,
        note,
        measurement,
        sparsity);
  }

  private static Quantiles around(double median) {
    return new Quantiles(0.95 * median, median, 1.05 * median, 8);
  }
}
