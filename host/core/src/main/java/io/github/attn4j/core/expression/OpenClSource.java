package io.github.attn4j.core.expression;

import java.util.EnumSet;
import org.jspecify.annotations.Nullable;

/**
 * A mask, a score or both as OpenCL C 1.2: functions to put before a kernel, and the words that
 * they look up. Every character comes from the tree; of what a user typed, nothing does.
 *
 * <p>A mask gives
 *
 * <pre>bool attn_expr_visible(int b, int h, int q, int p, int k, int nq, int nk,
 *                       __global const int *words)</pre>
 *
 * and a score
 *
 * <pre>float attn_expr_score(float s, int b, int h, int q, int p, int k, int nq, int nk,
 *                      __global const int *words)</pre>
 *
 * <p>Ints are equal to the host's bit for bit. Floats are where the program is built without
 * relaxed math and, if {@link #dividesFloats}, with {@code -cl-fp32-correctly-rounded-divide-sqrt};
 * exp, tanh and log2 differ by the units in the last place that OpenCL allows. See docs/masks.md.
 */
public final class OpenClSource {
  /** Names of the parameters behind b, h, q, p and k; {@code words} is the last. */
  private static final String PAIR =
      "int b, int h, int q, int p, int k, int nq, int nk, __global const int *words";

  /**
   * A product and a sum fused into one rounding would differ from the host, and -cl-mad-enable
   * invites it. Within the function, so that the kernel around it keeps what it was built for.
   */
  private static final String NO_CONTRACTION = "#pragma OPENCL FP_CONTRACT OFF\n";

  private final String text;
  private final int[] words;
  private final boolean dividesFloats;

  private OpenClSource(String text, int[] words, boolean dividesFloats) {
    this.text = text;
    this.words = words;
    this.dividesFloats = dividesFloats;
  }

  /**
   * Emits both for as many query heads.
   *
   * @param mask what is visible, or null for no function of that name
   * @param score what becomes of a score, or null for no function of that name
   * @param heads query heads, for their slopes
   */
  public static OpenClSource of(
      @Nullable MaskExpression mask, @Nullable ScoreExpression score, int heads) {
    TableWords words = new TableWords(heads);
    EnumSet<OpenClHelpers> helpers = EnumSet.noneOf(OpenClHelpers.class);
    OpenClTree trees = new OpenClTree(words, helpers);
    StringBuilder functions = new StringBuilder();
    if (mask != null) {
      functions
          .append(
              "static inline bool attn_expr_visible("
                  + PAIR
                  + ") {\n"
                  + NO_CONTRACTION
                  + "  return ")
          .append(trees.condition(mask.tree()))
          .append(";\n}\n");
    }
    if (score != null) {
      functions
          .append(
              "static inline float attn_expr_score(float s, "
                  + PAIR
                  + ") {\n"
                  + NO_CONTRACTION
                  + "  return ")
          .append(trees.floatValue(score.tree()))
          .append(";\n}\n");
    }
    return new OpenClSource(
        OpenClHelpers.sources(helpers) + functions, words.toArray(), trees.dividesFloats());
  }

  /** The functions; the same for the same trees, tables' sizes and heads. */
  public String text() {
    return text;
  }

  /** What to upload and pass as {@code words}: tables one after another; never empty. */
  public int[] words() {
    return words.clone();
  }

  /** Whether equality with the host takes division to be rounded correctly. */
  public boolean dividesFloats() {
    return dividesFloats;
  }
}
