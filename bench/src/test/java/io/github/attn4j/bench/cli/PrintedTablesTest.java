package io.github.attn4j.bench.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.bench.conform.CaseFiles;
import io.github.attn4j.core.check.UlpHistogram;
import io.github.attn4j.core.cost.TransformerPresets;
import io.github.attn4j.core.fuzz.FuzzReport;
import io.github.attn4j.core.fuzz.KernelTally;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.report.BenchReport;
import io.github.attn4j.core.report.Environment;
import io.github.attn4j.core.report.JsonReport;
import io.github.attn4j.core.report.KernelAccuracy;
import io.github.attn4j.core.report.KernelSummary;
import io.github.attn4j.core.report.PeerReport;
import io.github.attn4j.core.report.RepeatSummary;
import io.github.attn4j.opencl.Oclgrind;
import io.github.attn4j.opencl.SanitizedSubject;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Tables that commands print, with contents as long as there are, on 100 columns. */
class PrintedTablesTest {
  private static final Path ROOT =
      Path.of(
          System.getProperty(
              "attn.root", Path.of(System.getProperty("basedir", "."), "..").toString()));

  private static final String LONGEST =
      new Backends()
          .all().stream()
              .flatMap(backend -> backend.kernels().stream())
              .map(KernelVariant::globalId)
              .max(Comparator.comparingInt(String::length))
              .orElseThrow();

  @TempDir private Path folder = Path.of("");

  private static void requireFitting(String table, String... contents) {
    assertThat(table.lines().filter(line -> line.startsWith("+") || line.startsWith("|")))
        .isNotEmpty()
        .allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(Table.WIDEST));
    assertThat(table).contains(contents);
  }

  @Test
  void ofEveryStoredReport() throws IOException {
    int benches = 0;
    int sparse = 0;
    int peers = 0;
    try (Stream<Path> files = Files.list(ROOT.resolve("docs/results"))) {
      for (Path file : files.filter(one -> one.toString().endsWith(".json")).toList()) {
        switch (JsonReport.read(file)) {
          case BenchReport report -> {
            benches++;
            requireFitting(BenchTable.of(report), report.cells().getFirst().kernel());
            if (SparsityTable.of(report).isPresent()) {
              sparse++;
              requireFitting(SparsityTable.of(report).orElseThrow(), "achieved/ideal");
            }
          }
          case PeerReport report -> {
            peers++;
            requireFitting(PeerTable.of(report), report.ratios().getFirst().peer());
          }
          default -> throw new AssertionError(file + " is neither");
        }
      }
    }
    assertThat(List.of(benches, sparse, peers)).allMatch(count -> count > 0);
  }

  @Test
  void ofKernelsAndTheirErrors() {
    requireFitting(
        VerifyCommand.table(
            List.of(new KernelSummary(LONGEST, 12345, 12345, 12345, 12345, 12345, 12345.678))),
        LONGEST,
        "12345.678");
    requireFitting(
        AccuracyTable.errors(
            List.of(
                new KernelAccuracy(
                    LONGEST,
                    "f8e4m3",
                    12345,
                    12345.678,
                    12345.678,
                    12345.678,
                    12345,
                    UlpHistogram.EMPTY,
                    UlpHistogram.EMPTY))),
        LONGEST,
        "f8e4m3");
    requireFitting(
        AccuracyTable.bits(
            List.of(
                new RepeatSummary(
                    LONGEST, true, 12, "10000 differing of 10000", "10000 differing of 10000"))),
        LONGEST);
  }

  @Test
  void ofFuzzing() {
    KernelTally tally =
        new KernelTally(
            LONGEST,
            "a device",
            1_000_000_000L,
            1_000_000_000L,
            1_000_000_000L,
            1_000_000_000L,
            1_000_000_000L,
            1_000_000_000L,
            12345.678,
            1_000_000_000L,
            "worst",
            false);
    FuzzReport report =
        new FuzzReport(
            FuzzReport.SCHEMA_VERSION,
            Environment.capture(List.of(), "./attn fuzz", 1),
            true,
            "",
            0,
            1,
            1,
            1,
            1,
            Map.of(),
            Map.of(),
            List.of(tally, tally),
            List.of());
    requireFitting(FuzzTable.of(report), LONGEST, "12345.678");
  }

  @Test
  void ofTheSanitizer() {
    List<SanitizerRows.Row> rows =
        SanitizedSubject.all().stream()
            .map(subject ->
                new SanitizerRows.Row(
                    subject.label(),
                    subject.tuningLabel(),
                    new Oclgrind.Outcome(
                        subject.id(), false, true, 12345, 12345, 12345, List.of(), 0, "", 12345.6)))
            .toList();
    requireFitting(SanitizerRows.table("tuning", rows), LONGEST, "12345.6", "not checked");
  }

  @Test
  void ofTransformersWithEveryFormula() {
    StringWriter out = new StringWriter();
    for (String preset : TransformerPresets.all().stream().map(shape -> shape.name()).toList()) {
      assertThat(run(out, "model", "--no-times", "--preset=" + preset)).isZero();
    }
    assertThat(out.toString().lines())
        .allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(Table.WIDEST));
  }

  @Test
  void ofConformanceWithAFolderOfALongName() {
    Path deep = folder.resolve("a-folder-with-a-rather-long-name-".repeat(5));
    CaseFiles.writeGenerated(deep, 7, 3);
    StringWriter out = new StringWriter();
    assertThat(run(out, "conform", "--kernel=java:flash", deep.toString())).isZero();
    requireFitting(out.toString(), "java:flash", "generated_seed7_000");
  }

  private static int run(StringWriter out, String... words) {
    CommandLine commandLine = AttnCommand.commandLine();
    commandLine.setOut(new PrintWriter(out, true));
    commandLine.setErr(new PrintWriter(out, true));
    return commandLine.execute(words);
  }
}
