package io.github.attn4j.core.expression;

/**
 * A mask as a condition over (b, h, q, p, k), for example {@code k <= p && p - k < 256 || k < 4}. A
 * pair is visible where it holds.
 */
public final class MaskExpression extends PairExpression {
  private MaskExpression(Source source) {
    super(source);
  }

  /**
   * Parses a mask.
   *
   * @param text in the language of docs/masks.md
   * @param bindings the constants and tables that it may name
   * @throws ExpressionException where the text is no condition, or wrong whatever the shape
   */
  public static MaskExpression parse(String text, Bindings bindings) {
    return new MaskExpression(Source.parse(text, bindings, false));
  }

  /** Parses a mask that names nothing but the language's own. */
  public static MaskExpression parse(String text) {
    return parse(text, Bindings.none());
  }

  /** Both conditions at once. */
  public MaskExpression and(MaskExpression other) {
    return new MaskExpression(source().and(other.source()));
  }

  /** Compiles to bytecode for one shape; safe for many threads. */
  public PairPredicate compile(Domain domain) {
    return PairCompiler.mask(tree(), domain);
  }

  /**
   * What is known of a block of pairs of one batch and head, without asking any of them.
   *
   * @param lastQuery inclusive
   * @param lastKey inclusive
   */
  public Truth over(
      Domain domain, int b, int h, int firstQuery, int lastQuery, int firstKey, int lastKey) {
    return ranges(domain, b, h, firstQuery, lastQuery, firstKey, lastKey).truth(tree());
  }
}
