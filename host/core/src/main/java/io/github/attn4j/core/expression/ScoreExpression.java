package io.github.attn4j.core.expression;

/**
 * A change to the score of a visible pair as a number over (s, b, h, q, p, k), for example {@code s
 * - slope(h) * (p - k)}. Equal to another where their trees are equal.
 */
public final class ScoreExpression {
  private final Source source;

  private ScoreExpression(Source source) {
    this.source = source;
  }

  /**
   * Parses a score.
   *
   * @param text in the language of docs/masks.md
   * @param bindings the constants and tables that it may name
   * @throws ExpressionException where the text is no number, or wrong whatever the shape
   */
  public static ScoreExpression parse(String text, Bindings bindings) {
    return new ScoreExpression(Source.parse(text, bindings, true));
  }

  /** Parses a score that names nothing but the language's own. */
  public static ScoreExpression parse(String text) {
    return parse(text, Bindings.none());
  }

  /** The number. */
  public Expression tree() {
    return source.tree();
  }

  /** The expression with no more brackets than it needs; parses to an equal one. */
  public String text() {
    return ExpressionPrinter.print(source.tree());
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
  public PairScore compile(Domain domain) {
    return PairCompiler.score(source.tree(), domain);
  }

  /**
   * Bounds of the new score over a block of pairs of one batch and head, whatever the old one.
   *
   * @param lastQuery inclusive
   * @param lastKey inclusive
   */
  public FloatRange over(
      Domain domain, int b, int h, int firstQuery, int lastQuery, int firstKey, int lastKey) {
    Region region = Region.of(domain, b, h, firstQuery, lastQuery, firstKey, lastKey);
    return new RangeEvaluator(region, RangeEvaluator.Findings.NONE).floats(source.tree());
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ScoreExpression that && source.tree().equals(that.source.tree());
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
