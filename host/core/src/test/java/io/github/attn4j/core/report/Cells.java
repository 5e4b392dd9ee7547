package io.github.attn4j.core.report;

/** Made-up measured cells, for what is computed from them. */
final class Cells {
  private Cells() {}

  /** A cell of full attention. */
  static BenchCell full(String kernel, int length, double nanos) {
    return cell(kernel, length, "full", 8L * length * length, 0, nanos, 1, 0, true);
  }

  /** A cell behind a mask. */
  static BenchCell masked(
      String kernel, int length, long visiblePairs, long visitedTiles, double nanos) {
    return cell(kernel, length, "window(255,0)", visiblePairs, visitedTiles, nanos, 1, 0, true);
  }

  /** A cell of full attention that is no square. */
  static BenchCell lengths(int queries, int keys) {
    return cell("a:x", queries, keys, "full", 8L * queries * keys, 0, 1, 1, 0, true);
  }

  static BenchCell cell(
      String kernel,
      int length,
      String mask,
      long visiblePairs,
      long visitedTiles,
      double nanos,
      double halfWidthPercent,
      double ceilingDropPercent,
      boolean settled) {
    return cell(
        kernel,
        length,
        length,
        mask,
        visiblePairs,
        visitedTiles,
        nanos,
        halfWidthPercent,
        ceilingDropPercent,
        settled);
  }

  private static BenchCell cell(
      String kernel,
      int queryLength,
      int length,
      String mask,
      long visiblePairs,
      long visitedTiles,
      double nanos,
      double halfWidthPercent,
      double ceilingDropPercent,
      boolean settled) {
    Quantiles quantiles = new Quantiles(nanos, nanos, nanos, 10);
    int tile = visitedTiles > 0 ? 32 : 0;
    return new BenchCell(
        kernel,
        "opencl:0",
        "device",
        "",
        "B1 H8 S%d D64 %s".formatted(length, mask),
        "normal",
        1,
        8,
        8,
        queryLength,
        length,
        64,
        64,
        "f32",
        "f32",
        "",
        0,
        false,
        mask,
        visiblePairs,
        tile,
        tile,
        visitedTiles,
        BenchCell.Status.MEASURED,
        "",
        new Measurement(
            quantiles,
            null,
            quantiles,
            quantiles,
            quantiles,
            1,
            true,
            halfWidthPercent,
            settled,
            1,
            ceilingDropPercent,
            1,
            1,
            0.5,
            1,
            1,
            "",
            Double.NaN,
            0,
            0,
            0,
            0.1,
            1,
            1,
            1,
            Double.NaN,
            "",
            null,
            null,
            1,
            1,
            null),
        null);
  }

  /** The same cell stored otherwise, or measured in a mode. */
  static BenchCell stored(BenchCell like, String dtype, String kvDtype, String mode, int pageSize) {
    return new BenchCell(
        like.kernel(),
        like.deviceId(),
        like.device(),
        like.model(),
        like.shape(),
        like.input(),
        like.batch(),
        like.queryHeads(),
        like.kvHeads(),
        like.queryLength(),
        like.keyLength(),
        like.headDim(),
        like.valueDim(),
        dtype,
        kvDtype,
        mode,
        pageSize,
        false,
        like.mask(),
        like.visiblePairs(),
        like.tileQueries(),
        like.tileKeys(),
        like.visitedTiles(),
        like.status(),
        like.note(),
        like.measurement(),
        like.sparsity());
  }

  /** The same cell of another input on another device. */
  static BenchCell from(BenchCell like, String deviceId, String input) {
    return new BenchCell(
        like.kernel(),
        deviceId,
        like.device(),
        like.model(),
        like.shape(),
        input,
        like.batch(),
        like.queryHeads(),
        like.kvHeads(),
        like.queryLength(),
        like.keyLength(),
        like.headDim(),
        like.valueDim(),
        like.dtype(),
        like.kvDtype(),
        like.mode(),
        like.pageSize(),
        like.deterministic(),
        like.mask(),
        like.visiblePairs(),
        like.tileQueries(),
        like.tileKeys(),
        like.visitedTiles(),
        like.status(),
        like.note(),
        like.measurement(),
        like.sparsity());
  }
}
