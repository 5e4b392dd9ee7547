package io.github.attn4j.bench.conform;

import io.github.attn4j.core.spec.DenseMask;
import io.github.attn4j.core.spec.Mask;
import io.github.attn4j.model.onnx.OnnxTensor;
import io.github.attn4j.model.onnx.OnnxType;
import java.util.Arrays;
import java.util.List;

/**
 * The input {@code attn_mask} as one of ours: of rank 1 to 4, aligned at the right with [batch,
 * query heads, queries, keys], each dimension but the last broadcast where it is 1. Keys past its
 * end are hidden.
 */
final class StandardMask {
  private static final int RANK = 4;

  private StandardMask() {}

  /**
   * Converts it.
   *
   * @throws io.github.attn4j.core.input.InvalidFileException naming a shape that does not fit
   * @throws UnsupportedCaseException naming a type
   */
  static Mask of(StandardCase standard, TensorShapes shapes, OnnxTensor tensor) {
    int rank = tensor.shape().size();
    List<Integer> full =
        List.of(shapes.batch(), shapes.queryHeads(), shapes.queries(), shapes.keys());
    if (rank < 1 || rank > RANK) {
      throw TensorShapes.broken(
          standard, "attn_mask of shape %s has not 1 to 4 dimensions".formatted(tensor.shape()));
    }
    int[] shape = {1, 1, 1, tensor.shape().getLast()};
    for (int d = 0; d < rank; d++) {
      int at = RANK - rank + d;
      shape[at] = tensor.shape().get(d);
      boolean fits = at == RANK - 1 ? shape[at] <= full.get(at) : shape[at] == 1;
      if ((!fits && shape[at] != full.get(at)) || shape[at] == 0) {
        throw TensorShapes.broken(
            standard,
            "attn_mask of shape %s does not fit [batch, heads, queries, keys] = %s"
                .formatted(tensor.shape(), full));
      }
    }
    int rows = shape[0] * shape[1] * shape[2];
    int given = shape[3];
    int keys = shapes.keys();
    if (tensor.is(OnnxType.BOOL)) {
      boolean[] source = tensor.booleans();
      boolean[] values = new boolean[Math.multiplyExact(rows, keys)];
      for (int row = 0; row < rows; row++) {
        System.arraycopy(source, row * given, values, row * keys, given);
      }
      return new Mask.DenseBoolean(
          DenseMask.ofBooleans(shape[0], shape[1], shape[2], keys, values));
    }
    if (!tensor.is(OnnxType.FLOAT)
        && !tensor.is(OnnxType.FLOAT16)
        && !tensor.is(OnnxType.BFLOAT16)) {
      throw new UnsupportedCaseException(
          "attn_mask of %s: masks are booleans, float, float16 or bfloat16"
              .formatted(tensor.typeLabel()));
    }
    float[] source = tensor.floats();
    float[] values = new float[Math.multiplyExact(rows, keys)];
    Arrays.fill(values, Float.NEGATIVE_INFINITY);
    for (int row = 0; row < rows; row++) {
      System.arraycopy(source, row * given, values, row * keys, given);
    }
    return new Mask.DenseAdditive(DenseMask.ofFloats(shape[0], shape[1], shape[2], keys, values));
  }
}
