package io.github.attn4j.core.spec;

import io.github.attn4j.core.blockmap.BlockEnumerator;
import io.github.attn4j.core.blockmap.BlockKind;
import io.github.attn4j.core.blockmap.BlockMap;
import io.github.attn4j.core.blockmap.BlockSize;
import io.github.attn4j.core.blockmap.RegionTruth;
import io.github.attn4j.core.expression.Domain;
import io.github.attn4j.core.expression.MaskExpression;
import io.github.attn4j.core.expression.PairPredicate;
import io.github.attn4j.core.expression.Truth;
import io.github.attn4j.core.expression.Variable;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The block map of a spec's whole mask: window, condition and dense values together. It tells what
 * is visible and nothing else: an additive mask's biases count in full blocks too.
 */
final class VisibleBlocks {
  private VisibleBlocks() {}

  static BlockMap of(AttentionSpec spec) {
    return of(spec, spec.blockEnumerator());
  }

  static BlockMap of(AttentionSpec spec, BlockEnumerator enumerator) {
    Domain domain = spec.domain();
    CanonicalMask mask = spec.canonicalMask();
    MaskExpression condition = mask.expression();
    boolean dense = mask.dense() != null;
    return BlockMap.build(
        domain,
        BlockSize.STANDARD,
        truth(mask, domain),
        condition != null && condition.comparesTranscendentals()
            ? VisibleBlocks::leaveToKernels
            : enumerator,
        dense || uses(condition, Variable.B),
        dense || uses(condition, Variable.H));
  }

  /**
   * What intervals, which allow for every device's rounding, cannot decide where pairs depend on
   * exp, tanh or log2: host and device may see other pairs, so that neither may speak for the
   * other, and maps that depended on who was asked would be no basis for comparisons.
   */
  private static void leaveToKernels(
      int b, int h, int[] rows, int[] columns, int count, BlockKind[] kinds) {
    Arrays.fill(kinds, 0, count, BlockKind.PARTIAL);
  }

  /** The spec's mask, asked pair by pair. */
  static PairPredicate pairs(AttentionSpec spec) {
    Mask mask = spec.mask();
    return mask::visible;
  }

  private static boolean uses(@Nullable MaskExpression condition, Variable variable) {
    return condition != null && condition.uses(variable);
  }

  /** Values of a dense mask are known only where window or condition leave nothing of them. */
  private static RegionTruth truth(CanonicalMask mask, Domain domain) {
    MaskExpression condition = mask.expression();
    return (b, h, firstQuery, lastQuery, firstKey, lastKey) -> {
      Truth window =
          window(
              mask,
              domain.position(b, firstQuery),
              domain.position(b, lastQuery),
              firstKey,
              lastKey);
      if (window == Truth.NEVER) {
        return Truth.NEVER;
      }
      Truth both = window;
      if (condition != null) {
        Truth own = condition.over(domain, b, h, firstQuery, lastQuery, firstKey, lastKey);
        both = own == Truth.ALWAYS ? window : own;
        if (own != Truth.NEVER && window == Truth.MIXED) {
          both = Truth.MIXED;
        }
      }
      return both == Truth.ALWAYS && mask.dense() != null ? Truth.MIXED : both;
    };
  }

  private static Truth window(
      CanonicalMask mask, long firstPosition, long lastPosition, int firstKey, int lastKey) {
    boolean left = mask.left() >= 0;
    boolean right = mask.right() >= 0;
    if ((left && lastKey < firstPosition - mask.left())
        || (right && firstKey > lastPosition + mask.right())) {
      return Truth.NEVER;
    }
    boolean whole =
        (!left || firstKey >= lastPosition - mask.left())
            && (!right || lastKey <= firstPosition + mask.right());
    return whole ? Truth.ALWAYS : Truth.MIXED;
  }
}
