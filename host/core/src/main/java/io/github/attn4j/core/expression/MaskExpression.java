package io.github.attn4j.core.expression;

/**
 * A mask as a condition over (b, h, q, p, k), for example {@code k <= p && p - k < 256 || k < 4}. A
 * pair is visible where it holds. Equal to another where their trees are equal.
 */
public final class MaskExpression {
  private final Source source;

  private MaskExpression(Source source) {
    this.source = source;
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

  /** The condition. */
  public Expression tree() {
    return source.tree();
  }

  /** The expression with no more brackets than it needs; parses to an equal one. */
  public String text() {
    return ExpressionPrinter.print(source.tree());
  }

  /** Both conditions at once. */
  public MaskExpression and(MaskExpression other) {
    return new MaskExpression(source.and(other.source));
  }

  /** Whether it names a variable. */
  public boolean uses(Variable variable) {
    return Source.uses(source.tree(), variable);
  }

  /**
   * Refuses what is certainly a mistake for a shape.
   *
   * @throws ExpressionException where a divisor is always 0, an index always out of range, or a
   *     result leaves 32 bits for a pair that was tried
   */
  public void check(Domain domain) {
    source.check().over(domain);
  }

  /** Compiles to bytecode for one shape; safe for many threads. */
  public PairPredicate compile(Domain domain) {
    return PairCompiler.mask(source.tree(), domain);
  }

  /**
   * What is known of a block of pairs of one batch and head, without asking any of them.
   *
   * @param lastQuery inclusive
   * @param lastKey inclusive
   */
  public Truth over(
      Domain domain, int b, int h, int firstQuery, int lastQuery, int firstKey, int lastKey) {
    Region region = Region.of(domain, b, h, firstQuery, lastQuery, firstKey, lastKey);
    return new RangeEvaluator(region, RangeEvaluator.Findings.NONE).truth(source.tree());
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof MaskExpression that && source.tree().equals(that.source.tree());
  }

  @Override
  public int hashCode() {
    return source.tree().hashCode();
  }

  @Override
  public String toString() {
    return text();
  }
}
