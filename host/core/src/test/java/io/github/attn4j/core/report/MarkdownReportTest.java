package io.github.attn4j.core.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class MarkdownReportTest {
  @Test
  void everyRowOfTheTableHasElevenColumns() {
    String table = MarkdownReport.benchTable(SampleReports.bench("a | b \\ c\nd"));
    assertThat(table)
        .contains("of bandwidth")
        .contains(
            "| 2.000 (1.800..2.200) | 500.0 | 50.0 % (80.0 %) | 30.0 % L2 (90.0 %) | 0.5 | 16 of 4,096 | 0.250 |")
        .contains("| a \\| b \\\\ c d |");
    assertThat(table.lines().filter(line -> line.startsWith("|")))
        .hasSize(2 + 6)
        .allMatch(line -> line.replace("\\|", "").chars().filter(c -> c == '|').count() == 12);
  }

  @Test
  void aNoisyRunSaysSoBelowItsTable() {
    assertThat(MarkdownReport.benchTable(SampleReports.bench("")))
        .contains("**The machine was noisy**: the FMA ceiling of opencl:0 drifted by 12.0 %.");
    assertThat(MarkdownReport.benchTable(SampleSweep.of(1, 1, List.of("normal"), false)))
        .doesNotContain("machine was");
  }

  @Test
  void whatKernelsWereTunedToStandsBelowTheTable() {
    BenchReport report = SampleReports.bench("");
    assertThat(report.tuningsUsed()).isNotEmpty();
    assertThat(MarkdownReport.benchTable(report))
        .contains("Tuned: " + String.join("; ", report.tuningsUsed()) + ".")
        .contains(" with BLOCK_KV=128 QUERY_TILES=2");
  }

  @Test
  void theGrowthTableHoldsExponentsCliffsAndCrossovers() {
    assertThat(MarkdownReport.growthTable(SampleReports.bench("")))
        .contains(
            "| `opencl:naive` | `opencl:0` | normal | B1 H8 D64 full | N | 2.010 ± 0.030 |"
                + " 1,024, 2,048, 4,096 | N = 4,096: +37.0 % |")
        .contains("`opencl:0`: opencl:flash beats opencl:naive at every context from 128 to 4096");
  }

  @Test
  void tooFewPointsMakeNoExponentOrNoInterval() {
    // 256 to 1,024 leaves a single point, 256 to 2,048 two.
    assertThat(MarkdownReport.growthTable(SampleSweep.of(1, 3, List.of("normal"), false)))
        .contains("too few points")
        .doesNotContain("NaN");
    assertThat(MarkdownReport.growthTable(SampleSweep.of(1, 4, List.of("normal"), false)))
        .contains("1.987 (no interval)")
        .doesNotContain("NaN");
    assertThat(MarkdownReport.growthTable(SampleSweep.of(1, 1, List.of("normal"), false)))
        .contains("No exponents: they take cells of at least 1024 keys.");
  }

  @Test
  void theDocumentBeginsWithWhatFailed() {
    String text = MarkdownReport.markdown(SampleReports.bench("log\n```\n<script>"));
    assertThat(
            text.indexOf("**Failed: `opencl:naive` on `opencl:0`, normal, B1 H8 S512 D64 full**"))
        .isBetween(0, text.indexOf("## Fastest"));
    // The fence outlasts the one in the note, so that nothing of it becomes markup.
    assertThat(text).contains("````text\nlog\n```\n<script>\n````");
    assertThat(text)
        .contains("**Build failed: `opencl:flash`")
        .contains("**The machine was noisy**")
        .contains(
            "| normal | B1 H8 S256 D64 full | `java:flash` | `java:0` | 1.000 | 50.0 % (80.0 %) | 30.0 % L2 (90.0 %) | 0.250 |")
        .contains("## Growth")
        .contains("```text\n./attn bench\n```")
        .contains(
            "| ceilings of opencl:0 | FMA 500.0 GFLOP/s (fma_16x8), drift 3.5 %; L2 200.0 GB/s");
  }

  @Test
  void modelsOfOneShapeStayApart() {
    String text = MarkdownReport.markdown(SampleSweep.of(2, 2, List.of("normal"), true));
    assertThat(text)
        .contains("The machine was steady.")
        .contains("| normal | llama-3-8b prefill: B1 H32/8 S8192 D128 causal | `opencl:tiled")
        .contains("with uncommitted changes");
  }

  @Test
  void rowsOfSeveralInputsAndDevicesAreToldApart() {
    BenchReport one = SampleReports.inMode("decode");
    BenchCell cell =
        one.cells().stream().filter(any -> any.measurement() != null).findFirst().orElseThrow();
    assertThat(ServingTable.of(with(one, List.of(cell)))).startsWith("| mode | shape | Q and O |");
    BenchCell other = Cells.from(cell, "opencl:9", "large-logit");
    assertThat(ServingTable.of(with(one, List.of(cell, other))))
        .startsWith("| mode | input | device | shape | Q and O |")
        .contains("| decode | large-logit | opencl:9 | ")
        .contains("| decode | %s | %s | ".formatted(cell.input(), cell.deviceId()));
  }

  @Test
  void whatServersRunIsShownByTokensFirst() {
    assertThat(MarkdownReport.table(SampleReports.inMode("decode")))
        .startsWith("| mode | ")
        .contains("tokens/s")
        .contains("| input | shape | kernel |");
    assertThat(MarkdownReport.table(SampleSweep.of(2, 2, List.of("normal"), true)))
        .startsWith("| input | shape | kernel |")
        .doesNotContain("tokens/s");
  }

  private static BenchReport with(BenchReport sample, List<BenchCell> cells) {
    return new BenchReport(
        sample.schemaVersion(),
        sample.environment(),
        sample.ceilings(),
        sample.flopConvention(),
        sample.kernels(),
        cells,
        List.of(),
        List.of(),
        sample.noise(),
        true);
  }

  @Test
  void modesHaveATableOfTokensAndBandwidth() {
    assertThat(MarkdownReport.markdown(SampleReports.bench(""))).doesNotContain("tokens/s");
    String text = MarkdownReport.markdown(SampleReports.inMode("decode"));
    String rows = text.substring(text.indexOf("## Tokens"), text.indexOf("## Every cell"));
    assertThat(rows)
        .contains(
            "| decode | opencl:0 | B1 H8 S128 D64 full | f16 | i8 | `opencl:naive` | 2.000 | 1,000 | 12.5 | 30.0 % L2 | 90.0 % |");
    assertThat(rows.lines().filter(line -> line.startsWith("|")))
        .hasSize(2 + 3)
        .allMatch(line -> line.chars().filter(c -> c == '|').count() == 12);
  }

  @Test
  void whatMasksGainHasATableOfItsOwn() {
    String text = MarkdownReport.markdown(SampleSparsity.of("model", true));
    assertThat(text)
        .contains("## What masks gain and do")
        .contains(
            "| model | B1 H8 S8192 D64 window(8191,0) | `opencl:flash_query_lanes` | 49.22 % |")
        .contains("| 12.3 ms, 34,567 | 40.000 | 10.00x |")
        .contains("| 3 of 504 |");
    String rows = text.substring(text.indexOf("## What masks gain"), text.indexOf("## Growth"));
    assertThat(rows.lines().filter(line -> line.startsWith("|")))
        .hasSize(2 + 31)
        .allMatch(line -> line.chars().filter(c -> c == '|').count() == 14);
    assertThat(MarkdownReport.markdown(SampleReports.bench(""))).doesNotContain("What masks gain");
  }

  @Test
  void sharesByTurnsStandBesideThoseOfTheBest() {
    String table = MarkdownReport.benchTable(SampleReports.bench(""));
    assertThat(table)
        .contains("| 50.0 % (80.0 %) | 30.0 % L2 (90.0 %) |")
        .contains("are of plain multiply-adds and reads launched by turns");
  }
}
