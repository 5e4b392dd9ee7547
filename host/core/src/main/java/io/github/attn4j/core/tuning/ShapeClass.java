package io.github.attn4j.core.tuning;

import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.ElementType;
import io.github.attn4j.core.spec.ElementTypes;
import io.github.attn4j.core.spec.RowPlacement;
import io.github.attn4j.core.spec.ScoreModifier;
import java.util.Locale;

/**
 * Problems that one tuning serves. Dimensions are exact: they size what a kernel keeps in registers
 * and caches. Lengths are ranges: what changes with them is whether tiles are filled and data fits
 * a cache. Types and pages are exact too: they size tiles in bytes, and loads are other code.
 * Strides, scale and element values change neither (a kernel may be compiled otherwise for rows
 * that are not aligned: the gate asks about those too).
 *
 * @param headDim D
 * @param valueDim Dv
 * @param queries the largest Sq of the class; {@link Integer#MAX_VALUE} in the last
 * @param keys the largest Skv of the class; {@link Integer#MAX_VALUE} in the last
 * @param masking what hides pairs
 * @param headsFill whether there are as many heads, over all batches, as the device has compute
 *     units: fewer must share out their queries, or their keys
 * @param group the most query heads of the class that share a head of keys: whether a block holds
 *     all that read the same keys depends on it; {@link Integer#MAX_VALUE} in the last
 * @param scoreExpression whether scores go through an expression, which is other code and may have
 *     another default
 * @param queryType of Q and O
 * @param keyValueType of K and V
 * @param paged whether keys lie on pages, of whatever size
 */
public record ShapeClass(
    int headDim,
    int valueDim,
    int queries,
    int keys,
    Masking masking,
    boolean headsFill,
    int group,
    boolean scoreExpression,
    ElementType queryType,
    ElementType keyValueType,
    boolean paged) {
  /** Decoding, a few drafted tokens, less than two blocks of queries, a prompt, a long one. */
  private static final int[] QUERY_LIMITS = {1, 16, 128, 1024, Integer.MAX_VALUE};

  /** A tile or two, a head's K and V in a core's own cache, in a shared one, in memory. */
  private static final int[] KEY_LIMITS = {256, 1024, 8192, Integer.MAX_VALUE};

  /** Every head has keys of its own, a few share them, many do. */
  private static final int[] GROUP_LIMITS = {1, 4, Integer.MAX_VALUE};

  /** What hides pairs, by how kernels find out. */
  public enum Masking {
    /** Nothing but lengths. */
    FULL,
    /** Windows, causal ones among them: a range of keys for each query. */
    RANGE,
    /** A dense mask: read for every pair. */
    DENSE,
    /** An expression: blocks are listed in a block map. */
    EXPRESSION
  }

  /** The class of a problem on a device. */
  public static ShapeClass of(AttentionSpec spec, DeviceInfo device) {
    return new ShapeClass(
        spec.headDim(),
        spec.valueDim(),
        limit(spec.queryLength(), QUERY_LIMITS),
        limit(spec.kvLength(), KEY_LIMITS),
        masking(spec),
        (long) spec.batch() * spec.queryHeads() >= device.computeUnits(),
        limit(spec.queryHeads() / spec.kvHeads(), GROUP_LIMITS),
        spec.scoreModifier() instanceof ScoreModifier.Expression,
        spec.queryType(),
        spec.keyValueType(),
        spec.keyPlacement() instanceof RowPlacement.Paged);
  }

  private static int limit(int length, int[] limits) {
    for (int limit : limits) {
      if (length <= limit) {
        return limit;
      }
    }
    throw new IllegalStateException("no int is above the last limit: " + length);
  }

  private static Masking masking(AttentionSpec spec) {
    var mask = spec.canonicalMask();
    if (mask.expression() != null) {
      return Masking.EXPRESSION;
    }
    if (mask.dense() != null) {
      return Masking.DENSE;
    }
    return mask.left() < 0 && mask.right() < 0 ? Masking.FULL : Masking.RANGE;
  }

  /** In a word or two, as tables and files have it: {@code D64 Dv64 Sq<=1024 Skv<=1024 range}. */
  public String label() {
    return "D%d Dv%d %s %s %s%s%s%s%s%s"
        .formatted(
            headDim,
            valueDim,
            length("Sq", queries, QUERY_LIMITS),
            length("Skv", keys, KEY_LIMITS),
            masking.name().toLowerCase(Locale.ROOT),
            headsFill ? "" : " few-heads",
            group == 1 ? "" : " " + length("group", group, GROUP_LIMITS),
            scoreExpression ? " score" : "",
            types(),
            paged ? " paged" : "");
  }

  /** As {@link AttentionSpec#label} has them: nothing of plain float32. */
  private String types() {
    ElementTypes types = new ElementTypes(queryType, keyValueType);
    return types.equals(ElementTypes.F32) ? "" : " " + types.label();
  }

  private static String length(String name, int limit, int[] limits) {
    return limit == Integer.MAX_VALUE
        ? name + ">" + limits[limits.length - 2]
        : name + "<=" + limit;
  }
}
