package io.github.attn4j.core.fuzz;

import io.github.attn4j.core.spec.ElementType;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The numbers of a spec; {@link io.github.attn4j.core.spec.AttentionSpec} says what each means, and
 * refuses what does not fit.
 *
 * @param scale null for 1 / sqrt(headDim)
 */
public record FuzzShape(
    int batch,
    int queryHeads,
    int kvHeads,
    int queryLength,
    int kvLength,
    int headDim,
    int valueDim,
    @Nullable Float scale,
    float softCap,
    List<Integer> queryOffsets,
    List<Integer> queryLengths,
    List<Integer> keyLengths,
    ElementType queryType,
    ElementType keyValueType,
    boolean deterministic) {
  /** The largest extent that a case may have. */
  static final int MOST = 1 << 12;

  /** The most pairs, and elements of a buffer. */
  static final double MOST_PAIRS = 1 << 24;

  /** Copies the lists. */
  public FuzzShape {
    queryOffsets = List.copyOf(queryOffsets);
    queryLengths = List.copyOf(queryLengths);
    keyLengths = List.copyOf(keyLengths);
  }

  /** The same, to change some of it. */
  FuzzShapeBuilder toBuilder() {
    return new FuzzShapeBuilder(this);
  }
}
