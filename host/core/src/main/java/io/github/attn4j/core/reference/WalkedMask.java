package io.github.attn4j.core.reference;

import io.github.attn4j.core.expression.PairPredicate;
import io.github.attn4j.core.expression.TreeWalk;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.Mask;

/** A mask by its definition, with conditions walked instead of compiled. */
@FunctionalInterface
interface WalkedMask {
  /** Whether query q, which stands at a position, sees key k. */
  boolean visible(int b, int h, int q, long position, int k);

  /** The whole mask of a spec. */
  static WalkedMask of(AttentionSpec spec) {
    return of(spec.mask(), spec);
  }

  private static WalkedMask of(Mask mask, AttentionSpec spec) {
    return switch (mask) {
      case Mask.Expression condition -> {
        PairPredicate pairs = TreeWalk.visible(condition.expression(), spec.domain());
        yield (b, h, q, position, k) -> pairs.visible(b, h, q, (int) position, k);
      }
      case Mask.And and -> {
        WalkedMask first = of(and.first(), spec);
        WalkedMask second = of(and.second(), spec);
        yield (b, h, q, position, k) ->
            first.visible(b, h, q, position, k)
                && second.visible(b, h, q, position, k)
                && and.bias(b, h, q, k) != Float.NEGATIVE_INFINITY;
      }
      case Mask.None none -> none::visible;
      case Mask.Window window -> window::visible;
      case Mask.DenseBoolean dense -> dense::visible;
      case Mask.DenseAdditive dense -> dense::visible;
    };
  }
}
