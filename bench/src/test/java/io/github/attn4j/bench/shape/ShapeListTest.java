package io.github.attn4j.bench.shape;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.attn4j.core.input.InvalidFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ShapeListTest {
  @TempDir private Path folder = Path.of("");

  private Path file(String text) throws IOException {
    return Files.writeString(folder.resolve("shapes.json"), text);
  }

  @Test
  void everyPresetIsAValidProblemOfItsOwn() {
    List<Shape> presets = ShapeList.presets();
    assertThat(presets).hasSizeGreaterThanOrEqualTo(10);
    assertThat(presets).extracting(Shape::model).doesNotHaveDuplicates();
    assertThat(presets).allMatch(shape -> shape.spec().flops() > 0);
    assertThat(ShapeList.named(List.of("all"))).isEqualTo(presets);
  }

  @Test
  void aModelsNameStandsForAllItsPhasesAndMayBeNarrowed() {
    assertThat(ShapeList.named(List.of("llama-3-8b")))
        .extracting(Shape::model)
        .containsExactly("llama-3-8b prefill", "llama-3-8b decode");
    Shape decode = ShapeList.named(List.of("llama-3-8b decode")).getFirst();
    assertThat(decode.queryLength()).isEqualTo(1);
    assertThat(decode.spec().visiblePairs()).isEqualTo(32L * 8192);
    assertThat(ShapeList.named(List.of("gpt-2", "all", "gpt-2"))).doesNotHaveDuplicates();
  }

  @Test
  void aWindowOfFourThousandKeysHoldsTheQuerysOwn() {
    Shape mistral = ShapeList.named(List.of("mistral-7b")).getFirst();
    assertThat(mistral.spec().endKey(0, 8191) - mistral.spec().firstKey(0, 8191)).isEqualTo(4096);
  }

  @Test
  void aFileHasDefaultsForWhatItLeavesOut() throws IOException {
    Path file =
        file("[{\"model\": \"mine\", \"queryHeads\": 4, \"queryLength\": 10, \"headDim\": 8}]");
    assertThat(ShapeList.named(List.of(file.toString())))
        .containsExactly(new Shape("mine", 1, 4, 4, 10, 10, 8, 8, "full", 0));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{} | no JSON array",
        "[{\"model\": \"m\"}] | shape 1: it lacks 'queryHeads'",
        "[{\"queryHeads\": 4, \"queryLength\": 10, \"headDim\": 8}] | it lacks 'model'",
        "[{\"model\": \"m\", \"heads\": 4}] | \"heads\"",
        "[{\"model\": \"m\", \"queryHeads\": 4, \"kvHeads\": 3, \"queryLength\": 9, \"headDim\": 8}] | 4 query heads do not divide",
        "[{\"model\": \"m\", \"queryHeads\": 1, \"queryLength\": 9, \"headDim\": 8, \"mask\": \"wide\"}] | mask 'wide' is none of",
        "[{\"model\": \"a/b\", \"queryHeads\": 1, \"queryLength\": 9, \"headDim\": 8}] | 'a/b'",
        "[{\"model\": \"m\", \"queryHeads\": 1.5, \"queryLength\": 9, \"headDim\": 8}] | 1.5",
        "[] | it holds no shape",
        "null | but null",
        "[null] | shape 1 is null"
      })
  void aFileThatIsNoListOfShapesIsRefusedByName(String text, String reason) throws IOException {
    Path file = file(text);
    assertThatThrownBy(() -> ShapeList.named(List.of(file.toString())))
        .isInstanceOf(InvalidFileException.class)
        .hasMessageContaining("shapes.json")
        .hasMessageContaining(reason);
  }

  @Test
  void aNameThatIsNeitherIsAnErrorThatNamesThePresets() {
    assertThatThrownBy(() -> ShapeList.named(List.of("llama-9")))
        .hasMessageContaining("'llama-9'")
        .hasMessageContaining("bert-base")
        .hasMessageContaining("mistral-7b");
  }
}
