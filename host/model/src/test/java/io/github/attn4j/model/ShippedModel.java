package io.github.attn4j.model;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Objects;

/** The model on the class path, parsed once for all tests. */
final class ShippedModel {
  static final ModelCapture CAPTURE = ModelCapture.load();
  static final LayerZeroWeights WEIGHTS = readWeights();

  private ShippedModel() {}

  static InputStream open(String resource) {
    return Objects.requireNonNull(
        ShippedModel.class.getClassLoader().getResourceAsStream(resource), resource);
  }

  private static LayerZeroWeights readWeights() {
    try (InputStream onnx = open(ModelCapture.ONNX_RESOURCE)) {
      return LayerZeroWeights.read(onnx);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
