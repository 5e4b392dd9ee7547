package io.github.attn4j.model;

import io.github.attn4j.model.OnnxFile.Tensor;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;

/**
 * The parameters between token ids and layer 0's queries, keys and values; row-major float arrays.
 *
 * @param wordEmbeddings [VOCABULARY][HIDDEN]
 * @param positionEmbeddings [POSITIONS][HIDDEN]
 * @param typeEmbeddings [2][HIDDEN], one row per segment type
 * @param normWeight [HIDDEN], gamma
 * @param normBias [HIDDEN], beta
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record LayerZeroWeights(
    float[] wordEmbeddings,
    float[] positionEmbeddings,
    float[] typeEmbeddings,
    float[] normWeight,
    float[] normBias,
    Projection query,
    Projection key,
    Projection value) {

  static final int VOCABULARY = 30522;
  static final int POSITIONS = 512;
  static final int HIDDEN = 384;

  /**
   * One projection: {@code x * weight + bias}.
   *
   * @param weight [HIDDEN in][HIDDEN out]
   * @param bias [HIDDEN out]
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Projection(float[] weight, float[] bias) {}

  /**
   * Reads them from an ONNX file.
   *
   * @param onnx the file's bytes, not closed
   * @throws ModelLoadException if a node or tensor is missing or has another shape
   * @throws IOException if the stream fails
   */
  static LayerZeroWeights read(InputStream onnx) throws IOException {
    AtomicReference<LayerZeroNames> found = new AtomicReference<>();
    Map<String, Tensor> tensors =
        OnnxFile.readTensors(
            onnx,
            nodes -> {
              LayerZeroNames names = LayerZeroNames.find(nodes);
              found.set(names);
              return names.tensors();
            });
    LayerZeroNames names = Objects.requireNonNull(found.get(), "readTensors() asked nobody");
    return new LayerZeroWeights(
        values(tensors, names.wordEmbeddings(), VOCABULARY, HIDDEN),
        values(tensors, names.positionEmbeddings(), POSITIONS, HIDDEN),
        values(tensors, names.typeEmbeddings(), 2, HIDDEN),
        values(tensors, names.normWeight(), HIDDEN),
        values(tensors, names.normBias(), HIDDEN),
        projection(tensors, names.query()),
        projection(tensors, names.key()),
        projection(tensors, names.value()));
  }

  private static Projection projection(
      Map<String, Tensor> tensors, LayerZeroNames.ProjectionNames names) {
    return new Projection(
        values(tensors, names.weight(), HIDDEN, HIDDEN), values(tensors, names.bias(), HIDDEN));
  }

  /** A tensor of the file, which must have this shape. */
  static float[] values(Map<String, Tensor> tensors, String name, Integer... shape) {
    Tensor tensor = tensors.get(name);
    List<Long> expected = Arrays.stream(shape).map(Integer::longValue).toList();
    if (tensor == null || !tensor.shape().equals(expected)) {
      throw new ModelLoadException(
          "Tensor "
              + name
              + " should have shape "
              + expected
              + ", it has "
              + (tensor == null ? "none" : tensor.shape()));
    }
    return tensor.values();
  }
}
