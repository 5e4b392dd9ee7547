package io.github.attn4j.kernels.tornado;

/** Which keys a query sees; the definition is docs/semantics.md. Plain Java: kernels inline it. */
final class Pairs {
  private Pairs() {}

  /** First key that window and length leave to query i of batch b. */
  static int keyBegin(int[] shape, int b, int i) {
    int sequence = Arguments.SEQUENCES + Arguments.SEQUENCE_SIZE * b;
    return within(
        i + shape[sequence + Arguments.FIRST_KEY], shape[sequence + Arguments.KEY_LENGTH]);
  }

  /** One past the last key that they leave; at or before {@link #keyBegin} where that is none. */
  static int keyEnd(int[] shape, int b, int i) {
    int sequence = Arguments.SEQUENCES + Arguments.SEQUENCE_SIZE * b;
    return within(i + shape[sequence + Arguments.KEYS_END], shape[sequence + Arguments.KEY_LENGTH]);
  }

  private static int within(int key, int keyLength) {
    int bounded = key < keyLength ? key : keyLength;
    return bounded < 0 ? 0 : bounded;
  }

  /** Element index of row i of a tensor whose layout stands at {@code layout} in the shape. */
  static int row(int[] shape, int layout, int b, int h, int i) {
    return shape[layout] + b * shape[layout + 1] + h * shape[layout + 2] + i * shape[layout + 3];
  }

  /**
   * A score after the dense mask. A hidden pair becomes -inf by replacement, never by addition, so
   * that NaN in a hidden key cannot survive.
   *
   * @param index of the pair in the mask; looked at only where there is one
   */
  static float masked(byte[] visible, float[] bias, int maskKind, int index, float score) {
    float result = score;
    if (maskKind == Arguments.MASK_BOOLEAN) {
      if (visible[index] == 0) {
        result = Float.NEGATIVE_INFINITY;
      }
    }
    if (maskKind == Arguments.MASK_ADDITIVE) {
      float added = bias[index];
      result = added == Float.NEGATIVE_INFINITY ? added : score + added;
    }
    return result;
  }
}
