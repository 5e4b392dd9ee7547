package io.github.attn4j.core.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.github.attn4j.testing.RecordSchema;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.xml.sax.InputSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * The forms of what {@code compare} and {@code ab} find, {@code docs/regression.schema.json} among
 * them.
 */
class RegressionFilesTest {
  private static final JsonNode TEXT = RecordSchema.read("regression.schema.json");

  private static final Schema SCHEMA =
      SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12).getSchema(TEXT);

  private static RegressionReport compared() throws Exception {
    return Regressions.compare(
        Regressions.report(
            Regressions.cell("opencl:a", 64, 2e6, 1000),
            Regressions.cell("opencl:b", 64, 2e6, 1000),
            Regressions.cell("opencl:b", 128, 2e6, 1000)),
        Regressions.report(
            Regressions.cell("opencl:a", 64, 3e6, 1000),
            Regressions.cell(
                "opencl:b", 64, BenchCell.Status.FAILED, "INCORRECT: 100 % | off\nby 3", null)));
  }

  private static RegressionReport paired() {
    PairedTrials trials = new PairedTrials();
    for (int pair = 1; pair <= 8; pair++) {
      trials.add(
          pair,
          pair % 2 == 0,
          Regressions.report(Regressions.cell("opencl:a", 64, 2e6 + pair, 1000)),
          Regressions.report(Regressions.cell("opencl:a", 64, 2.3e6 + pair, 1000)));
    }
    RegressionRule rule = new RegressionRule(0.05, true, false, 0.01, 8, 1);
    Environment environment =
        Regressions.environment("device", io.github.attn4j.core.kernel.DeviceInfo.Kind.CPU);
    return new RegressionReport(
        RegressionReport.SCHEMA_VERSION,
        "ab",
        environment,
        List.of(
            Contestant.of("main", "folder", Regressions.report()),
            Contestant.of("head", "folder", Regressions.report())),
        rule,
        trials.rows("head", rule),
        List.of(),
        List.of("a remark"),
        true);
  }

  @Test
  void theSchemaDescribesTheRecords() {
    RecordSchema.assertSame(RegressionReport.class, TEXT);
    assertThat(TEXT.at("/properties/schemaVersion/const").asInt())
        .isEqualTo(RegressionReport.SCHEMA_VERSION);
  }

  @Test
  void whatIsWrittenIsValid() throws Exception {
    for (RegressionReport report : List.of(compared(), paired())) {
      ObjectNode tree = (ObjectNode) new JsonMapper().readTree(JsonReport.text(report));
      assertThat(SCHEMA.validate(tree)).isEmpty();
      tree.remove("rows");
      assertThat(SCHEMA.validate(tree)).isNotEmpty();
    }
  }

  @Test
  void markdownTellsTheWorstFirstAndKeepsItsTable() throws Exception {
    String text = RegressionMarkdown.document(compared());
    assertThat(text)
        .startsWith("# Failed: 1 broken, 1 missing, 1 slower")
        .contains("| **missing** | `opencl:b` | B1 H8 N128 D64 f32 full normal | a.json | b.json |")
        .contains("**Broken: `opencl:b`", "```text\nINCORRECT: 100 % | off\nby 3\n```")
        .contains("| **slower** | `opencl:a` | B1 H8 N64 D64 f32 full normal | 2.000 ms")
        .contains("## Without a counterpart", "N128")
        .contains("| base | a.json |", "| new | b.json |", "`0123456789ab`");
    assertThat(RegressionMarkdown.document(paired()))
        .contains(
            "over 8 pairs of trials",
            "| 1.150 | 1.150..1.150 | time of the fastest tenth |",
            "- a remark");
  }

  @TempDir private Path folder;

  @Test
  void aSummaryThatOthersWriteToKeepsTheirText() throws Exception {
    Path summary = folder.resolve("of/summary.md");
    RegressionMarkdown.append(summary, compared());
    Files.writeString(summary, "## Of another step\n");
    RegressionMarkdown.append(summary, compared());
    assertThat(Files.readString(summary))
        .startsWith("## Of another step\n\n# Failed: 1 broken")
        .endsWith("`\n");
  }

  @Test
  void junitCountsFailuresErrorsAndSkips() throws Exception {
    Document xml =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(new InputSource(new StringReader(RegressionJunit.text(compared()))));
    var suites = xml.getElementsByTagName("testsuite");
    assertThat(suites.getLength()).isEqualTo(2);
    for (int i = 0; i < suites.getLength(); i++) {
      Element suite = (Element) suites.item(i);
      boolean broken = suite.getAttribute("name").equals("opencl:b");
      assertThat(suite.getAttribute("tests")).isEqualTo(broken ? "2" : "1");
      assertThat(suite.getAttribute("errors")).isEqualTo(broken ? "2" : "0");
      assertThat(suite.getAttribute("failures")).isEqualTo(broken ? "0" : "1");
    }
    assertThat(((Element) xml.getElementsByTagName("failure").item(0)).getAttribute("message"))
        .contains("opencl:a", "is slower: 150 % of its cost");
    assertThat(xml.getElementsByTagName("error").item(0).getTextContent()).contains("off\nby 3");
    assertThat(((Element) xml.getElementsByTagName("error").item(1)).getAttribute("message"))
        .contains("was measured in a.json and is not in b.json");
  }

  @Test
  void annotationsAreEscapedAsGithubAsks() throws Exception {
    assertThat(GithubAnnotations.message("50 % of\r\na:b,c")).isEqualTo("50 %25 of%0D%0Aa:b,c");
    assertThat(GithubAnnotations.property("50 %, a:b\n")).isEqualTo("50 %25%2C a%3Ab%0A");
    List<String> lines = GithubAnnotations.lines(compared());
    assertThat(lines)
        .anyMatch(line ->
            line.startsWith(
                    "::error file=kernels/opencl/attention/b.cl,title=broken%3A opencl%3Ab::")
                && line.contains("INCORRECT: 100 %25 | off%0Aby 3"))
        .anyMatch(line -> line.startsWith("::error file=kernels/opencl/attention/a.cl,"))
        .noneMatch(line -> line.contains("\n"));
    assertThat(lines)
        .anyMatch(line ->
            line.contains("title=missing%3A opencl%3Ab::")
                && line.contains("was measured in a.json and is not in b.json"));
    assertThat(lines.getLast())
        .isEqualTo("::notice title=attn compare::1 broken, 1 missing, 1 slower");
  }

  @Test
  void aSlowdownWithoutAGateIsAWarning() {
    RegressionReport gated = paired();
    RegressionReport open =
        new RegressionReport(
            gated.schemaVersion(),
            gated.command(),
            gated.environment(),
            gated.contestants(),
            new RegressionRule(0.05, false, false, 0.01, 8, 1),
            gated.rows(),
            gated.unmatched(),
            gated.remarks(),
            true);
    assertThat(gated.failed()).isTrue();
    assertThat(open.failed()).isFalse();
    assertThat(GithubAnnotations.lines(gated).getFirst()).startsWith("::error ");
    assertThat(GithubAnnotations.lines(open).getFirst()).startsWith("::warning ");
  }
}
