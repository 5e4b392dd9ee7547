package io.github.attn4j.bench.peer;

import io.github.attn4j.core.kernel.StorageForms;
import io.github.attn4j.core.kernel.Support;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.CanonicalMask;
import io.github.attn4j.core.spec.ElementType;
import io.github.attn4j.core.spec.Layout;
import io.github.attn4j.core.spec.ScoreModifier;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/** The problems that every library's attention has in common, and what is left of them. */
public final class PlainProblem {
  /** Every type whose elements a library's tensor can hold as they are. */
  public static final Set<ElementType> UNSCALED_TYPES =
      Collections.unmodifiableSet(EnumSet.of(ElementType.F32, ElementType.F16, ElementType.BF16));

  private PlainProblem() {}

  /**
   * Whether a spec is fp32 over whole contiguous tensors, softmax(scale * Q K^T) V, full or causal;
   * otherwise the property that stands in the way.
   *
   * <p>Libraries align a causal mask top-left: query i sees keys 0 to i. Here query i stands at
   * position i + offset, bottom-right unless chosen otherwise. The two are one where the offset is
   * 0, and a causal mask hides nothing where the first query stands at the last key, as in
   * decoding.
   */
  public static Support support(AttentionSpec spec) {
    return support(spec, Set.of(ElementType.F32));
  }

  /**
   * The same with tensors of other types, Q, K, V and O of one.
   *
   * @param types that the library computes with, none of them {@link ElementType#scaled}
   */
  public static Support support(AttentionSpec spec, Set<ElementType> types) {
    if (StorageForms.PLAIN.withTypes(types, types).takes(spec) instanceof Support.No no) {
      return no;
    }
    if (spec.queryType() != spec.keyValueType()) {
      return Support.no(
          "takes queries, keys and values of one type, not queries of %s over keys and values of %s"
              .formatted(spec.queryType().label(), spec.keyValueType().label()));
    }
    if (spec.softCap() != 0) {
      return Support.no("has no soft cap, such as " + spec.softCap());
    }
    if (!(spec.scoreModifier() instanceof ScoreModifier.None)) {
      return Support.no("takes no score expression");
    }
    if (!isContiguous(spec)) {
      return Support.no("is given contiguous tensors [batch, heads, length, dim] only");
    }
    if (spec.keyLengths().stream().anyMatch(length -> length != spec.kvLength())) {
      return Support.no("is measured on whole sequences, not on lengths " + spec.keyLengths());
    }
    CanonicalMask mask = spec.canonicalMask();
    boolean causalOrFull =
        mask.left() == -1 && mask.right() <= 0 && mask.dense() == null && mask.expression() == null;
    if (!causalOrFull) {
      return Support.no("takes no mask but full and causal, not " + spec.mask().label());
    }
    if (hidesPairs(spec) && spec.queryOffsets().stream().anyMatch(offset -> offset != 0)) {
      return Support.no(
          "aligns a causal mask top-left, which is this one with as many queries as keys only, not with %d and %d"
              .formatted(spec.queryLength(), spec.kvLength()));
    }
    return Support.yes();
  }

  /** Whether the mask of a supported spec hides a pair: then it is causal. */
  public static boolean hidesPairs(AttentionSpec spec) {
    long pairs = (long) spec.batch() * spec.queryHeads() * spec.queryLength() * spec.kvLength();
    return spec.visiblePairs() < pairs;
  }

  private static boolean isContiguous(AttentionSpec spec) {
    Layout key = Layout.bhsd(spec.kvHeads(), spec.kvLength(), spec.headDim());
    return spec.q().equals(Layout.bhsd(spec.queryHeads(), spec.queryLength(), spec.headDim()))
        && spec.k().equals(key)
        && spec.v().equals(Layout.bhsd(spec.kvHeads(), spec.kvLength(), spec.valueDim()))
        && spec.o().equals(Layout.bhsd(spec.queryHeads(), spec.queryLength(), spec.valueDim()));
  }
}
