package io.github.attn4j.core.report;

import io.github.attn4j.core.kernel.CacheLevel;
import io.github.attn4j.core.kernel.DeviceInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;

/** Made-up reports as large as real ones, with figures that a small machine could show. */
final class SampleSweep {
  static final List<String> KERNELS =
      List.of(
          "opencl:naive",
          "opencl:tiled_three_pass",
          "opencl:online_softmax",
          "opencl:flash",
          "opencl:flash_query_lanes",
          "java:flash",
          "opencl:flash_split_kv",
          "opencl:flash_half_precision");

  private static final double FMA = 92;
  private static final List<BandwidthCeiling> LEVELS =
      List.of(
          new BandwidthCeiling("L1", 16 << 10, 210, "read_16x4", 190, ""),
          new BandwidthCeiling("L2", 512 << 10, 95, "read_16x4", 88, ""),
          new BandwidthCeiling("L3", 8 << 20, 41, "read_16x8", 44, ""),
          new BandwidthCeiling(
              "memory",
              256 << 20,
              13.5,
              "read_16x8",
              Double.NaN,
              "67,108,864 bytes, an eighth of the memory available: part of the rate may be a cache's"));

  private final SplittableRandom random = new SplittableRandom(7);
  private final List<BenchCell> cells = new ArrayList<>();
  private final List<Growth> growth = new ArrayList<>();

  private SampleSweep() {}

  /** Two families of each input, or one and a few models' shapes, which have one context each. */
  static BenchReport of(int kernels, int contexts, List<String> inputs, boolean models) {
    SampleSweep sweep = new SampleSweep();
    List<String> names = KERNELS.subList(0, kernels);
    for (String input : inputs) {
      for (String mask : contexts == 1 ? List.of("full") : List.of("full", "causal")) {
        for (int i = 0; i < contexts; i++) {
          sweep.problem(names, input, "", 8, 8, 256 << i, 64, mask);
        }
        sweep.grow(names, input, mask);
      }
    }
    if (models) {
      sweep.problem(names, "normal", "gpt2-small prefill", 12, 12, 1024, 64, "causal");
      sweep.problem(names, "normal", "llama-3-8b prefill", 32, 8, 8192, 128, "causal");
      sweep.problem(names, "normal", "mistral-7b prefill", 32, 8, 4096, 128, "window_4096");
    }
    return sweep.report(names);
  }

  private void problem(
      List<String> kernels,
      String input,
      String model,
      int heads,
      int kvHeads,
      int n,
      int d,
      String mask) {
    long pairs = (long) heads * n * (mask.equals("full") ? n : n / 2);
    for (String kernel : kernels) {
      int rank = KERNELS.indexOf(kernel);
      boolean keeps = rank < 2;
      Measurement m =
          keeps && n > 16384 ? null : measurement(rank, keeps, heads, kvHeads, n, d, pairs);
      boolean java = kernel.startsWith("java");
      cells.add(
          new BenchCell(
              kernel,
              java ? "java:0" : "opencl:0",
              java ? "Java on 2 cores" : "cpu-haswell-Intel(R) Xeon(R) Processor @ 2.10GHz",
              model,
              "B1 H%d%s S%d D%d %s"
                  .formatted(heads, heads == kvHeads ? "" : "/" + kvHeads, n, d, mask),
              input,
              1,
              heads,
              kvHeads,
              n,
              n,
              d,
              d,
              "f32",
              "f32",
              "",
              0,
              false,
              mask,
              pairs,
              rank > 2 ? 32 : 0,
              rank > 2 ? 32 : 0,
              rank > 2 ? pairs / 1024 + n / 32 : 0,
              m == null ? BenchCell.Status.SKIPPED : BenchCell.Status.MEASURED,
              m == null
                  ? "predicted to take 41 s; the limit of a cell is 20 s: --cell-limit"
                  : m.settled() ? "" : "the half-width is still %.1f %%".formatted(5.5),
              m,
              null));
    }
  }

  private Measurement measurement(
      int rank, boolean keeps, int heads, int kvHeads, int n, int d, long pairs) {
    double flops = 4.0 * pairs * d;
    double share = new double[] {.04, .09, .16, .31, .55, .48, .42, .6}[rank];
    share *= n / (n + 300.0) * (0.95 + 0.1 * random.nextDouble()) * (keeps && n >= 4096 ? .6 : 1);
    double nanos = flops / (share * FMA);
    long tensors = 4L * n * d * (2L * heads + 2L * kvHeads);
    double gigabytes = tensors / nanos;
    BandwidthCeiling level =
        LEVELS.stream().filter(one -> tensors <= 2 * one.bytes()).findFirst().orElse(LEVELS.get(3));
    long scratch = keeps ? 4L * heads * n * n : rank == 6 ? 1 << 18 : 0;
    boolean settled = n > 512 || rank != 2;
    return new Measurement(
        around(nanos, 40, 0.03),
        rank == 5 ? null : around(1.15 * nanos, 10, 0.05),
        around(45e3, 40, .3),
        around(tensors / 6.0, 3, .1),
        around(tensors / 12.0, 6, .1),
        rank == 5 ? 1_000 : 180_000_000,
        rank % 2 == 0,
        settled ? 0.9 : 5.5,
        settled,
        2,
        n == 2048 ? 8.5 : 0.6,
        flops,
        share * FMA,
        share,
        tensors,
        gigabytes,
        level.level(),
        gigabytes / level.gigabytesPerSecond(),
        scratch,
        scratch,
        tensors + scratch + 4L * heads * n,
        0.02 + 0.3 * random.nextDouble(),
        64L * 64,
        64,
        (long) heads * n,
        rank == 5 ? 1 : share / .48,
        rank > 5 ? "BLOCK_KV=128 QUERY_TILES=2" : "",
        rank == 5 ? null : around(share * nanos / 0.97, 20, 0.05),
        level.level().equals("memory") ? around(0.8 * nanos, 20, 0.1) : null,
        n / nanos * 1e9,
        8L * n * d * kvHeads / nanos,
        null);
  }

