package io.github.attn4j.core.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reports stay readable: beside this test lies a real one of every older version of the schema, as
 * the build of its day wrote it. Whoever raises a version adds one: a version without its file
 * fails.
 */
class OldReportsTest {
  private static final JsonMapper MAPPER = new JsonMapper();

  @TempDir private Path folder;

  static IntStream versionsOfSweeps() {
    return IntStream.range(JsonReport.OLDEST_VERSION, BenchReport.SCHEMA_VERSION);
  }

  static IntStream versionsOfPeers() {
    return IntStream.range(JsonReport.OLDEST_PEER_VERSION, PeerReport.SCHEMA_VERSION);
  }

  @ParameterizedTest
  @MethodSource("versionsOfSweeps")
  void aSweepOfAnOlderVersionSaysWhatItSaidThen(int version) throws Exception {
    Path file = stored("bench-" + version + ".json");
    JsonNode then = MAPPER.readTree(Files.readString(file));
    assertThat(then.path("schemaVersion").asInt()).isEqualTo(version);
    BenchReport now = JsonReport.readBench(file);
    assertThat(now.cells()).isNotEmpty().hasSameSizeAs(texts(then, "/cells", "kernel"));
    assertThat(now.cells())
        .extracting(BenchCell::kernel)
        .isEqualTo(texts(then, "/cells", "kernel"));
    assertThat(now.cells()).extracting(BenchCell::shape).isEqualTo(texts(then, "/cells", "shape"));
    for (int i = 0; i < now.cells().size(); i++) {
      JsonNode median = then.at("/cells/" + i + "/measurement/kernelNanos/median");
      Measurement measured = now.cells().get(i).measurement();
      assertThat(measured == null).isEqualTo(median.isMissingNode());
      if (measured != null) {
        assertThat(measured.kernelNanos().median()).isEqualTo(median.asDouble());
      }
    }
    requireDrawn(now, texts(then, "/cells", "kernel"));
    Path table = folder.resolve("table.csv");
    CsvReport.write(table, now);
    assertThat(Files.readAllLines(table)).hasSize(now.cells().size() + 1);
  }

  @ParameterizedTest
  @MethodSource("versionsOfPeers")
  void ratiosOfAnOlderVersionSayWhatTheySaidThen(int version) throws Exception {
    Path file = stored("peers-" + version + ".json");
    JsonNode then = MAPPER.readTree(Files.readString(file));
    assertThat(then.path("schemaVersion").asInt()).isEqualTo(version);
    PeerReport now = (PeerReport) JsonReport.read(file);
    assertThat(now.ratios()).isNotEmpty();
    assertThat(now.ratios())
        .extracting(PeerRatio::kernel)
        .isEqualTo(texts(then, "/ratios", "kernel"));
    assertThat(now.ratios()).extracting(PeerRatio::peer).isEqualTo(texts(then, "/ratios", "peer"));
    requireDrawn(now, texts(then, "/ratios", "kernel"));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 99})
  void aVersionThatNobodyReadsIsRefusedWithTheBuildThatDoes(int version) throws Exception {
    Path file = folder.resolve("report.json");
    String text = Files.readString(stored("bench-3.json"));
    Files.writeString(
        file, text.replaceFirst("\"schemaVersion\" : 3", "\"schemaVersion\" : " + version));
    String commit = MAPPER.readTree(text).at("/environment/gitCommit").asString();
    assertThatThrownBy(() -> JsonReport.read(file))
        .hasMessageContaining("schemaVersion " + version + ", but this build reads 3 to ")
        .hasMessageContaining("the build of commit " + commit + " wrote it");
  }

  @Test
  void aReportWithoutAVersionIsRefused() throws Exception {
    Path file = Files.writeString(folder.resolve("report.json"), "{ \"cells\" : [] }");
    assertThatThrownBy(() -> JsonReport.read(file))
        .hasMessageContaining("schemaVersion is missing")
        .hasMessageContaining("./attn bench");
  }

  private void requireDrawn(Report report, List<String> kernels) throws IOException {
    Path page = folder.resolve("report.html");
    HtmlReport.write(page, report);
    assertThat(Files.readString(page)).contains(kernels);
    assertThat(MarkdownReport.markdown(report)).contains(kernels);
  }

  private static List<String> texts(JsonNode report, String rows, String field) {
    return StreamSupport.stream(report.at(rows).spliterator(), false)
        .map(row -> row.path(field).asString())
        .toList();
  }

  private static Path stored(String name) throws URISyntaxException {
    return Path.of(
        Objects.requireNonNull(
                OldReportsTest.class.getResource("old/" + name),
                "there is no " + name + " to read: add one that its own build wrote")
            .toURI());
  }
}
