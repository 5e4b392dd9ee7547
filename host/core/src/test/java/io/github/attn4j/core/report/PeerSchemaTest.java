package io.github.attn4j.core.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.github.attn4j.testing.RecordSchema;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** {@code docs/peers.schema.json} and the records behind {@code peers.json}. */
class PeerSchemaTest {
  private static final JsonNode TEXT = RecordSchema.read("peers.schema.json");

  static final Schema SCHEMA =
      SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12).getSchema(TEXT);

  @TempDir private Path folder = Path.of("");

  private static ObjectNode json(PeerReport report) {
    return (ObjectNode) new JsonMapper().readTree(JsonReport.text(report));
  }

  @Test
  void every_kind_of_row_is_valid_and_read_back_as_it_was() {
    for (PeerReport report :
        new PeerReport[] {SamplePeers.of("wrong: 3 < 4", true), SamplePeers.unmeasured()}) {
      assertThat(SCHEMA.validate(json(report))).isEmpty();
      Path file = folder.resolve("peers.json");
      JsonReport.write(file, report);
      assertThat(JsonReport.read(file)).isEqualTo(report);
      assertThatThrownBy(() -> JsonReport.readBench(file))
          .hasMessageContaining("peers.json")
          .hasMessageContaining("ratios to peers");
    }
  }

  @Test
  void ratios_of_version_one_are_of_float32() throws IOException {
    ObjectNode old = json(SamplePeers.of("", true)).put("schemaVersion", 1);
    old.get("ratios")
        .forEach(row ->
            ((ObjectNode) row)
                .remove(List.of("dtype", "kvDtype", "mode", "pageSize", "deterministic")));
    assertThat(SCHEMA.validate(old)).isNotEmpty();
    Path file = Files.writeString(folder.resolve("old.json"), old.toString());
    assertThat(JsonReport.read(file)).isEqualTo(SamplePeers.of("", true));
  }

  @Test
  void means_of_several_types_stay_apart() {
    PeerReport sample = SamplePeers.of("", true);
    PeerRatio row = sample.ratios().getFirst();
    ObjectNode tree = json(sample);
    ((ObjectNode) tree.at("/ratios/0")).put("dtype", "f16").put("kvDtype", "i8");
    PeerReport mixed = (PeerReport) JsonReport.read(written(tree));
    assertThat(mixed.means())
        .contains(
            new PeerReport.Mean(row.kernel(), row.peer(), "f16 kv:i8", 1, 4, 4),
            new PeerReport.Mean(row.kernel(), row.peer(), "f32", 1, 1, 1));
    assertThat(MarkdownReport.table(mixed))
        .contains("beside torch, f16 kv:i8: geometric mean 4.00 over 1 problems");
  }

  private Path written(ObjectNode tree) {
    try {
      return Files.writeString(folder.resolve("peers.json"), tree.toString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void a_report_of_version_two_is_read_whole() {
    ObjectNode old = json(SamplePeers.of("", true)).put("schemaVersion", 2);
    assertThat(JsonReport.upgradedPeers(old)).isEqualTo(json(SamplePeers.of("", true)));
  }

  @Test
  void a_broken_report_is_rejected() {
    ObjectNode wrongVersion = json(SamplePeers.of("", true)).put("schemaVersion", 9);
    assertThat(SCHEMA.validate(wrongVersion)).isNotEmpty();
    ObjectNode withoutTimes = json(SamplePeers.of("", true));
    ((ObjectNode) withoutTimes.get("ratios").get(0)).putNull("times");
    assertThat(SCHEMA.validate(withoutTimes)).isNotEmpty();
    ObjectNode wrongResult = json(SamplePeers.of("", true));
    ((ObjectNode) wrongResult.at("/ratios/0/times")).put("maxErrorOverBudget", 1.5);
    assertThat(SCHEMA.validate(wrongResult)).isNotEmpty();
  }

  @Test
  void schema_and_records_have_the_same_properties() {
    RecordSchema.assertSame(PeerReport.class, TEXT);
    assertThat(TEXT.at("/properties/schemaVersion/const").asInt())
        .isEqualTo(PeerReport.SCHEMA_VERSION);
  }

  @Test
  void what_both_schemas_define_they_define_alike() {
    JsonNode other = RecordSchema.read("report.schema.json").get("$defs");
    for (String name : TEXT.get("$defs").propertyNames()) {
      if (other.has(name)) {
        assertThat(TEXT.get("$defs").get(name)).as(name).isEqualTo(other.get(name));
      }
    }
  }

  @Test
  void markdown_has_a_row_each_the_means_and_where_it_ran() {
    String table = MarkdownReport.table(SamplePeers.of("wrong | here", true));
    assertThat(table)
        .contains("| `opencl:flash` | torch | 4.00 (3.60..4.40) |")
        .contains("| onnxruntime | wrong \\| here | | | | | | |")
        .contains("`opencl:flash` beside torch: geometric mean 2.00 over 2 problems, lowest 1.00")
        .contains("torch is torch 1.0, 2 threads")
        .contains("`opencl:0` is Abacus o");
    assertThat(table.lines().filter(line -> line.startsWith("|")))
        .allMatch(line -> line.replace("\\|", "").chars().filter(c -> c == '|').count() == 12);
    assertThat(MarkdownReport.markdown(SamplePeers.of("line\n```", false)))
        .contains(
            "**The run was interrupted", "**Failed: `opencl:flash` beside onnxruntime", "````");
    assertThat(MarkdownReport.table(SamplePeers.unmeasured())).contains("No pair was measured.");
  }
}
