package io.github.attn4j.bench.cli;

import static io.github.attn4j.core.report.BenchCell.Status.BUILD_FAILED;
import static io.github.attn4j.core.report.BenchCell.Status.FAILED;
import static io.github.attn4j.core.report.BenchCell.Status.MEASURED;
import static io.github.attn4j.core.report.BenchCell.Status.NEVER_ENDED;
import static io.github.attn4j.core.report.BenchCell.Status.OUT_OF_MEMORY;
import static io.github.attn4j.core.report.BenchCell.Status.SKIPPED;
import static io.github.attn4j.core.report.BenchCell.Status.UNSUPPORTED;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.core.check.MaskQuality;
import io.github.attn4j.core.report.BenchCell;
import io.github.attn4j.core.report.BenchReport;
import io.github.attn4j.core.report.Environment;
import io.github.attn4j.core.report.JsonReport;
import io.github.attn4j.core.report.Measurement;
import io.github.attn4j.core.report.Noise;
import io.github.attn4j.core.report.Sparsity;
import io.github.attn4j.core.report.Speedup;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class SweepCommandsTest {
  @TempDir private Path folder = Path.of("");
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int attn(String... arguments) {
    CommandLine commandLine = AttnCommand.commandLine();
    commandLine.setOut(new PrintWriter(out, true));
    commandLine.setErr(new PrintWriter(err, true));
    return commandLine.execute(arguments);
  }

  @Test
  void contextsThatMakeNoSenseAreUsageErrors() {
    assertThat(attn("bench", "--n", "many")).isEqualTo(2);
    assertThat(attn("bench", "--n", "8..4")).isEqualTo(2);
    assertThat(attn("bench", "--input", "normal", "--n", "8", "--heads", "0")).isEqualTo(2);
    assertThat(attn("bench", "--input=normal", "--n=8", "--forks=0")).isEqualTo(2);
    assertThat(err.toString())
        .contains("'many'")
        .contains("'8..4'")
        .contains("query heads")
        .contains("--forks 0");
  }

  @Test
  void shapesThatMakeNoSenseAreUsageErrorsThatNameTheValue() {
    assertThat(attn("bench", "--mask", "wide")).isEqualTo(2);
    assertThat(attn("bench", "--kv-heads=3")).isEqualTo(2);
    assertThat(attn("bench", "--shapes=llama-9")).isEqualTo(2);
    assertThat(attn("bench", "--shapes=gpt-2", "--n=64")).isEqualTo(2);
    assertThat(attn("bench", "--shapes=gpt-2", "--input=model")).isEqualTo(2);
    assertThat(err.toString())
        .contains("mask 'wide' is none of full, causal")
        .contains("8 query heads do not divide among 3")
        .contains("'llama-9' is neither a file nor one of all, bert-base")
        .contains("--n shapes the sweep, which --shapes replaces")
        .contains("--input model brings its own shape");
  }

  @Test
  void aFileOfShapesThatIsNoneIsRefusedByName() throws IOException {
    Path file = Files.writeString(folder.resolve("shapes.json"), "[{\"model\": \"m\"}]");
    assertThat(attn("bench", "--shapes=" + file)).isEqualTo(8);
    assertThat(err.toString()).contains("shapes.json").contains("shape 1");
  }

  @Test
  void everyOptionOfASweepShapesItsCells() {
    assertThat(
            attn(
                "bench",
                "--input=normal",
                "--kernel=java:flash",
                "--n=32,64",
                "--queries=1",
                "--batch=3",
                "--heads=6",
                "--kv-heads=2",
                "--d=16,24",
                "--mask=full, window( 7, 0 )",
                "--cell-limit=0.01",
                "--output=" + folder))
        .isEqualTo(3);
    BenchReport report = JsonReport.readBench(folder.resolve("report.json"));
    assertThat(report.cells()).hasSize(8);
    assertThat(report.cells())
        .extracting(BenchCell::shape)
        .contains("B3 H6/2 S1x32 D16 full", "B3 H6/2 S1x64 D24 window(7,0)");
    assertThat(report.cells().getLast().visiblePairs()).isEqualTo(3L * 6 * 8);
  }

  @Test
  void aSweepOfDensityHasWindowsAndRandomBlocksUpToTheWholeContext() {
    assertThat(SparsityCommand.masks(256, 7, false))
        .containsExactly(
            "window(255,0)",
            "window(127,0)",
            "window(63,0)",
            "hash(7, h, p / 64, k / 64) % 1000 < 1000",
            "hash(7, h, p / 64, k / 64) % 1000 < 500",
            "hash(7, h, p / 64, k / 64) % 1000 < 200",
            "hash(7, h, p / 64, k / 64) % 1000 < 100",
            "hash(7, h, p / 64, k / 64) % 1000 < 50",
            "hash(7, h, p / 64, k / 64) % 1000 < 20",
            "hash(7, h, p / 64, k / 64) % 1000 < 10");
    assertThat(SparsityCommand.masks(200, 7, true))
        .startsWith("window(128,128)", "window(64,64)", "window(32,32)");
  }

  @Test
  void densitiesAreThereWhereNothingWasMeasured() {
    assertThat(
            attn(
                "sparsity",
                "--n=256",
                "--kernel=java:flash",
                "--cell-limit=0.01",
                "--output=" + folder))
        .isEqualTo(3);
    BenchReport report = JsonReport.readBench(folder.resolve("report.json"));
    assertThat(report.cells()).hasSize(10).allMatch(cell -> cell.status() == SKIPPED);
    assertThat(report.cells().get(2).sparsity())
        .isEqualTo(
            new Sparsity((63 * 64 / 2 + 193 * 64) / 65536.0, 7 / 16.0, 16, 7, 0, null, null, null));
    assertThat(out.toString()).contains("64x64", "blocks", "skipped, predicted");
  }

  @Test
  void aSweepOfDensityThatMakesNoSenseIsAUsageError() {
    assertThat(attn("sparsity", "--n=100")).isEqualTo(2);
    assertThat(attn("sparsity", "--input=model", "--heads=2")).isEqualTo(2);
    assertThat(attn("sparsity", "--input=gaussian")).isEqualTo(2);
    assertThat(attn("sparsity", "--d=0")).isEqualTo(2);
    assertThat(err.toString())
        .contains("--n 100 has no blocks of 64 to leave out")
        .contains("--input model has 12 heads of 32")
        .contains("'gaussian'")
        .contains("head dimension");
  }

  @Test
  @Tag("full")
  void aMaskIsMeasuredBesideTheFullOneAndJudged() {
    assertThat(
            attn(
                "bench",
                "--input=model",
                "--kernel=java:flash",
                "--mask=window(63,63)",
                "--forks=1",
                // A busy machine skips what these do not leave time for, and says so.
                "--cell-limit=300",
                "--time-budget=600",
                "--output=" + folder))
        .isEqualTo(0);
    BenchReport report = JsonReport.readBench(folder.resolve("report.json"));
    assertThat(report.cells()).hasSize(2).allMatch(cell -> cell.status() == MEASURED);
    assertThat(report.cells())
        .allSatisfy(cell -> {
          Sparsity sparsity = Objects.requireNonNull(cell.sparsity());
          Speedup gain = Objects.requireNonNull(sparsity.speedup());
          MaskQuality quality = Objects.requireNonNull(sparsity.quality());
          assertThat(gain.ideal()).isEqualTo(1 / sparsity.blockDensity());
          assertThat(gain.achieved().median()).isPositive();
          assertThat(gain.achieved().samples()).isPositive();
          assertThat(quality.meanRetainedMass()).isBetween(0.001, 0.999);
          assertThat(quality.meanOutputError()).isBetween(0.001, 2.0);
          assertThat(quality.emptyRows()).isZero();
        });
    assertThat(out.toString()).contains("of the ideal speed-up (").contains("launched by turns");
  }

  @Test
  @Tag("full")
  void aMaskWithoutAVisiblePairSaysWhyItHasNoRatio() {
    assertThat(
            attn(
                "bench",
                "--input=normal",
                "--kernel=java:flash",
                "--n=64",
                "--mask=k > 9999",
                "--forks=1",
                "--output=" + folder))
        .isEqualTo(0);
    BenchCell cell = JsonReport.readBench(folder.resolve("report.json")).cells().getFirst();
    assertThat(cell.status()).isEqualTo(MEASURED);
    assertThat(Objects.requireNonNull(cell.sparsity()).speedup()).isNull();
    assertThat(cell.note()).contains("no pair is visible");
  }

  @Test
  void anInputThatIsNoneIsAUsageErrorThatNamesThemAll() {
    assertThat(attn("bench", "--input", "model,gaussian")).isEqualTo(2);
    assertThat(err.toString())
        .contains("'gaussian'")
        .contains("model, normal, uniform, large-logit, one-hot");
  }

  @Test
  void optionsOfASweepThatIsLeftOutAreUsageErrors() {
    assertThat(attn("bench", "--input=model", "--n=64")).isEqualTo(2);
    assertThat(attn("bench", "--input=model", "--d=64")).isEqualTo(2);
    assertThat(err.toString()).contains("--n shapes").contains("--d shapes");
  }

  @Test
  @Tag("full")
  void aSweepMeasuresChecksAndSkips() {
    assertThat(
            attn(
                "bench",
                "--input=normal",
                "--n",
                "64..128",
                "--kernel",
                "java:flash",
                "--forks",
                "2",
                "--output",
                folder.toString()))
        .isEqualTo(0);
    BenchReport report = JsonReport.readBench(folder.resolve("report.json"));
    assertThat(report.complete()).isTrue();
    assertThat(report.cells()).hasSize(2).allMatch(cell -> cell.status() == MEASURED);
    assertThat(report.cells())
        .allSatisfy(cell -> {
          Measurement measurement = Objects.requireNonNull(cell.measurement());
          assertThat(measurement.forks()).isBetween(1, 2);
          assertThat(measurement.checkedRows()).isEqualTo(measurement.rows()).isGreaterThan(500);
          // Neighbours have taken it to 0.0006, and then the cell says that it was disturbed.
          double least = cell.note().startsWith("disturbed") ? Double.MIN_VALUE : 0.001;
          assertThat(measurement.shareOfFmaCeiling()).isBetween(least, 1.05);
          assertThat(measurement.shareOfBandwidth()).isBetween(0.0, 1.05);
          assertThat(measurement.scratchBytes()).isEqualTo(measurement.scratchFormulaBytes());
          assertThat(Objects.requireNonNull(measurement.coldKernelNanos()).samples()).isPositive();
          // Two input sets and each iteration: fewer of these where neighbours slow them down.
          assertThat(measurement.downloadNanos().samples()).isGreaterThan(2);
          assertThat(measurement.halfWidthPercent()).isPositive().isFinite();
        });
    assertThat(report.ceilings()).hasSize(1);
    assertThat(report.ceilings().getFirst().bandwidth()).isNotEmpty();
    assertThat(folder.resolve("jmh.json")).content().contains("rawDataHistogram", "kernel");
  }

  @Test
  void aCellThatCannotKeepTheLimitIsSkippedWithoutAFork() {
    assertThat(
            attn(
                "bench",
                "--input=normal",
                "--n=64",
                "--kernel=java:flash",
                "--cell-limit=0.1",
                "--output=" + folder))
        .isEqualTo(3);
    assertThat(out.toString()).contains("skipped, predicted").contains("--cell-limit");
  }

  @Test
  @Tag("full")
  @Tag("measures")
  void theFirstCellOfAKernelKeepsBothLimits() {
    // A launch of this shape takes a minute or more on any CPU, and nothing is known beforehand.
    for (List<String> limits :
        List.of(
            List.of("--cell-limit=20", "--time-budget=1000"),
            List.of("--cell-limit=1000", "--time-budget=15"))) {
      long start = System.nanoTime();
      assertThat(
              attn(
                  "bench",
                  "--input=normal",
                  "--n=131072",
                  "--kernel=java:flash",
                  limits.get(0),
                  limits.get(1),
                  "--output=" + folder))
          .isEqualTo(3);
      assertThat((System.nanoTime() - start) / 1e9).isLessThan(30);
      BenchCell cell = JsonReport.readBench(folder.resolve("report.json")).cells().getFirst();
      assertThat(cell.status()).isEqualTo(SKIPPED);
      assertThat(cell.note()).contains("skipped, predicted");
    }
  }

  @Test
  void theGravestCellDecidesTheExitCodeOfABenchmark() {
    assertThat(benchExit(MEASURED, SKIPPED, OUT_OF_MEMORY, UNSUPPORTED)).isEqualTo(0);
    assertThat(benchExit(SKIPPED, UNSUPPORTED)).isEqualTo(3);
    assertThat(benchExit(SKIPPED, OUT_OF_MEMORY)).isEqualTo(5);
    assertThat(benchExit(MEASURED, OUT_OF_MEMORY, BUILD_FAILED)).isEqualTo(6);
    assertThat(benchExit(MEASURED, BUILD_FAILED, FAILED)).isEqualTo(1);
    assertThat(benchExit(MEASURED, FAILED, NEVER_ENDED, SKIPPED)).isEqualTo(7);
  }

  private static int benchExit(BenchCell.Status... statuses) {
    return ReportedRun.exitCode(
        new BenchReport(
            BenchReport.SCHEMA_VERSION,
            Environment.capture(List.of(), "./attn bench", 1),
            List.of(),
            "flops",
            List.of(),
            Stream.of(statuses).map(SweepCommandsTest::cell).toList(),
            List.of(),
            List.of(),
            new Noise(false, List.of()),
            true));
  }

  private static BenchCell cell(BenchCell.Status status) {
    return new BenchCell(
        "java:flash",
        "java:0",
        "cpu",
        "",
        "shape",
        "normal",
        1,
        8,
        8,
        64,
        64,
        64,
        64,
        "f32",
        "f32",
        "",
        0,
        false,
        "full",
        8L * 64 * 64,
        0,
        0,
        0,
        status,
        "",
        null,
        null);
  }
}
