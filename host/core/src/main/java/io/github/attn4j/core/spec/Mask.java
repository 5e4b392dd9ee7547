package io.github.attn4j.core.spec;

import io.github.attn4j.core.expression.Domain;
import io.github.attn4j.core.expression.MaskExpression;
import io.github.attn4j.core.expression.PairPredicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Which query-key pairs take part, and what is added to their scores. This is the definition:
 * alignment and window semantics are written here and nowhere else in Java; kernels receive the
 * canonical form ({@link CanonicalMask}).
 *
 * <p>A query's <em>position</em> is its index plus its batch's query offset; see docs/semantics.md.
 */
public sealed interface Mask {

  /**
   * Whether query {@code q} of head {@code h}, standing at {@code position}, sees key {@code k}.
   * Key lengths are the spec's affair, not the mask's: see {@link AttentionSpec#visible}.
   */
  boolean visible(int b, int h, int q, long position, int k);

  /** What is added to the score of a visible pair, after the soft cap. */
  default float bias(int b, int h, int q, int k) {
    return 0;
  }

  /**
   * Name for reports, for example {@code window(128,0)}; a condition's is its text, however long.
   */
  String label();

  /** Every pair. */
  record None() implements Mask {
    @Override
    public boolean visible(int b, int h, int q, long position, int k) {
      return true;
    }

    @Override
    public String label() {
      return "full";
    }
  }

  /**
   * Keys from {@code position - left} to {@code position + right}, both inclusive.
   *
   * @param left keys before the position, or -1 for all of them
   * @param right keys after the position, or -1 for all of them; causal is (-1, 0)
   */
  record Window(int left, int right) implements Mask {
    /** Checks that each side is -1 or more. */
    public Window {
      if (left < -1 || right < -1) {
        throw new IllegalArgumentException(
            "a window's sides must be at least 0, or -1 to leave one open, but it is (%d, %d)"
                .formatted(left, right));
      }
    }

    @Override
    public boolean visible(int b, int h, int q, long position, int k) {
      return (left < 0 || k >= position - left) && (right < 0 || k <= position + right);
    }

    @Override
    public String label() {
      return left == -1 && right == 0 ? "causal" : "window(" + left + "," + right + ")";
    }
  }

  /** A dense mask of booleans: a pair whose element is false is hidden. */
  record DenseBoolean(DenseMask values) implements Mask {
    @Override
    public boolean visible(int b, int h, int q, long position, int k) {
      return values.isVisible(b, h, q, k);
    }

    @Override
    public String label() {
      return "bool" + values.shapeLabel();
    }
  }

  /** A dense mask of floats added to the scores; a pair whose element is -inf is hidden. */
  record DenseAdditive(DenseMask values) implements Mask {
    @Override
    public boolean visible(int b, int h, int q, long position, int k) {
      return values.isVisible(b, h, q, k);
    }

    @Override
    public float bias(int b, int h, int q, int k) {
      return values.bias(b, h, q, k);
    }

    @Override
    public String label() {
      return "add" + values.shapeLabel();
    }
  }

  /**
   * A condition in the language of docs/masks.md. A spec binds it to its own shape; before that
   * nobody can ask it for a pair. Equal to another where the conditions are.
   */
  final class Expression implements Mask {
    private final MaskExpression expression;
    private final String label;
    private final @Nullable Domain domain;
    private volatile @Nullable PairPredicate compiled;

    private Expression(MaskExpression expression, String label, @Nullable Domain domain) {
      this.expression = expression;
      this.label = label;
      this.domain = domain;
    }

    /** The condition. */
    public MaskExpression expression() {
      return expression;
    }

    @Override
    public boolean visible(int b, int h, int q, long position, int k) {
      PairPredicate pairs = compiled;
      if (pairs == null) {
        if (domain == null) {
          throw new IllegalStateException("mask '%s' belongs to no spec yet".formatted(label));
        }
        pairs = expression.compile(domain);
        compiled = pairs; // compiled twice where threads meet here first: to the same
      }
      return pairs.visible(b, h, q, (int) position, k);
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

  /**
   * Both at once: a pair is visible where both see it, and both biases are added. Where the sum
   * overflows to negative infinity, the pair is hidden, as by any bias that is.
   */
  record And(Mask first, Mask second) implements Mask {
    @Override
    public boolean visible(int b, int h, int q, long position, int k) {
      return first.visible(b, h, q, position, k)
          && second.visible(b, h, q, position, k)
          && bias(b, h, q, k) != Float.NEGATIVE_INFINITY;
    }

    @Override
    public float bias(int b, int h, int q, int k) {
      return first.bias(b, h, q, k) + second.bias(b, h, q, k);
    }

    @Override
    public String label() {
      return first.label() + "&" + second.label(); // binds weaker than what conditions hold
    }
  }

  /** Every pair. */
  static Mask none() {
    return new None();
  }

  /** Keys up to the query's own position. */
  static Mask causal() {
    return new Window(-1, 0);
  }

  /** Keys within a distance of the position; see {@link Window}. */
  static Mask window(int left, int right) {
    return new Window(left, right);
  }

  /** A condition in the language of docs/masks.md; its text is its label. */
  static Mask expression(MaskExpression expression) {
    return expression(expression, expression.text());
  }

  /**
   * A condition in the language of docs/masks.md.
   *
   * @param label what tables call it: a preset's name, say
   */
  static Mask expression(MaskExpression expression, String label) {
    return new Expression(expression, label, null);
  }

  /**
   * This mask with every condition in it checked and bound to a shape.
   *
   * @param domain asked for only where there is a condition: not every shape has one
   * @throws io.github.attn4j.core.expression.ExpressionException where a condition is certainly a
   *     mistake for the shape
   */
  default Mask bindTo(Supplier<Domain> domain) {
    return switch (this) {
      case Expression own -> {
        own.expression.check(domain.get());
        yield new Expression(own.expression, own.label, domain.get());
      }
      case And and -> new And(and.first.bindTo(domain), and.second.bindTo(domain));
      default -> this;
    };
  }

  /** This mask and another one. */
  default Mask and(Mask other) {
    if (this instanceof None) {
      return other;
    }
    return other instanceof None ? this : new And(this, other);
  }
}
