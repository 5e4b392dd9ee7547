package io.github.attn4j.core.spec;

import io.github.attn4j.core.expression.MaskExpression;
import org.jspecify.annotations.Nullable;

/**
 * A mask in the form every kernel takes: one window, at most one dense mask, at most one condition.
 * Whatever a {@link Mask} is composed of reduces to it: windows intersect, dense masks combine,
 * conditions are joined by {@code &&}.
 *
 * @param left keys visible before the position, -1 for all
 * @param right keys visible after the position, -1 for all
 * @param dense values per pair, or null where there are none
 * @param expression the condition, or null where there is none
 */
public record CanonicalMask(
    int left, int right, @Nullable DenseMask dense, @Nullable MaskExpression expression) {

  static CanonicalMask of(Mask mask) {
    return switch (mask) {
      case Mask.None none -> new CanonicalMask(-1, -1, null, null);
      case Mask.Window window -> new CanonicalMask(window.left(), window.right(), null, null);
      case Mask.DenseBoolean bool -> new CanonicalMask(-1, -1, bool.values(), null);
      case Mask.DenseAdditive additive -> new CanonicalMask(-1, -1, additive.values(), null);
      case Mask.Expression condition -> new CanonicalMask(-1, -1, null, condition.expression());
      case Mask.And and -> of(and.first()).intersect(of(and.second()));
    };
  }

  /** First key that the window leaves to a query at a position, of as many keys as exist. */
  public int firstKey(long position, int keyLength) {
    long first = left < 0 ? 0 : Math.max(0, position - left);
    return (int) Math.min(first, keyLength);
  }

  /** One past the last key that the window leaves; at least {@link #firstKey}. */
  public int endKey(long position, int keyLength) {
    long end = right < 0 ? keyLength : Math.min(keyLength, position + right + 1);
    return (int) Math.max(end, firstKey(position, keyLength));
  }

  private CanonicalMask intersect(CanonicalMask other) {
    DenseMask both;
    if (dense == null) {
      both = other.dense;
    } else {
      both = other.dense == null ? dense : dense.combine(other.dense);
    }
    MaskExpression condition;
    if (expression == null) {
      condition = other.expression;
    } else {
      condition = other.expression == null ? expression : expression.and(other.expression);
    }
    return new CanonicalMask(
        narrower(left, other.left), narrower(right, other.right), both, condition);
  }

  private static int narrower(int side, int otherSide) {
    if (side < 0) {
      return otherSide;
    }
    return otherSide < 0 ? side : Math.min(side, otherSide);
  }
}
