package io.github.attn4j.opencl;

import io.github.attn4j.core.kernel.StorageForms;
import io.github.attn4j.core.kernel.Support;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.CanonicalMask;
import io.github.attn4j.core.spec.Layout;
import io.github.attn4j.core.spec.ScoreModifier;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/**
 * What a user's kernel has code for, as its descriptor's {@code supports} says: what is not named
 * there is not asked of it.
 *
 * @param masks besides none
 * @param scoreExpressions whether it calls attn_expr_score (through {@code pair_score})
 * @param softCap whether scores are capped
 * @param groupedHeads whether there may be fewer key-value heads than query heads
 * @param keyLengths whether sequences may have fewer keys than were allocated
 * @param strides whether tensors may lie otherwise than contiguous [B, H, S, D]
 * @param deterministic whether a sequence's bits never depend on its neighbours
 * @param forms types and places of rows
 */
record GivenFeatures(
    Set<GivenMask> masks,
    boolean scoreExpressions,
    boolean softCap,
    boolean groupedHeads,
    boolean keyLengths,
    boolean strides,
    boolean deterministic,
    StorageForms forms) {
  /** Masks that a kernel must have code for. */
  enum GivenMask {
    /** Windows: causal attention is one. */
    WINDOW,
    /** A value for each pair that lets it through or not. */
    BOOLEAN,
    /** A value for each pair that is added to its score. */
    ADDITIVE,
    /** A condition in the language of docs/masks.md. */
    EXPRESSION;

    String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Keeps a set of its own. */
  GivenFeatures {
    masks =
        Collections.unmodifiableSet(
            masks.isEmpty() ? EnumSet.noneOf(GivenMask.class) : EnumSet.copyOf(masks));
  }

  /** Whether a spec asks for nothing else, or what else it asks for. */
  Support takes(AttentionSpec spec) {
    if (forms.takes(spec) instanceof Support.No no) {
      return no;
    }
    CanonicalMask mask = spec.canonicalMask();
    if (mask.left() >= 0 || mask.right() >= 0) {
      if (without(GivenMask.WINDOW) instanceof Support.No no) {
        return no;
      }
    }
    if (mask.dense() != null) {
      GivenMask kind = mask.dense().isAdditive() ? GivenMask.ADDITIVE : GivenMask.BOOLEAN;
      if (without(kind) instanceof Support.No no) {
        return no;
      }
    }
    if (mask.expression() != null && without(GivenMask.EXPRESSION) instanceof Support.No no) {
      return no;
    }
    if (!scoreExpressions && spec.scoreModifier() instanceof ScoreModifier.Expression) {
      return undeclared("scoreExpressions");
    }
    if (!softCap && spec.softCap() > 0) {
      return undeclared("softCap");
    }
    if (!groupedHeads && spec.kvHeads() != spec.queryHeads()) {
      return undeclared("groupedHeads");
    }
    if (!keyLengths && spec.keyLengths().stream().anyMatch(keys -> keys != spec.kvLength())) {
      return undeclared("keyLengths");
    }
    if (!strides && !contiguous(spec)) {
      return undeclared("strides");
    }
    return deterministic ? Support.yes() : Support.withoutDeterminism(spec);
  }

  private Support without(GivenMask kind) {
    return masks.contains(kind)
        ? Support.yes()
        : Support.no("its descriptor does not list %s in supports.masks".formatted(kind.label()));
  }

  private static Support undeclared(String field) {
    return Support.no("its descriptor does not say supports.%s".formatted(field));
  }

  private static boolean contiguous(AttentionSpec spec) {
    int queries = spec.querySlotRows();
    int keys = spec.keySlotRows();
    return spec.q().equals(Layout.bhsd(spec.queryHeads(), queries, spec.headDim()))
        && spec.k().equals(Layout.bhsd(spec.kvHeads(), keys, spec.headDim()))
        && spec.v().equals(Layout.bhsd(spec.kvHeads(), keys, spec.valueDim()))
        && spec.o().equals(Layout.bhsd(spec.queryHeads(), queries, spec.valueDim()));
  }
}
