package io.github.attn4j.model;

/**
 * The model cannot be had: a resource is missing, its ONNX graph is not the expected one, or its
 * tokenizer does not run on this platform. The message names the resource, node, tensor or platform
 * and the way out.
 */
public final class ModelLoadException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  ModelLoadException(String message) {
    super(message);
  }

  ModelLoadException(String message, Throwable cause) {
    super(message, cause);
  }
}
