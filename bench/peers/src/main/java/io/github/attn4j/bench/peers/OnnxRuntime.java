package io.github.attn4j.bench.peers;

import ai.onnxruntime.OrtEnvironment;
import io.github.attn4j.core.kernel.BackendException;
import io.github.attn4j.core.spec.ElementType;
import java.util.EnumSet;
import java.util.Set;

/** The library itself, loaded with this class. */
final class OnnxRuntime {
  /** One for the JVM. */
  static final OrtEnvironment ENVIRONMENT = load();

  /**
   * What both operators take on processors: Attention has code for f16, and around
   * MultiHeadAttention the session puts casts of its own. Neither takes bf16.
   */
  static final Set<ElementType> TYPES = EnumSet.of(ElementType.F32, ElementType.F16);

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
