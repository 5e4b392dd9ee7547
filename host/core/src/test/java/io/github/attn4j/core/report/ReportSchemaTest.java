package io.github.attn4j.core.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.github.attn4j.testing.RecordSchema;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

class ReportSchemaTest {
  @TempDir private Path folder = Path.of("");

  private static final JsonMapper MAPPER = new JsonMapper();

  private static final JsonNode TEXT = RecordSchema.read("report.schema.json");
  private static final Schema SCHEMA =
      SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12).getSchema(TEXT);

  @Test
  void everyKindOfCellIsValid() {
    assertThat(errors(SampleReports.bench("tile \"3\" <b>\n= 4"))).isEmpty();
    assertThat(errors(SampleSweep.of(8, 8, List.of("normal", "model"), true))).isEmpty();
    assertThat(errors(SampleSparsity.of("model", true))).isEmpty();
    assertThat(errors(SampleSparsity.of("normal", false))).isEmpty();
  }

  @Test
  void theStoredResultsAreValidAndCanBeRead() throws IOException {
    Path folder = Path.of(System.getProperty("basedir", ""), "../../docs/results");
    try (DirectoryStream<Path> reports = Files.newDirectoryStream(folder, "*.json")) {
      for (Path report : reports) {
        JsonNode stored = MAPPER.readTree(Files.readString(report));
        switch (JsonReport.read(report)) {
          case BenchReport bench -> {
            assertThat(SCHEMA.validate(JsonReport.upgraded(stored)))
                .as(report.toString())
                .isEmpty();
            assertThat(bench.cells()).as(report.toString()).isNotEmpty();
          }
          case PeerReport peers -> {
            assertThat(PeerSchemaTest.SCHEMA.validate(JsonReport.upgradedPeers(stored)))
                .as(report.toString())
                .isEmpty();
            assertThat(peers.ratios()).as(report.toString()).isNotEmpty();
          }
        }
      }
    }
  }

  @Test
  void aReportOfVersionThreeIsReadWithoutWhatItDidNotAsk() throws IOException {
    ObjectNode old = sample();
    old.put("schemaVersion", 3);
    old.get("cells")
        .forEach(cell -> {
          ((ObjectNode) cell).remove("sparsity");
          removeWhatSixAndSevenAdded((ObjectNode) cell);
          if (cell.path("measurement") instanceof ObjectNode measurement) {
            measurement.remove("tuning");
          }
        });
    assertThat(SCHEMA.validate(old)).isNotEmpty();
    assertThat(SCHEMA.validate(JsonReport.upgraded(old))).isEmpty();
    Path file = Files.writeString(folder.resolve("old.json"), old.toString());
    ObjectNode expected = sample();
    expected
        .get("cells")
        .forEach(cell -> {
          if (cell.path("measurement") instanceof ObjectNode measurement) {
            double seconds = measurement.at("/kernelNanos/median").asDouble() / 1e9;
            double tokens = cell.path("queryLength").asDouble();
            measurement.put("tuning", "").putNull("plainFmaNanos").putNull("plainReadNanos");
            measurement.put("tokensPerSecond", tokens / seconds);
            measurement.putNull("keyValueGigabytesPerSecond").putNull("roundNanos");
          }
        });
    assertThat(MAPPER.readTree(JsonReport.text(JsonReport.readBench(file))).get("cells"))
        .isEqualTo(expected.get("cells"));
  }

  @Test
  void aReportOfVersionFourKeepsWhatItSaysOfMasks() throws IOException {
    ObjectNode old =
        (ObjectNode) MAPPER.readTree(JsonReport.text(SampleSparsity.of("model", true)));
    old.put("schemaVersion", 4);
    old.get("cells")
        .forEach(cell -> {
          removeWhatSixAndSevenAdded((ObjectNode) cell);
          if (cell.path("measurement") instanceof ObjectNode measurement) {
            measurement.remove("tuning");
          }
        });
    assertThat(SCHEMA.validate(JsonReport.upgraded(old))).isEmpty();
    Path file = Files.writeString(folder.resolve("old.json"), old.toString());
    assertThat(JsonReport.readBench(file).cells())
        .extracting(BenchCell::sparsity)
        .isEqualTo(
            SampleSparsity.of("model", true).cells().stream().map(BenchCell::sparsity).toList());
  }

  /** PyTorch's cells had their type in the kernel's name, where others had none but float32. */
  @Test
  void theTypesOfOlderReportsAreThoseThatTheirKernelsHad() throws IOException {
    ObjectNode old = sample();
    old.put("schemaVersion", 3);
    old.get("cells").forEach(cell -> removeWhatSixAndSevenAdded((ObjectNode) cell));
    ((ObjectNode) old.at("/cells/0")).put("kernel", "torch:flash-float16");
    ((ObjectNode) old.at("/cells/1")).put("kernel", "torch:flash-bfloat16");
    Path file = Files.writeString(folder.resolve("old.json"), old.toString());
    assertThat(JsonReport.readBench(file).cells())
        .extracting(BenchCell::types)
        .startsWith("f16", "bf16", "f32")
        .endsWith("f32");
    assertThat(JsonReport.readBench(file).cells())
        .allMatch(cell -> cell.mode().isEmpty() && cell.pageSize() == 0 && !cell.deterministic());
  }

  /** Version 8 added a status, and 9 the times of rounds. */
  @Test
  void aReportOfVersionSevenIsReadWithoutRounds() throws IOException {
    ObjectNode old = sample();
    ((ObjectNode) old.at("/cells/0")).put("mode", "decode").put("pageSize", 16).put("dtype", "f16");
    old.get("cells")
        .forEach(cell -> {
          if (cell.path("measurement") instanceof ObjectNode measurement) {
            measurement.putNull("roundNanos");
          }
        });
    Path now = Files.writeString(folder.resolve("nine.json"), old.toString());
    old.put("schemaVersion", 7);
    old.get("cells")
        .forEach(cell -> {
          if (cell.path("measurement") instanceof ObjectNode measurement) {
            measurement.remove("roundNanos");
          }
        });
    Path file = Files.writeString(folder.resolve("seven.json"), old.toString());
    assertThat(JsonReport.readBench(file)).isEqualTo(JsonReport.readBench(now));
    assertThat(JsonReport.readBench(file).cells().getFirst().mode()).isEqualTo("decode");
  }

  @Test
  void aCellThatNeverEndedIsValidAndStandsInTheDocument() throws IOException {
    ObjectNode report = sample();
    ((ObjectNode) report.at("/cells/0"))
        .put("status", "NEVER_ENDED")
        .put("note", "a launch took longer")
        .putNull("measurement");
    assertThat(SCHEMA.validate(report)).isEmpty();
    Path file = Files.writeString(folder.resolve("never.json"), report.toString());
    assertThat(MarkdownReport.markdown(JsonReport.readBench(file)))
        .contains("**Never ended: `")
        .contains("a launch took longer");
  }

  /** Version 6 was published without types, modes and pages, but with what goes on by turns. */
  @Test
  void aReportOfVersionSixKeepsWhatItMeasuredByTurns() throws IOException {
    ObjectNode old = sample();
    old.put("schemaVersion", 6);
    old.get("cells").forEach(cell -> removeWhatSevenAdded((ObjectNode) cell));
    assertThat(SCHEMA.validate(old)).isNotEmpty();
    assertThat(SCHEMA.validate(JsonReport.upgraded(old))).isEmpty();
    Path file = Files.writeString(folder.resolve("six.json"), old.toString());
    List<BenchCell> read = JsonReport.readBench(file).cells();
    assertThat(read).allMatch(cell -> cell.mode().isEmpty() && cell.pageSize() == 0);
    assertThat(MAPPER.readTree(JsonReport.text(read)))
        .extracting(cell -> cell.at("/measurement/plainFmaNanos"))
        .isEqualTo(
            sample()
                .get("cells")
                .valueStream()
                .map(cell -> cell.at("/measurement/plainFmaNanos"))
                .toList());
    assertThat(measurement(sample()).get("plainFmaNanos").isNull()).isFalse();
  }

  private static void removeWhatSixAndSevenAdded(ObjectNode cell) {
    removeWhatSevenAdded(cell);
    if (cell.path("measurement") instanceof ObjectNode measurement) {
      measurement.remove(List.of("plainFmaNanos", "plainReadNanos"));
    }
  }

  private static void removeWhatSevenAdded(ObjectNode cell) {
    cell.remove(List.of("dtype", "kvDtype", "mode", "pageSize", "deterministic"));
    if (cell.path("measurement") instanceof ObjectNode measurement) {
      measurement.remove(List.of("tokensPerSecond", "keyValueGigabytesPerSecond"));
    }
  }

  @Test
  void whatJsonCannotHoldIsValidOnlyWhereItIsAnnounced() {
    ObjectNode report = sample();
    ObjectNode growth = (ObjectNode) report.get("growth").get(0);
    growth.putNull("exponent").put("halfWidth", "Infinity");
    assertThat(SCHEMA.validate(report)).isEmpty();
    growth.put("exponent", "Infinity");
    assertThat(SCHEMA.validate(report)).isNotEmpty();
  }

  private record Break(String name, String blamed, Consumer<ObjectNode> change) {
    @Override
    public String toString() {
      return name;
    }
  }

  static List<Break> breaks() {
    return List.of(
        new Break("missing at the top", "noise", report -> report.remove("noise")),
        new Break(
            "missing deep inside",
            "median",
            report -> ((ObjectNode) measurement(report).get("kernelNanos")).remove("median")),
        new Break(
            "text for a number",
            "/cells/0/measurement/flops",
            report -> measurement(report).put("flops", "many")),
        new Break(
            "fraction for a count",
            "/cells/0/measurement/forks",
            report -> measurement(report).put("forks", 1.5)),
        new Break("number for text", "/cells/0/note", report -> cell(report).put("note", 3)),
        new Break(
            "null where there is always a figure",
            "/cells/0/measurement/gflopsPerSecond",
            report -> measurement(report).putNull("gflopsPerSecond")),
        new Break("unknown at the top", "surprise", report -> report.put("surprise", 1)),
        new Break("unknown in a cell", "surprise", report -> cell(report).put("surprise", 1)),
        new Break("old version", "/schemaVersion", report -> report.put("schemaVersion", 2)),
        new Break(
            "unknown status", "/cells/0/status", report -> cell(report).put("status", "LOST")),
        new Break(
            "measured without measurement",
            "/cells/0/measurement",
            report -> cell(report).putNull("measurement")),
        new Break(
            "measurement of what was skipped",
            "/cells/0/measurement",
            report -> cell(report).put("status", "SKIPPED")),
        new Break(
            "a share above one",
            "/cells/0/sparsity/blockDensity",
            report -> ((ObjectNode) masked(report).get("sparsity")).put("blockDensity", 1.5)),
        new Break("unknown mode", "/cells/0/mode", report -> cell(report).put("mode", "train")),
        new Break(
            "an ideal below one",
            "/cells/0/sparsity/speedup/ideal",
            report -> ((ObjectNode) masked(report).at("/sparsity/speedup")).put("ideal", 0.5)),
        new Break(
            "negative count",
            "/cells/0/measurement/checkedRows",
            report -> measurement(report).put("checkedRows", -1)),
        new Break("one object for a list", "/ceilings", report -> report.putObject("ceilings")));
  }

  @ParameterizedTest
  @MethodSource("breaks")
  void aBrokenReportIsRejectedWhereItIsBroken(Break broken) {
    ObjectNode report = sample();
    assertThat(SCHEMA.validate(report)).isEmpty();
    broken.change().accept(report);
    assertThat(SCHEMA.validate(report))
        .extracting(Error::toString)
        .anySatisfy(text -> assertThat(text).contains(broken.blamed()));
  }

  @Test
  void schemaAndRecordsHaveTheSameProperties() {
    RecordSchema.assertSame(BenchReport.class, TEXT);
    assertThat(TEXT.at("/properties/schemaVersion/const").asInt())
        .isEqualTo(BenchReport.SCHEMA_VERSION);
  }

  private static List<Error> errors(BenchReport report) {
    return SCHEMA.validate(MAPPER.readTree(JsonReport.text(report)));
  }

  private static ObjectNode sample() {
    return (ObjectNode) MAPPER.readTree(JsonReport.text(SampleReports.bench("")));
  }

  private static ObjectNode cell(ObjectNode report) {
    return (ObjectNode) report.get("cells").get(0);
  }

  /** The first cell, with what one behind a mask has. */
  private static ObjectNode masked(ObjectNode report) {
    JsonNode other = MAPPER.readTree(JsonReport.text(SampleSparsity.of("model", true)));
    ObjectNode cell = cell(report);
    cell.set("sparsity", other.at("/cells/0/sparsity"));
    return cell;
  }

  private static ObjectNode measurement(ObjectNode report) {
    return (ObjectNode) cell(report).get("measurement");
  }
}
