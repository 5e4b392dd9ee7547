package io.github.attn4j.core.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.MappingIterator;
import tools.jackson.dataformat.csv.CsvMapper;
import tools.jackson.dataformat.csv.CsvSchema;

class CsvReportTest {
  @TempDir private Path folder = Path.of("");

  @Test
  void figuresAreReadBackToTheLastDigit() throws IOException {
    BenchReport report = SampleSweep.of(8, 3, List.of("normal"), true);
    List<Map<String, String>> rows = rows(report);
    assertThat(rows).hasSameSizeAs(report.cells());
    for (int i = 0; i < rows.size(); i++) {
      Map<String, String> row = rows.get(i);
      BenchCell cell = report.cells().get(i);
      Measurement m = Objects.requireNonNull(cell.measurement());
      assertThat(row)
          .containsEntry("startedAt", report.environment().startedAt())
          .containsEntry("family", new Families(report.cells()).of(cell))
          .containsEntry("kernel", cell.kernel())
          .containsEntry("status", cell.status().name())
          .containsEntry("visiblePairs", Long.toString(cell.visiblePairs()));
      assertThat(Double.parseDouble(row.get("measurement.kernelNanos.median")))
          .isEqualTo(m.kernelNanos().median());
      assertThat(Double.parseDouble(row.get("measurement.shareOfBandwidth")))
          .isEqualTo(m.shareOfBandwidth());
      assertThat(row.get("measurement.coldKernelNanos.samples"))
          .isEqualTo(m.coldKernelNanos() == null ? "" : "10");
      assertThat(row).containsEntry("measurement.settled", Boolean.toString(m.settled()));
    }
  }

  @Test
  void whatThereIsNoneOfIsEmptyAndWhatHasNoBoundIsNamed() throws IOException {
    List<Map<String, String>> rows = rows(SampleReports.bench("x"));
    assertThat(rows.getFirst()).containsEntry("measurement.speedupOverJava", "");
    assertThat(rows.getLast())
        .containsEntry("status", "SKIPPED")
        .containsEntry("measurement.kernelNanos.p10", "")
        .containsEntry("measurement.speedupOverJava", "");
    assertThat(CsvReport.text(SampleSweep.of(1, 1, List.of("normal"), false)))
        .doesNotContain("NaN");
  }

  @Test
  void typesModesAndTokensHaveColumns() throws IOException {
    assertThat(rows(SampleReports.inMode("decode")).getFirst())
        .containsEntry("dtype", "f16")
        .containsEntry("kvDtype", "i8")
        .containsEntry("mode", "decode")
        .containsEntry("pageSize", "64")
        .containsEntry("deterministic", "false")
        .containsEntry("measurement.tokensPerSecond", "1000.0")
        .containsEntry("measurement.keyValueGigabytesPerSecond", "12.5");
  }

  @Test
  void whatMasksGainHasColumns() throws IOException {
    BenchReport report = SampleSparsity.of("model", true);
    List<Map<String, String>> rows = rows(report);
    Sparsity sparsity = Objects.requireNonNull(report.cells().getFirst().sparsity());
    assertThat(rows.getFirst())
        .containsEntry("sparsity.blockDensity", Double.toString(sparsity.blockDensity()))
        .containsEntry("sparsity.blockMap.bytes", "")
        .containsEntry("sparsity.speedup.denseNanos.median", "4.0E7")
        .containsEntry("sparsity.quality.emptyRows", "3");
    assertThat(rows.getLast()).containsEntry("sparsity.speedup.ideal", "");
    assertThat(rows(SampleReports.bench("")).getFirst()).containsEntry("sparsity.blocks", "");
  }

  @Test
  void linesEndAsTheStandardSaysAndEachHasEveryColumn() {
    String text = CsvReport.text(SampleSweep.of(2, 2, List.of("normal"), false));
    assertThat(text).endsWith("\r\n");
    List<String> lines = text.lines().toList();
    assertThat(lines).hasSize(1 + 8);
    assertThat(text.split("\r\n", -1)).hasSize(1 + 8 + 1);
    // Nothing in this report needs quotes around a comma.
    long commas = lines.getFirst().chars().filter(c -> c == ',').count();
    assertThat(lines).allMatch(line -> line.chars().filter(c -> c == ',').count() == commas);
    assertThat(lines.getFirst()).startsWith("startedAt,gitCommit,family,kernel,deviceId");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "say \"no\", twice",
        "line one\nline two\r\nthree",
        "a,b",
        " padded ",
        "ends with \""
      })
  void notesComeBackAsTheyWere(String note) throws IOException {
    assertThat(rows(SampleReports.bench(note)).get(3)).containsEntry("note", note);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "=HYPERLINK(\"http://x\")",
        "+1+1",
        "-2+3",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "=1,\"\n=2"
      })
  void noNoteBecomesAFormula(String note) throws IOException {
    assertThat(rows(SampleReports.bench(note)).get(3)).containsEntry("note", "'" + note);
  }

  @Test
  void aReportWithoutCellsHasAHeader() {
    BenchReport sample = SampleReports.bench("");
    BenchReport empty =
        new BenchReport(
            BenchReport.SCHEMA_VERSION,
            sample.environment(),
            List.of(),
            "",
            List.of(),
            List.of(),
            List.of(),
            List.of(),
            sample.noise(),
            false);
    assertThat(CsvReport.text(empty))
        .isEqualTo(CsvReport.text(sample).lines().findFirst().get() + "\r\n");
  }

  @Test
  void aFileThatCannotBeWrittenIsNamed() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "");
    assertThatThrownBy(() -> CsvReport.write(file.resolve("report.csv"), SampleReports.bench("")))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("report.csv");
  }

  private List<Map<String, String>> rows(BenchReport report) throws IOException {
    Path file = folder.resolve("report.csv");
    CsvReport.write(file, report);
    try (MappingIterator<Map<String, String>> rows =
        new CsvMapper()
            .readerFor(Map.class)
            .with(CsvSchema.emptySchema().withHeader())
            .readValues(Files.readString(file))) {
      return rows.readAll();
    }
  }
}
