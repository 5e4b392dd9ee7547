package io.github.attn4j.core.input;

import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.CanonicalMask;
import io.github.attn4j.core.spec.Layout;
import io.github.attn4j.core.spec.ScoreModifier;

/**
 * Some of the keys of a problem: what one device, or one moment, computes of it. {@code
 * AttentionOutput.merge} makes the whole of such parts.
 *
 * @param first the first key
 * @param end one past the last; equal to {@code first} for none
 */
public record KeyRange(int first, int end) {
  /** Refuses a range that ends before it begins. */
  public KeyRange {
    if (first < 0 || end < first) {
      throw new IllegalArgumentException(
          "a range of keys must begin at 0 or later and not end before it begins, but it is %d..%d"
              .formatted(first, end));
    }
  }

  /**
   * The same queries over these keys alone. K and V are copies of just these rows, [batch, kvHeads,
   * {@code end - first}, dim] contiguous, so that a device is given no more than it reads; Q and
   * O's layout are the whole's. Query offsets move by {@code first}, so that each query stands
   * where it stood among the keys that are left, and key lengths are what they leave of the range.
   * No keys at all are one allocated row that does not exist.
   *
   * @throws IllegalArgumentException where the whole has fewer keys, or where its mask or score
   *     modifier names keys by their index (dense masks, expressions), which would name others here
   */
  public AttentionInputs of(AttentionInputs inputs) {
    AttentionSpec whole = inputs.spec();
    if (end > whole.kvLength()) {
      throw new IllegalArgumentException(
          "keys %d..%d are not within the %d keys of %s"
              .formatted(first, end, whole.kvLength(), whole.label()));
    }
    CanonicalMask mask = whole.canonicalMask();
    if (mask.dense() != null
        || mask.expression() != null
        || !(whole.scoreModifier() instanceof ScoreModifier.None)) {
      throw new IllegalArgumentException(
          "the keys of %s cannot be taken apart: its mask or score modifier names keys by their index, which moves by %d. Build the part's spec with a mask of its own (AttentionSpec.toBuilder)"
              .formatted(whole.label(), first));
    }
    int rows = Math.max(1, end - first);
    AttentionSpec part =
        whole.toBuilder()
            .lengths(whole.queryLength(), rows)
            .keyLengths(whole.keyLengths().stream().map(this::keysWithin).toList())
            .queryOffsets(
                whole.queryOffsets().stream().map(o -> Math.subtractExact(o, first)).toList())
            .layouts(
                whole.q(),
                Layout.bhsd(whole.kvHeads(), rows, whole.headDim()),
                Layout.bhsd(whole.kvHeads(), rows, whole.valueDim()),
                whole.o())
            .build();
    return new AttentionInputs(
        part,
        "%s, keys %d..%d".formatted(inputs.description(), first, end),
        inputs.q(),
        rowsOf(inputs.k(), whole.k(), whole, rows, whole.headDim()),
        rowsOf(inputs.v(), whole.v(), whole, rows, whole.valueDim()));
  }

  private int keysWithin(int length) {
    return Math.clamp(length - first, 0, end - first);
  }

  private float[] rowsOf(
      float[] values, Layout layout, AttentionSpec whole, int rows, int columns) {
    float[] copy =
        new float[Math.toIntExact((long) whole.batch() * whole.kvHeads() * rows * columns)];
    int target = 0;
    for (int b = 0; b < whole.batch(); b++) {
      for (int h = 0; h < whole.kvHeads(); h++) {
        for (int r = 0; r < end - first; r++) {
          int source = AttentionInputs.rowIndex(layout, b, h, first + r);
          System.arraycopy(values, source, copy, target + r * columns, columns);
        }
        target += rows * columns;
      }
    }
    return copy;
  }
}