  private void grow(List<String> kernels, String input, String mask) {
    for (String kernel : kernels) {
      List<BenchCell> own =
          cells.stream()
              .filter(cell -> cell.kernel().equals(kernel) && cell.input().equals(input))
              .filter(cell -> cell.mask().equals(mask) && cell.measurement() != null)
              .filter(cell -> cell.keyLength() >= Growth.LEAST_LENGTH)
              .toList();
      if (own.isEmpty()) {
        continue;
      }
      BenchCell first = own.getFirst();
      boolean tiles = first.visitedTiles() > 0 && !mask.equals("full");
      List<Growth.Point> points = new ArrayList<>();
      for (BenchCell cell : own) {
        boolean cliff = KERNELS.indexOf(kernel) < 2 && cell.keyLength() == 4096;
        Measurement m = Objects.requireNonNull(cell.measurement());
        points.add(
            new Growth.Point(
                cell.keyLength(),
                tiles ? cell.visitedTiles() : cell.keyLength(),
                m.kernelNanos().median(),
                own.size() < 3 ? Double.NaN : cliff ? 63.1 : random.nextDouble() * 6 - 3,
                cliff));
      }
      growth.add(
          new Growth(
              kernel,
              first.deviceId(),
              input,
              new Families(cells).of(first),
              tiles ? "visited tiles" : "N",
              own.size() < 2 ? Double.NaN : tiles ? 1.013 : 1.987,
              own.size() < 3 ? Double.NaN : 0.031,
              own.size() > 3,
              points));
    }
  }

  private BenchReport report(List<String> kernels) {
    Ceiling fma =
        new Ceiling(
            FMA,
            "fma_16x8",
            88.4,
            6.2,
            List.of(
                new ShapeRate("fma_8x8", 71.5),
                new ShapeRate("fma_16x8", FMA),
                new ShapeRate("fma_16x12", 90.1)));
    return new BenchReport(
        BenchReport.SCHEMA_VERSION,
        new Environment(
            "attn4j",
            "0.1.0",
            "0123456789abcdef0123456789abcdef01234567",
            true,
            "Linux 6.12 amd64",
            "Intel(R) Xeon(R) Processor @ 2.10GHz",
            2,
            "Eclipse Adoptium 25.0.1+8",
            List.of(
                new DeviceInfo(
                    "opencl",
                    0,
                    "cpu-haswell-Intel(R) Xeon(R) Processor @ 2.10GHz",
                    DeviceInfo.Kind.CPU,
                    "7.1",
                    2,
                    6L << 30,
                    512 << 10,
                    4096,
                    List.of(new CacheLevel("L1", 96 << 10), new CacheLevel("L2", 2 << 20)),
                    Map.of("clock", "2100 MHz")),
                new DeviceInfo(
                    "java",
                    0,
                    "Java on 2 cores",
                    DeviceInfo.Kind.CPU,
                    "25.0.1",
                    2,
                    6L << 30,
                    0,
                    1,
                    List.of(),
                    Map.of())),
            "2026-11-21T10:00:00Z",
            "./attn bench --n 256..32768 --heads 8 --d 64 --mask full,causal --input normal,model"
                + " --kernel all --time-budget 600",
            42),
        List.of(
            new DeviceCeiling("opencl:0", fma, LEVELS),
            new DeviceCeiling("java:0", fma, List.of())),
        "2 * pairs * (D + Dv) multiplications and additions of the visible pairs",
        kernels.stream()
            .map(name ->
                KERNELS.indexOf(name) < 2
                    ? new KernelTraits(name, "4*B*Hq*Sq*Skv", true)
                    : new KernelTraits(name, "0", false))
            .toList(),
        cells,
        growth,
        growth.isEmpty()
            ? List.of()
            : List.of(
                new Crossover(
                    growth.getFirst().input(),
                    growth.getFirst().family(),
                    "opencl:0",
                    612,
                    "from N = 612 on opencl:flash_query_lanes beats opencl:tiled_three_pass")),
        new Noise(false, List.of()),
        true);
  }

  private static Quantiles around(double median, int samples, double spread) {
    return new Quantiles((1 - spread) * median, median, (1 + spread) * median, samples);
  }
}
