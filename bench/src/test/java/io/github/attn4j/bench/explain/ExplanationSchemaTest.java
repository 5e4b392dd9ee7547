package io.github.attn4j.bench.explain;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.github.attn4j.core.report.JsonReport;
import io.github.attn4j.testing.RecordSchema;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** {@code docs/explain.schema.json} and the records behind {@code ./attn explain --json}. */
class ExplanationSchemaTest {
  private static final JsonNode TEXT = RecordSchema.read("explain.schema.json");

  private static final Schema SCHEMA =
      SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12).getSchema(TEXT);

  @Test
  void theSchemaDescribesTheRecords() {
    RecordSchema.assertSame(Explanation.class, TEXT);
    assertThat(TEXT.at("/properties/schemaVersion/const").asInt())
        .isEqualTo(Explanation.SCHEMA_VERSION);
  }

  @Test
  void whatIsWrittenIsValid() {
    JsonNode tree = new JsonMapper().readTree(JsonReport.text(SampleExplanation.EXPLANATION));
    assertThat(SCHEMA.validate(tree)).isEmpty();
    ((ObjectNode) tree.at("/texts/0/layers/2/heads/1/causal")).put("lse", "none");
    assertThat(SCHEMA.validate(tree)).isNotEmpty();
  }
}
