package io.github.attn4j.tornado;

import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.CanonicalMask;
import io.github.attn4j.core.spec.DenseMask;
import io.github.attn4j.core.spec.Layout;
import io.github.attn4j.kernels.tornado.Arguments;

/**
 * Fills the two arrays of numbers that every kernel takes; {@link Arguments} says which is where.
 */
final class Parameters {
  private Parameters() {}

  /** Integers: layouts, extents, mask, and what each sequence sees. */
  static int[] shape(AttentionSpec spec) {
    int[] shape = new int[Arguments.SEQUENCES + Arguments.SEQUENCE_SIZE * spec.batch()];
    CanonicalMask mask = spec.canonicalMask();
    DenseMask dense = mask.dense();
    putLayout(shape, Arguments.Q, spec.q(), spec.batch(), spec.queryHeads(), spec.queryLength());
    putLayout(shape, Arguments.K, spec.k(), spec.batch(), spec.kvHeads(), spec.kvLength());
    putLayout(shape, Arguments.V, spec.v(), spec.batch(), spec.kvHeads(), spec.kvLength());
    putLayout(shape, Arguments.O, spec.o(), spec.batch(), spec.queryHeads(), spec.queryLength());
    if (dense != null) {
      putLayout(
          shape,
          Arguments.MASK,
          dense.layout(),
          spec.batch(),
          spec.queryHeads(),
          spec.queryLength());
    }
    shape[Arguments.BATCH] = spec.batch();
    shape[Arguments.QUERY_HEADS] = spec.queryHeads();
    shape[Arguments.GROUP] = spec.queryHeads() / spec.kvHeads();
    shape[Arguments.QUERY_LENGTH] = spec.queryLength();
    shape[Arguments.KV_LENGTH] = spec.kvLength();
    shape[Arguments.HEAD_DIM] = spec.headDim();
    shape[Arguments.VALUE_DIM] = spec.valueDim();
    shape[Arguments.MASK_KIND] =
        dense == null
            ? Arguments.MASK_NONE
            : dense.isAdditive() ? Arguments.MASK_ADDITIVE : Arguments.MASK_BOOLEAN;
    for (int b = 0; b < spec.batch(); b++) {
      int sequence = Arguments.SEQUENCES + Arguments.SEQUENCE_SIZE * b;
      long offset = spec.queryOffsets().get(b);
      int keyLength = spec.keyLengths().get(b);
      shape[sequence + Arguments.KEY_LENGTH] = keyLength;
      shape[sequence + Arguments.FIRST_KEY] =
          mask.left() < 0 ? -spec.queryLength() : bounded(offset - mask.left(), spec, keyLength);
      shape[sequence + Arguments.KEYS_END] =
          mask.right() < 0 ? keyLength : bounded(offset + mask.right() + 1, spec, keyLength);
    }
    return shape;
  }

  /** Beyond these bounds no query sees more, or less, of the keys there are. */
  private static int bounded(long firstOfQuery0, AttentionSpec spec, int keyLength) {
    return Math.clamp(firstOfQuery0, -spec.queryLength(), keyLength);
  }

  /** Scale, soft cap, and NaN. */
  static float[] numbers(AttentionSpec spec) {
    float[] numbers = new float[Arguments.NUMBERS];
    numbers[Arguments.SCALE] = spec.scale();
    numbers[Arguments.SOFT_CAP] = spec.softCap();
    numbers[Arguments.NOT_A_NUMBER] = Float.NaN;
    return numbers;
  }

  /**
   * A stride that nothing is multiplied with may be larger than any address; the others fit, since
   * the spec lets no element lie beyond one Java array.
   */
  private static void putLayout(
      int[] shape, int at, Layout layout, int batch, int heads, int rows) {
    shape[at] = Math.toIntExact(layout.offset());
    shape[at + 1] = batch == 1 ? 0 : Math.toIntExact(layout.batchStride());
    shape[at + 2] = heads == 1 ? 0 : Math.toIntExact(layout.headStride());
    shape[at + 3] = rows == 1 ? 0 : Math.toIntExact(layout.rowStride());
  }
}
