package io.github.attn4j.core.input;

import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.CanonicalMask;
import io.github.attn4j.core.spec.ElementType;
import io.github.attn4j.core.spec.Layout;
import io.github.attn4j.core.spec.RowPlacement;
import io.github.attn4j.core.spec.ScoreModifier;
import java.util.Arrays;

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
   * The same queries over these keys alone. K and V are copies of just these rows, padded and
   * [batch, kvHeads, {@code end - first}, dim] contiguous wherever the whole has them, so that a
   * device is given no more than it reads; Q and O lie as the whole's. Query offsets move by {@code
   * first}, so that each query stands where it stood among the keys that are left, and key lengths
   * are what they leave of the range. No keys at all are one allocated row that does not exist.
   *
   * @throws IllegalArgumentException where the whole has fewer keys, where its mask or score
   *     modifier names keys by their index (dense masks, expressions), which would name others
   *     here, where the range has keys and begins between some that share a scale, or where a query
   *     offset moves below the smallest int
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
    int together = ElementType.KEYS_PER_SCALE;
    if (first < end && whole.keyValueType().scaled() && first % together != 0) {
      throw new IllegalArgumentException(
          "keys %d..%d begin between keys of one scale, which %d share: begin at %d or %d"
              .formatted(
                  first,
                  end,
                  together,
                  first / together * together,
                  Math.min((first / together + 1) * together, whole.kvLength())));
    }
    int rows = Math.max(1, end - first);
    AttentionSpec part =
        whole.toBuilder()
            .lengths(whole.queryLength(), rows)
            .keyLengths(whole.keyLengths().stream().map(this::keysWithin).toList())
            .queryOffsets(whole.queryOffsets().stream().map(this::moved).toList())
            .keyPlacement(RowPlacement.padded())
            .layouts(
                whole.q(),
                Layout.bhsd(whole.kvHeads(), rows, whole.headDim()),
                Layout.bhsd(whole.kvHeads(), rows, whole.valueDim()),
                whole.o())
            .build();
    float[] k = moved(inputs.k(), part, whole::keyRow, TensorRows.ofKeys(part), part.keyElements());
    float[] v =
        moved(inputs.v(), part, whole::valueRow, TensorRows.ofValues(part), part.valueElements());
    float[] kScales = scales(inputs.kScales(), whole, part);
    float[] vScales = scales(inputs.vScales(), whole, part);
    if (part.keyValueType().scaled()) {
      Quantizer.ofKeys(part).fillAbsent(k, kScales);
      Quantizer.ofValues(part).fillAbsent(v, vScales);
    }
    return new AttentionInputs(
        part,
        "%s, keys %d..%d".formatted(inputs.description(), first, end),
        inputs.q(),
        k,
        v,
        kScales,
        vScales);
  }

  private int moved(int offset) {
    long moved = (long) offset - first;
    if (moved < Integer.MIN_VALUE) {
      throw new IllegalArgumentException(
          "query offset %d becomes %d among keys %d..%d, which no int holds: give the whole an offset of at least %d"
              .formatted(offset, moved, first, end, Integer.MIN_VALUE + first));
    }
    return (int) moved;
  }

  private int keysWithin(int length) {
    return Math.clamp(length - first, 0, end - first);
  }

  private float[] moved(
      float[] values, AttentionSpec part, TensorRows.Address whole, TensorRows to, int elements) {
    TensorRows from =
        new TensorRows(
            part.batch(),
            part.kvHeads(),
            part.kvLength(),
            to.columns(),
            part.keyLengths(),
            false,
            (b, h, row) -> whole.of(b, h, first + row));
    return Tensors.move(values, from, to, elements);
  }

  private float[] scales(float[] scales, AttentionSpec whole, AttentionSpec part) {
    float[] moved = new float[part.scales()];
    Arrays.fill(moved, Float.NaN);
    for (int b = 0; b < part.batch() && moved.length > 0; b++) {
      for (int h = 0; h < part.kvHeads(); h++) {
        for (int key = 0; key < part.keyLengths().get(b); key += ElementType.KEYS_PER_SCALE) {
          moved[part.scaleIndex(b, h, key)] = scales[whole.scaleIndex(b, h, first + key)];
        }
      }
    }
    return moved;
  }
}
