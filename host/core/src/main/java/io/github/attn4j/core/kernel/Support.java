package io.github.attn4j.core.kernel;

/**
 * Whether a variant can compute a spec on a device. Unsupported is a value with a reason, never a
 * fallback.
 */
public sealed interface Support {
  /** It can. */
  record Yes() implements Support {}

  /**
   * It cannot.
   *
   * @param reason which property of the spec or the device stands in the way
   */
  record No(String reason) implements Support {}

  /** It can. */
  static Support yes() {
    return new Yes();
  }

  /** It cannot, for this reason. */
  static Support no(String reason) {
    return new No(reason);
  }
}
