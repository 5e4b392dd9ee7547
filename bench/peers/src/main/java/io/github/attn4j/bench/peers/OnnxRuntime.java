package io.github.attn4j.bench.peers;

import ai.onnxruntime.OrtEnvironment;
import io.github.attn4j.core.kernel.BackendException;

/** The library itself, loaded with this class. */
final class OnnxRuntime {
  /** One for the JVM. */
  static final OrtEnvironment ENVIRONMENT = load();

  private OnnxRuntime() {}

  private static OrtEnvironment load() {
    try {
      return OrtEnvironment.getEnvironment();
    } catch (LinkageError | IllegalStateException e) {
      throw new BackendException.Unavailable(
          "ONNX Runtime cannot be loaded: %s".formatted(e.getMessage()));
    }
  }

  static String version() {
    return "ONNX Runtime " + ENVIRONMENT.getVersion();
  }
}
