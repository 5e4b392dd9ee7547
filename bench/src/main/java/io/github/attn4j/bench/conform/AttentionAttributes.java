package io.github.attn4j.bench.conform;

import io.github.attn4j.core.spec.ElementType;
import io.github.attn4j.model.onnx.OnnxAttribute;
import io.github.attn4j.model.onnx.OnnxNode;
import io.github.attn4j.model.onnx.OnnxType;
import org.jspecify.annotations.Nullable;

/**
 * The attributes of ONNX's {@code Attention}, versions 23 to 25.
 *
 * @param causal whether a query sees no key behind its own position
 * @param scale on q . k; null for 1/sqrt(D)
 * @param softCap 0 for none
 * @param queryHeads of 3-D inputs; 0 where it is not said
 * @param kvHeads of 3-D inputs; 0 where it is not said
 * @param scoresMode what {@code qk_matmul_output} holds, 0 to 3
 * @param softmaxPrecision to which scores are rounded before the softmax; null where it is not said
 * @param left keys before a query's position that it sees, -1 for all
 * @param right keys behind it, -1 for all
 */
record AttentionAttributes(
    boolean causal,
    @Nullable Float scale,
    float softCap,
    int queryHeads,
    int kvHeads,
    int scoresMode,
    @Nullable OnnxType softmaxPrecision,
    int left,
    int right) {
  static final int FIRST_OPSET = 23;
  static final int LAST_OPSET = 25;
  private static final int OPSET_OF_WINDOWS = 25;

  /**
   * Reads a node's.
   *
   * @throws UnsupportedCaseException naming an attribute, a value or a version that is not known
   */
  static AttentionAttributes of(OnnxNode node, long opset) {
    if (opset < FIRST_OPSET || opset > LAST_OPSET) {
      throw new UnsupportedCaseException(
          "opset %d: Attention is known as of opsets %d to %d"
              .formatted(opset, FIRST_OPSET, LAST_OPSET));
    }
    boolean causal = false;
    Float scale = null;
    float softCap = 0;
    int queryHeads = 0;
    int kvHeads = 0;
    int scoresMode = 0;
    OnnxType precision = null;
    int left = -1;
    int right = -1;
    for (OnnxAttribute attribute : node.attributes()) {
      switch (attribute.name()) {
        case "is_causal" -> causal = integer(attribute, 0, 1) == 1;
        case "scale" -> scale = scale(attribute);
        case "softcap" -> softCap = softCap(attribute);
        case "q_num_heads" -> queryHeads = integer(attribute, 1, Integer.MAX_VALUE);
        case "kv_num_heads" -> kvHeads = integer(attribute, 1, Integer.MAX_VALUE);
        case "qk_matmul_output_mode" -> scoresMode = integer(attribute, 0, 3);
        case "softmax_precision" -> precision = precision(attribute);
        case "left_window_size" -> left = window(attribute, opset);
        case "right_window_size" -> right = window(attribute, opset);
        default ->
            throw new UnsupportedCaseException(
                "attribute %s, which is none of Attention's".formatted(attribute.name()));
      }
    }
    return new AttentionAttributes(
        causal, scale, softCap, queryHeads, kvHeads, scoresMode, precision, left, right);
  }

  private static int window(OnnxAttribute attribute, long opset) {
    if (opset < OPSET_OF_WINDOWS) {
      throw new UnsupportedCaseException(
          "attribute %s in opset %d: Attention has it since opset %d"
              .formatted(attribute.name(), opset, OPSET_OF_WINDOWS));
    }
    return integer(attribute, -1, Integer.MAX_VALUE);
  }

  private static int integer(OnnxAttribute attribute, int least, int largest) {
    require(attribute, OnnxAttribute.Kind.INT);
    if (attribute.integer() < least || attribute.integer() > largest) {
      throw new UnsupportedCaseException(
          "attribute %s of %d, which is not within %d..%d"
              .formatted(attribute.name(), attribute.integer(), least, largest));
    }
    return (int) attribute.integer();
  }

  private static float number(OnnxAttribute attribute) {
    require(attribute, OnnxAttribute.Kind.FLOAT);
    if (!Float.isFinite(attribute.number())) {
      throw new UnsupportedCaseException(
          "attribute %s of %s".formatted(attribute.name(), attribute.number()));
    }
    return attribute.number();
  }

  private static float scale(OnnxAttribute attribute) {
    if (number(attribute) < 0) {
      throw new UnsupportedCaseException(
          "attribute scale of %s: the standard multiplies Q and K by its square root"
              .formatted(attribute.number()));
    }
    return attribute.number();
  }

  private static float softCap(OnnxAttribute attribute) {
    if (number(attribute) < 0) {
      throw new UnsupportedCaseException(
          "attribute softcap of %s: a cap is positive, or 0 for none"
              .formatted(attribute.number()));
    }
    return attribute.number();
  }

  private static OnnxType precision(OnnxAttribute attribute) {
    OnnxType type = OnnxType.of(integer(attribute, 0, Integer.MAX_VALUE)).orElse(null);
    if (type == OnnxType.FLOAT
        || type == OnnxType.FLOAT16
        || type == OnnxType.DOUBLE
        || type == OnnxType.BFLOAT16) {
      return type;
    }
    throw new UnsupportedCaseException(
        "attribute softmax_precision of %d: the standard has 1, 10, 11 and 16"
            .formatted(attribute.integer()));
  }

  private static void require(OnnxAttribute attribute, OnnxAttribute.Kind kind) {
    if (attribute.kind() != kind) {
      throw new UnsupportedCaseException(
          "attribute %s of kind %s, where Attention's is %s"
              .formatted(attribute.name(), attribute.kind(), kind));
    }
  }

  /** Where keys are cut off behind a query: causal is a right side of 0. */
  int effectiveRight() {
    return causal ? 0 : right;
  }

  /**
   * Unit roundoff of what the standard rounds scores to before the softmax, where that is coarser
   * than float32; 0 otherwise.
   */
  double coarseSoftmaxRoundoff() {
    if (softmaxPrecision == OnnxType.FLOAT16) {
      return ElementType.F16.unitRoundoff();
    }
    return softmaxPrecision == OnnxType.BFLOAT16 ? ElementType.BF16.unitRoundoff() : 0;
  }
}
