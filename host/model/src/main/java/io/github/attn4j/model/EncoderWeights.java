package io.github.attn4j.model;

import static io.github.attn4j.model.LayerZeroWeights.HIDDEN;
import static io.github.attn4j.model.LayerZeroWeights.POSITIONS;
import static io.github.attn4j.model.LayerZeroWeights.VOCABULARY;

import io.github.attn4j.model.LayerZeroNames.ProjectionNames;
import io.github.attn4j.model.LayerZeroWeights.Projection;
import io.github.attn4j.model.OnnxFile.Tensor;
import io.github.attn4j.model.onnx.OnnxNode;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;

/**
 * All parameters of all-MiniLM-L6-v2, as the ONNX file has them: row-major float arrays.
 *
 * @param words [VOCABULARY][HIDDEN]
 * @param positions [POSITIONS][HIDDEN]
 * @param types [2][HIDDEN]
 * @param norm of the embedding
 * @param layers from the first to the last
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record EncoderWeights(
    float[] words, float[] positions, float[] types, Normalisation norm, List<Layer> layers) {
  /** Layers of the model. */
  static final int LAYERS = 6;

  /** The feed-forward layer's width. */
  static final int WIDE = 4 * HIDDEN;

  /** Both [HIDDEN]. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Normalisation(float[] gamma, float[] beta) {}

  /**
   * One layer.
   *
   * @param projections to queries, keys and values side by side: [HIDDEN][3 HIDDEN]
   * @param output after attention, [HIDDEN][HIDDEN]
   * @param widen [HIDDEN][WIDE]
   * @param narrow [WIDE][HIDDEN]
   */
  record Layer(
      Projection projections,
      Projection output,
      Normalisation attentionNorm,
      Projection widen,
      Projection narrow,
      Normalisation outputNorm) {}

  /** Where a graph keeps them. */
  private record Names(
      String words,
      String positions,
      String types,
      NormNames norm,
      List<LayerNames> layers,
      Set<String> all) {}

  private record NormNames(String gamma, String beta) {}

  private record LayerNames(
      List<ProjectionNames> projections,
      ProjectionNames output,
      NormNames attentionNorm,
      ProjectionNames widen,
      ProjectionNames narrow,
      NormNames outputNorm) {}

  /**
   * Reads them.
   *
   * @param onnx the file's bytes, not closed
   * @throws ModelLoadException if a node or tensor is missing or has another shape
   * @throws IOException if the stream fails
   */
  static EncoderWeights read(InputStream onnx) throws IOException {
    AtomicReference<Names> found = new AtomicReference<>();
    Map<String, Tensor> tensors =
        OnnxFile.readTensors(
            onnx,
            nodes -> {
              Names names = find(nodes);
              found.set(names);
              return names.all();
            });
    Names names = Objects.requireNonNull(found.get(), "readTensors() asked nobody");
    List<Layer> layers = new ArrayList<>();
    for (LayerNames layer : names.layers()) {
      layers.add(
          new Layer(
              sideBySide(tensors, layer.projections()),
              projection(tensors, layer.output(), HIDDEN, HIDDEN),
              norm(tensors, layer.attentionNorm()),
              projection(tensors, layer.widen(), HIDDEN, WIDE),
              projection(tensors, layer.narrow(), WIDE, HIDDEN),
              norm(tensors, layer.outputNorm())));
    }
    return new EncoderWeights(
        LayerZeroWeights.values(tensors, names.words(), VOCABULARY, HIDDEN),
        LayerZeroWeights.values(tensors, names.positions(), POSITIONS, HIDDEN),
        LayerZeroWeights.values(tensors, names.types(), 2, HIDDEN),
        norm(tensors, names.norm()),
        List.copyOf(layers));
  }

  private static Names find(List<OnnxNode> nodes) {
    OnnxGraph graph = new OnnxGraph(nodes);
    List<LayerNames> layers = new ArrayList<>();
    for (int layer = 0; layer < LAYERS; layer++) {
      String path = "/encoder/layer." + layer;
      layers.add(
          new LayerNames(
              List.of(
                  graph.projection(path + "/attention/self/query"),
                  graph.projection(path + "/attention/self/key"),
                  graph.projection(path + "/attention/self/value")),
              graph.projection(path + "/attention/output/dense"),
              norm(graph, path + "/attention/output/LayerNorm"),
              graph.projection(path + "/intermediate/dense"),
              graph.projection(path + "/output/dense"),
              norm(graph, path + "/output/LayerNorm")));
    }
    String words = graph.table("/embeddings/word_embeddings/Gather");
    String positions = graph.table("/embeddings/position_embeddings/Gather");
    String types = graph.table("/embeddings/token_type_embeddings/Gather");
    NormNames norm = norm(graph, "/embeddings/LayerNorm");
    Set<String> all = new HashSet<>(List.of(words, positions, types, norm.gamma(), norm.beta()));
    for (LayerNames layer : layers) {
      List<ProjectionNames> projections = new ArrayList<>(layer.projections());
      projections.addAll(List.of(layer.output(), layer.widen(), layer.narrow()));
      projections.forEach(one -> all.addAll(List.of(one.weight(), one.bias())));
      for (NormNames one : List.of(layer.attentionNorm(), layer.outputNorm())) {
        all.addAll(List.of(one.gamma(), one.beta()));
      }
    }
    return new Names(words, positions, types, norm, layers, all);
  }

  private static NormNames norm(OnnxGraph graph, String path) {
    return new NormNames(
        graph.parameter(path + "/Mul", "Mul"), graph.parameter(path + "/Add_1", "Add"));
  }

  private static Normalisation norm(Map<String, Tensor> tensors, NormNames names) {
    return new Normalisation(
        LayerZeroWeights.values(tensors, names.gamma(), HIDDEN),
        LayerZeroWeights.values(tensors, names.beta(), HIDDEN));
  }

  private static Projection projection(
      Map<String, Tensor> tensors, ProjectionNames names, int inputs, int outputs) {
    return new Projection(
        LayerZeroWeights.values(tensors, names.weight(), inputs, outputs),
        LayerZeroWeights.values(tensors, names.bias(), outputs));
  }

  /** One matrix whose columns are those of all, so that one product makes Q, K and V. */
  private static Projection sideBySide(
      Map<String, Tensor> tensors, List<ProjectionNames> projections) {
    int columns = projections.size() * HIDDEN;
    float[] weight = new float[HIDDEN * columns];
    float[] bias = new float[columns];
    for (int part = 0; part < projections.size(); part++) {
      Projection one = projection(tensors, projections.get(part), HIDDEN, HIDDEN);
      for (int row = 0; row < HIDDEN; row++) {
        System.arraycopy(one.weight(), row * HIDDEN, weight, row * columns + part * HIDDEN, HIDDEN);
      }
      System.arraycopy(one.bias(), 0, bias, part * HIDDEN, HIDDEN);
    }
    return new Projection(weight, bias);
  }
}
