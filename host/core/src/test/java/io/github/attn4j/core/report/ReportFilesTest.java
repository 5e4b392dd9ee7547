package io.github.attn4j.core.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

class ReportFilesTest {
  @TempDir private Path folder = Path.of("");

  @Test
  void aBenchReportIsReadBackAsItWasWritten() {
    Path file = folder.resolve("deep/report.json");
    BenchReport report = SampleReports.bench("tile \"3\" <b>");
    JsonReport.write(file, report);
    assertThat(JsonReport.readBench(file)).isEqualTo(report);
  }

  @Test
  void numbersThatJsonLacksAreNullOrNamed() {
    assertThat(JsonReport.text(SampleReports.bench(""))).contains("\"speedupOverJava\" : null");
    assertThat(JsonReport.text(SampleReports.verify("")))
        .contains("\"maxErrorOverBudget\" : \"Infinity\"")
        .contains("\"maxErrorOverBudget\" : null");
  }

  @Test
  void whatIsNoReportIsRefusedByName() throws IOException {
    Path file = Files.writeString(folder.resolve("x.json"), "{ \"schemaVersion\" : ");
    assertThatThrownBy(() -> JsonReport.readBench(file))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("x.json");
    assertThatThrownBy(() -> JsonReport.readBench(folder.resolve("missing.json")))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("missing.json");
  }

  @Test
  void aReportOfAnotherSchemaIsRefusedWithBothVersions() {
    Path file = folder.resolve("old.json");
    String text = JsonReport.text(SampleReports.bench(""));
    AtomicFile.write(
        file,
        text.replace("\"schemaVersion\" : " + BenchReport.SCHEMA_VERSION, "\"schemaVersion\" : 1"));
    assertThatThrownBy(() -> JsonReport.readBench(file))
        .hasMessageContaining(
            "schemaVersion 1, but this build reads 3 to " + BenchReport.SCHEMA_VERSION);
  }

  @Test
  void aFileThatIsReplacedIsNeverMissing() throws Exception {
    Path file = folder.resolve("report.json");
    AtomicFile.write(file, "0");
    AtomicBoolean replaced = new AtomicBoolean();
    try (ExecutorService threads = Executors.newSingleThreadExecutor()) {
      Future<?> missed =
          threads.submit(() -> {
            while (!replaced.get()) {
              assertThat(file).isNotEmptyFile();
            }
          });
      for (int i = 0; i < 2_000; i++) {
        AtomicFile.write(file, "" + i);
      }
      replaced.set(true);
      missed.get();
    }
  }

  @Test
  void aFolderThatCannotBeWrittenIsNamed() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "");
    assertThatThrownBy(() -> JsonReport.write(file.resolve("report.json"), SampleReports.bench("")))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("report.json")
        .hasMessageContaining("cannot");
  }

  @Test
  void junitXmlCountsAndSurvivesControlCharacters() throws Exception {
    Path file = folder.resolve("junit.xml");
    JunitXml.write(file, SampleReports.verify("log \u0000\u001b[31m <&> ]]>"));
    Element suite =
        (Element)
            DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(file.toFile())
                .getElementsByTagName("testsuite")
                .item(0);
    assertThat(suite.getAttribute("tests")).isEqualTo("3");
    assertThat(suite.getAttribute("failures")).isEqualTo("1");
    assertThat(suite.getAttribute("skipped")).isEqualTo("1");
    assertThat(suite.getElementsByTagName("testcase").getLength()).isEqualTo(3);
    Element first = (Element) suite.getElementsByTagName("testcase").item(0);
    assertThat(properties(first))
        .containsExactly(
            Map.entry("dtype", "f16"),
            Map.entry("kvDtype", "i8"),
            Map.entry("tuning", "BLOCK_Q=4"),
            Map.entry("maxErrorOverBudget", "0.5"),
            Map.entry("errorOverPlain", "0.9"),
            Map.entry("maxUlps", "3.25"));
    assertThat(suite.getElementsByTagName("failure").item(0).getTextContent())
        .isEqualTo("log ??[31m <&> ]]>");
  }

  private static Map<String, String> properties(Element testCase) {
    Map<String, String> found = new LinkedHashMap<>();
    NodeList list = testCase.getElementsByTagName("property");
    for (int i = 0; i < list.getLength(); i++) {
      Element property = (Element) list.item(i);
      found.put(property.getAttribute("name"), property.getAttribute("value"));
    }
    return found;
  }

  @Test
  void aTableIsPutBetweenItsMarkers() {
    String table = MarkdownReport.benchTable(SampleReports.bench("a | b"));
    assertThat(table)
        .contains("| `java:flash` | `java:0` | 1.000 (0.900..1.100) |")
        .contains("`opencl:0` is Abacus o, driver driver 1; `java:0` is Abacus j, driver driver 1;")
        .doesNotContain("idle")
        .contains("| 16 of 4,096 |")
        .contains("| `opencl:flash` | `opencl:0` | line 3: error |")
        .contains("a \\| b");
    assertThat(table.lines().filter(line -> line.startsWith("|")))
        .allMatch(line -> line.replace("\\|", "").chars().filter(c -> c == '|').count() == 12);
    String document = "# x\n<!-- t:begin -->\nold\n<!-- t:end -->\nrest";
    String updated = MarkdownFile.replaceBetween(document, "t", table);
    assertThat(updated)
        .startsWith("# x\n<!-- t:begin -->\n|")
        .endsWith("<!-- t:end -->\nrest")
        .doesNotContain("old");
    assertThatThrownBy(() -> MarkdownFile.replaceBetween(document, "u", table))
        .hasMessageContaining("<!-- u:begin -->");
  }
}
