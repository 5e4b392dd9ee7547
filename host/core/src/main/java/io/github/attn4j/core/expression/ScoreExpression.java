package io.github.attn4j.core.expression;

/**
 * A change to the score of a visible pair as a number over (s, b, h, q, p, k), for example {@code s
 * - slope(h) * (p - k)}.
 */
public final class ScoreExpression extends PairExpression {
  private ScoreExpression(Source source) {
    super(source);
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

  /** Compiles to bytecode for one shape; safe for many threads. */
  public PairScore compile(Domain domain) {
    return PairCompiler.score(tree(), domain);
  }

  /** Evaluates in float64 with bounds of float32's error, for one shape; safe for many threads. */
  public PreciseScore precisely(Domain domain) {
    return new PreciseScore(tree(), domain);
  }
}
