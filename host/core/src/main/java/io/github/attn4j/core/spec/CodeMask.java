package io.github.attn4j.core.spec;

import io.github.attn4j.core.expression.PairPredicate;
import java.util.Collections;
import java.util.List;

/** A mask given as code, until the shape is known for which its answers become a dense mask. */
record CodeMask(PairPredicate pairs, boolean dependsOnBatch, boolean dependsOnHead) {
  private static final System.Logger LOGGER = System.getLogger(CodeMask.class.getName());
  private static final int LARGEST_ARRAY = Integer.MAX_VALUE - 8;

  Mask dense(int batch, int heads, int queries, int keys, List<Integer> queryOffsets) {
    if (batch < 1 || heads < 1 || queries < 1 || keys < 1 || queryOffsets.size() != batch) {
      return Mask.none(); // the spec says what is wrong with its shape
    }
    boolean perBatch =
        dependsOnBatch || Collections.min(queryOffsets) < Collections.max(queryOffsets);
    int maskBatch = perBatch ? batch : 1;
    int maskHeads = dependsOnHead ? heads : 1;
    int size = requireFits(maskBatch, maskHeads, queries, keys);
    LOGGER.log(
        System.Logger.Level.WARNING,
        "a mask given as code becomes a dense one of shape [{0,number,#}, {1,number,#}, "
            + "{2,number,#}, {3,number,#}]: {4} bytes on the device, all of them asked for and read;"
            + " as an expression it would cost none (docs/masks.md)",
        maskBatch,
        maskHeads,
        queries,
        keys,
        "%,d".formatted(size));
    boolean[] visible = new boolean[size];
    int at = 0;
    for (int b = 0; b < maskBatch; b++) {
      for (int h = 0; h < maskHeads; h++) {
        for (int q = 0; q < queries; q++, at += keys) {
          int position = Math.addExact(q, queryOffsets.get(b));
          pairs.fill(b, h, q, position, 0, keys, visible, at);
        }
      }
    }
    return new Mask.DenseBoolean(
        DenseMask.ofBooleans(maskBatch, maskHeads, queries, keys, visible));
  }

  private static int requireFits(int batch, int heads, int queries, int keys) {
    double size = (double) batch * heads * queries * keys;
    if (size > LARGEST_ARRAY) {
      throw new IllegalArgumentException(
          ("a mask given as code would become a dense one of [%d, %d, %d, %d], %,.0f bytes, more than"
                  + " the %,d of one Java array: write it as an expression, which costs none, or say"
                  + " that it does not depend on the batch or the head")
              .formatted(batch, heads, queries, keys, size, LARGEST_ARRAY));
    }
    return (int) size;
  }
}
