package io.github.attn4j.core.spec;

import io.github.attn4j.core.expression.Domain;
import io.github.attn4j.core.expression.PairScore;
import io.github.attn4j.core.expression.PreciseScore;
import io.github.attn4j.core.expression.ScoreExpression;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of the score of a pair after scale and soft cap, before any mask. A pair whose score
 * becomes negative infinity is hidden, as by an additive mask; see docs/semantics.md.
 */
public sealed interface ScoreModifier {

  /**
   * The score of a pair in float32, given what it was; query {@code q} stands at {@code position}.
   */
  float apply(float score, int b, int h, int q, long position, int k);

  /** Name for reports: an expression's text, however long; empty where nothing is changed. */
  String label();

  /** Nothing. */
  record None() implements ScoreModifier {
    @Override
    public float apply(float score, int b, int h, int q, long position, int k) {
      return score;
    }

    @Override
    public String label() {
      return "";
    }
  }

  /**
   * A number in the language of docs/masks.md. A spec binds it to its own shape; before that nobody
   * can ask it for a pair. Equal to another where the numbers are.
   */
  final class Expression implements ScoreModifier {
    private final ScoreExpression expression;
    private final String label;
    private final @Nullable Domain domain;
    private volatile @Nullable PairScore compiled;

    private Expression(ScoreExpression expression, String label, @Nullable Domain domain) {
      this.expression = expression;
      this.label = label;
      this.domain = domain;
    }

    /** The number. */
    public ScoreExpression expression() {
      return expression;
    }

    /** The same in float64, for the oracle. Made anew at each call: keep it. */
    public PreciseScore precisely() {
      return expression.precisely(bound());
    }

    private Domain bound() {
      if (domain == null) {
        throw new IllegalStateException("score '%s' belongs to no spec yet".formatted(label));
      }
      return domain;
    }

    @Override
    public float apply(float score, int b, int h, int q, long position, int k) {
      PairScore pairs = compiled;
      if (pairs == null) {
        pairs = expression.compile(bound());
        compiled = pairs; // compiled twice where threads meet here first: to the same
      }
      return pairs.score(score, b, h, q, (int) position, k);
    }

    @Override
    public String label() {
      return label;
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Expression that && expression.equals(that.expression);
    }

    @Override
    public int hashCode() {
      return expression.hashCode();
    }

    @Override
    public String toString() {
      return label;
    }
  }

  /** Nothing. */
  static ScoreModifier none() {
    return new None();
  }

  /** A number in the language of docs/masks.md; its text is its label. */
  static ScoreModifier expression(ScoreExpression expression) {
    return expression(expression, expression.text());
  }

  /**
   * A number in the language of docs/masks.md.
   *
   * @param label what tables call it: a preset's name, say
   */
  static ScoreModifier expression(ScoreExpression expression, String label) {
    return new Expression(expression, label, null);
  }

  /**
   * This modifier checked for a shape and bound to it.
   *
   * @param domain asked for only where there is an expression
   * @throws io.github.attn4j.core.expression.ExpressionException where it is certainly a mistake
   *     for the shape
   */
  default ScoreModifier bindTo(Supplier<Domain> domain) {
    return switch (this) {
      case None none -> none;
      case Expression own -> {
        own.expression.check(domain.get());
        yield new Expression(own.expression, own.label, domain.get());
      }
    };
  }
}
