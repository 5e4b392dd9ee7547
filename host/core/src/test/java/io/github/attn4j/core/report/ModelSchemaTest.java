package io.github.attn4j.core.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.github.attn4j.core.cost.BlockTime;
import io.github.attn4j.core.cost.LayerTime;
import io.github.attn4j.core.cost.LayerTimes;
import io.github.attn4j.core.cost.ModelReport;
import io.github.attn4j.core.cost.StoredTypes;
import io.github.attn4j.core.cost.TransformerPresets;
import io.github.attn4j.core.cost.TransformerShape;
import io.github.attn4j.core.spec.ElementType;
import io.github.attn4j.testing.RecordSchema;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** {@code docs/model.schema.json} and the records behind {@code ./attn model --json}. */
class ModelSchemaTest {
  private static final JsonNode TEXT = RecordSchema.read("model.schema.json");

  private static final Schema SCHEMA =
      SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12).getSchema(TEXT);

  @Test
  void theSchemaDescribesTheRecords() {
    RecordSchema.assertSame(ModelReport.class, TEXT);
    assertThat(TEXT.at("/properties/schemaVersion/const").asInt())
        .isEqualTo(ModelReport.SCHEMA_VERSION);
  }

  @Test
  void whatIsWrittenIsValid() {
    for (TransformerShape shape : TransformerPresets.all()) {
      ModelReport counted =
          ModelReport.of(
              shape,
              new StoredTypes(ElementType.F16, ElementType.I8, ElementType.F32),
              List.of(1, 4096));
      ModelReport timed =
          counted.with(
              new LayerTimes(
                  "java:flash",
                  "java:0",
                  100,
                  Double.NaN,
                  List.of(
                      new LayerTime(
                          1, LayerTime.Basis.FEWER_HEADS, 1, 1, 3, 5, 5, 1, 2, Double.NaN)),
                  null,
                  "there was no time"));
      ModelReport run =
          timed.with(
              Objects.requireNonNull(timed.times())
                  .with(
                      new BlockTime(
                          1,
                          2,
                          3,
                          3,
                          4,
                          5,
                          false,
                          "memory",
                          List.of("no gate"),
                          6,
                          7,
                          8,
                          9,
                          10,
                          11,
                          Double.NaN,
                          Double.NaN,
                          12,
                          0.5)));
      for (ModelReport report : List.of(counted, timed, run)) {
        ObjectNode tree = (ObjectNode) new JsonMapper().readTree(JsonReport.text(report));
        assertThat(SCHEMA.validate(tree)).isEmpty();
        tree.remove("parameters");
        assertThat(SCHEMA.validate(tree)).isNotEmpty();
      }
    }
  }
}
