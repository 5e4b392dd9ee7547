package io.github.attn4j.bench.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.bench.shape.Shape;
import io.github.attn4j.bench.shape.ShapeList;
import io.github.attn4j.core.cost.TransformerPresets;
import io.github.attn4j.core.cost.TransformerShape;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class ModelCommandTest {
  @TempDir private Path folder = Path.of("");
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int model(String... arguments) {
    List<String> all = new ArrayList<>(List.of("model"));
    all.addAll(List.of(arguments));
    CommandLine commandLine = AttnCommand.commandLine();
    commandLine.setOut(new PrintWriter(out, true));
    commandLine.setErr(new PrintWriter(err, true));
    return commandLine.execute(all.toArray(String[]::new));
  }

  @Test
  void gpt3IsPrintedWithAFormulaBesideEachNumber() {
    assertThat(model("--preset", "gpt3", "--no-times")).isEqualTo(ExitCode.OK);
    assertThat(out.toString().replaceAll("\\s+", " "))
        .contains("query, a head 1,572,864 = d_model x head_dim = 12,288 x 128")
        .contains("key, a head 1,572,864 = d_model x head_dim = 12,288 x 128")
        .contains("value-down, a head 1,572,864 = d_model x head_dim = 12,288 x 128")
        .contains("value-up, a head 1,572,864 = head_dim x d_model = 128 x 12,288")
        .contains("a head 6,291,456 = query, a head + key, a head + value-down, a head + value-up")
        .contains("attention of a block 603,979,776 = kv_heads x (a head) = 96 x 6,291,456")
        .contains("attention of all layers 57,982,058,496 = layers x")
        .contains("57,982,058,496 / 175,181,291,520 = 33.1 % of all matrices")
        // 2,048 tokens: 96 x 2,048 x 2,048 scores of 4 bytes, and 9 GiB of keys and values in f16.
        .contains("| 2,048 | 16.00 MiB | 1.500 GiB | 144.0 GiB | 9.000 GiB |");
  }

  @Test
  void sizesByOptionReplaceThoseOfAPreset() {
    assertThat(model("--preset", "gpt2", "--layers", "24", "--no-times")).isZero();
    assertThat(out.toString()).contains("gpt2, changed: d_model 768").contains("24 layers");
    assertThat(
            model(
                "--d-model",
                "512",
                "--heads",
                "8",
                "--kv-heads",
                "2",
                "--layers",
                "6",
                "--gated",
                "--vocabulary",
                "32000",
                "--no-times"))
        .isZero();
    assertThat(out.toString().replaceAll("\\s+", " "))
        .contains("8 heads of 64 on 2 key-value heads, 6 layers, feed-forward 2,048 with a gate")
        .contains("a group of 4 heads");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--preset gpt5 | no preset 'gpt5'",
        "--d-model 512 --layers 6 | --heads is missing",
        "--d-model 500 --heads 8 --layers 6 | --heads 8 do not divide --d-model 500",
        "--preset gpt2 --kv-heads 5 | 5 key-value heads do not divide 12 heads",
        "--preset gpt2 --layers 0 | layers is 0",
        "--preset gpt2 --context 0 | context is 0 tokens",
        "--preset gpt2 --weights i8 | weights of i8",
        "--preset gpt2 --cache f8 | --cache 'f8' is no element type",
        "--d-model 1000000000 --heads 1 --layers 1 | give --feed-forward",
        "--preset gpt2 --d-model 1000000000 --heads 1 | give --feed-forward",
        "--d-model 500000000 --heads 1 --layers 90 | 63 bits"
      })
  void errorsNameTheValue(String arguments, String message) {
    List<String> all = new ArrayList<>(List.of(arguments.split(" ", -1)));
    all.add("--no-times");
    assertThat(model(all.toArray(String[]::new))).isEqualTo(ExitCode.USAGE);
    assertThat(err.toString()).contains(message);
  }

  @Test
  void sizesOfWhichNoBlockRunsAreRefusedBeforeAnythingIsMeasured() {
    assertThat(
            model(
                "--d-model=64",
                "--heads=1",
                "--layers=1",
                "--vocabulary=100",
                "--feed-forward=40000000",
                "--kernel=java:flash"))
        .isEqualTo(ExitCode.USAGE);
    assertThat(err.toString())
        .contains("d_model 64 x feed-forward 40,000,000 has more elements than an array")
        .contains("--no-times")
        .doesNotContain("measuring java:flash");
  }

  @Test
  void everyPresetIsListedWithItsSource() {
    assertThat(model("--list")).isZero();
    for (TransformerShape shape : TransformerPresets.all()) {
      assertThat(shape.source()).isNotBlank();
      assertThat(out.toString()).contains(shape.name()).contains(shape.source());
    }
  }

  /** {@code --shapes} has some of the same models: their heads are the same ones. */
  @Test
  void presetsAgreeWithTheShapesThatAreMeasured() {
    int shared = 0;
    for (Shape shape : ShapeList.presets()) {
      for (TransformerShape preset : TransformerPresets.all()) {
        String name = shape.model().replaceFirst(" .*", "").replace("gpt-2", "gpt2");
        if (preset.name().equals(name)) {
          assertThat(List.of(preset.queryHeads(), preset.kvHeads(), preset.headDim()))
              .as(shape.model())
              .containsExactly(shape.queryHeads(), shape.kvHeads(), shape.headDim());
          shared++;
        }
      }
    }
    assertThat(shared).isGreaterThanOrEqualTo(6);
  }

  @Test
  @Tag("exhaustive") // the ceilings alone take seconds
  void timesStandBesideTheDevicesCeilings() throws IOException {
    Path file = folder.resolve("model.json");
    assertThat(
            model(
                "--d-model",
                "128",
                "--heads",
                "4",
                "--layers",
                "2",
                "--context",
                "64",
                "--kernel",
                "java:flash",
                "--seconds",
                "6",
                "--json",
                file.toString()))
        .as("%s", err)
        .isZero();
    JsonNode times = new JsonMapper().readTree(Files.readString(file)).get("times");
    assertThat(times.get("kernel").asString()).isEqualTo("java:flash");
    assertThat(times.get("fmaGflops").asDouble()).isPositive();
    assertThat(times.get("memoryGigabytes").asDouble()).isPositive();
    assertThat(times.at("/contexts/0/matrixNanos").asDouble()).isPositive();
    JsonNode block = times.get("block");
    assertThat(block.get("whole").asBoolean()).isTrue();
    assertThat(block.get("context").asInt()).isEqualTo(64);
    assertThat(block.get("medianNanos").asDouble()).isPositive();
    assertThat(block.get("largestErrorOverBudget").asDouble()).isPositive().isLessThan(1);
    assertThat(times.get("noBlock").asString()).isEmpty();
    assertThat(out.toString().replaceAll("\\s+", " "))
        .contains("One block, really run over 64 tokens: d_model 128, 4 heads of 32 on 4")
        .contains("4 tokens checked against the float64 reference before and after")
        .contains("measured ", "predicted ")
        .contains("all 4 heads")
        .contains("checked against the float64 reference");
    assertThat(model("--preset", "gpt2", "--kernel", "java:*,opencl:naive"))
        .isEqualTo(ExitCode.USAGE);
    assertThat(err.toString()).contains("--kernel names");
  }
}
