package io.github.attn4j.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.attn4j.model.OnnxFile.Tensor;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class OnnxFileTest {
  @Test
  void findsTheAnonymousMatricesOfTheShippedModelThroughItsNodes() throws IOException {
    AtomicReference<LayerZeroNames> found = new AtomicReference<>();
    try (InputStream onnx = ShippedModel.open(ModelCapture.ONNX_RESOURCE)) {
      Map<String, Tensor> tensors =
          OnnxFile.readTensors(
              onnx,
              nodes -> {
                LayerZeroNames names = LayerZeroNames.find(nodes);
                found.set(names);
                return names.tensors();
              });
      assertThat(tensors).hasSize(11);
      assertThat(tensor(tensors, "onnx::MatMul_787").shape()).containsExactly(384L, 384L);
    }
    String attention = "encoder.layer.0.attention.self.";
    assertThat(found.get())
        .isEqualTo(
            new LayerZeroNames(
                "embeddings.word_embeddings.weight",
                "embeddings.position_embeddings.weight",
                "embeddings.token_type_embeddings.weight",
                "embeddings.LayerNorm.weight",
                "embeddings.LayerNorm.bias",
                projection("onnx::MatMul_787", attention, "query"),
                projection("onnx::MatMul_788", attention, "key"),
                projection("onnx::MatMul_791", attention, "value")));
  }

  @Test
  void readsOnlyTheWantedTensorsAndStopsAtTheLast() throws IOException {
    byte[] graph =
        OnnxBytes.join(
            OnnxBytes.node("look", "Gather", List.of("table", "ids"), List.of("out")),
            OnnxBytes.floats("other", new float[] {9}, 1),
            OnnxBytes.floats("table", new float[] {1, -2.5f, 3, 4, 5, 6}, 3, 2));
    byte[] model =
        OnnxBytes.model(
            OnnxBytes.join(graph, OnnxBytes.floats("late", new float[300_000], 300_000)));
    ByteArrayInputStream stream = new ByteArrayInputStream(model);
    Map<String, Tensor> tensors =
        OnnxFile.readTensors(stream, nodes -> Set.of(nodes.getFirst().inputs().getFirst()));
    assertThat(tensors).containsOnlyKeys("table");
    assertThat(tensor(tensors, "table").shape()).containsExactly(3L, 2L);
    assertThat(tensor(tensors, "table").values()).containsExactly(1, -2.5f, 3, 4, 5, 6);
    assertThat(stream.available()).as("bytes left unread").isGreaterThan(1_000_000);
  }

  @Test
  void readsATensorLargerThanOneChunk() throws IOException {
    float[] values = new float[100_003];
    for (int i = 0; i < values.length; i++) {
      values[i] = i;
    }
    byte[] model = OnnxBytes.model(OnnxBytes.floats("big", values, values.length));
    Tensor big = tensor(read(model, Set.of("big")), "big");
    assertThat(Arrays.equals(big.values(), values)).isTrue();
  }

  @Test
  void namesTheMissingNode() {
    byte[] model =
        OnnxBytes.model(
            OnnxBytes.join(
                OnnxBytes.node(
                    "/embeddings/word_embeddings/Gather",
                    "Gather",
                    List.of("table", "ids"),
                    List.of("out")),
                OnnxBytes.floats("table", new float[1], 1)));
    assertThatThrownBy(() -> LayerZeroWeights.read(new ByteArrayInputStream(model)))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("/embeddings/position_embeddings/Gather");
  }

  @Test
  void namesTheNodeOfAnotherKind() {
    byte[] node =
        OnnxBytes.node(
            "/embeddings/word_embeddings/Gather", "Cast", List.of("table"), List.of("out"));
    assertThatThrownBy(() -> LayerZeroWeights.read(new ByteArrayInputStream(OnnxBytes.model(node))))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("/embeddings/word_embeddings/Gather should be a Gather")
        .hasMessageContaining("it is a Cast");
  }

  @Test
  void namesTheAbsentTensor() {
    byte[] model = OnnxBytes.model(OnnxBytes.floats("present", new float[1], 1));
    assertThatThrownBy(() -> read(model, Set.of("absent", "present")))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("lacks the tensors [absent]");
  }

  @Test
  void namesTheTensorWhoseBytesDoNotFitItsShape() {
    byte[] model = OnnxBytes.model(OnnxBytes.floats("short", new float[5], 2, 3));
    assertThatThrownBy(() -> read(model, Set.of("short")))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("Tensor short of shape [2, 3] holds 20 bytes");
  }

  @Test
  void namesTheTensorOfAnotherType() {
    byte[] model = OnnxBytes.model(OnnxBytes.tensor("half", 10, new byte[4], 2));
    assertThatThrownBy(() -> read(model, Set.of("half")))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("Tensor half has ONNX data type 10");
  }

  @Test
  void saysThatATruncatedFileIsNotReadable() {
    byte[] model = OnnxBytes.model(OnnxBytes.floats("cut", new float[100], 100));
    byte[] cut = Arrays.copyOf(model, model.length - 40);
    assertThatThrownBy(() -> read(cut, Set.of("cut")))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("not a readable ONNX file");
  }

  @Test
  void saysThatAnEmptyFileHoldsNoGraph() {
    assertThatThrownBy(() -> read(new byte[0], Set.of("any")))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("no graph");
  }

  private static Tensor tensor(Map<String, Tensor> tensors, String name) {
    return Objects.requireNonNull(tensors.get(name), name);
  }

  private static Map<String, Tensor> read(byte[] model, Set<String> wanted) throws IOException {
    return OnnxFile.readTensors(new ByteArrayInputStream(model), nodes -> wanted);
  }

  private static LayerZeroNames.ProjectionNames projection(
      String weight, String attention, String role) {
    return new LayerZeroNames.ProjectionNames(
        weight,
        attention + role + ".bias",
        "/encoder/layer.0/attention/self/" + role + "/Add_output_0");
  }
}
