package io.github.attn4j.bench.conform;

import io.github.attn4j.core.input.InvalidFileException;
import io.github.attn4j.core.spec.Layout;
import io.github.attn4j.model.onnx.OnnxTensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The dimensions that a case's tensors have in common, found in their shapes: 4-D [batch, heads,
 * rows, columns] or 3-D [batch, rows, heads * columns].
 *
 * @param flat whether Q, K, V and Y are 3-D
 * @param batch B
 * @param queryHeads Hq
 * @param kvHeads Hkv
 * @param queries Sq
 * @param newKeys rows of K and V
 * @param pastKeys rows of the past cache, 0 where there is none
 * @param headDim D
 * @param valueDim Dv
 */
record TensorShapes(
    boolean flat,
    int batch,
    int queryHeads,
    int kvHeads,
    int queries,
    int newKeys,
    int pastKeys,
    int headDim,
    int valueDim) {

  /**
   * Reads them off a case.
   *
   * @throws InvalidFileException naming a tensor whose shape does not fit
   * @throws UnsupportedCaseException naming a dimension of 0
   */
  static TensorShapes of(StandardCase standard, AttentionAttributes attributes) {
    OnnxTensor q = required(standard, StandardCase.Q);
    int rank = q.shape().size();
    if (rank != 3 && rank != 4) {
      throw broken(standard, "Q of shape %s has neither 3 nor 4 dimensions".formatted(q.shape()));
    }
    boolean flat = rank == 3;
    if (flat && (attributes.queryHeads() == 0 || attributes.kvHeads() == 0)) {
      throw broken(
          standard,
          "Q of shape %s is 3-D, but the node does not say q_num_heads and kv_num_heads"
              .formatted(q.shape()));
    }
    int[] ofQ = dimensions(standard, StandardCase.Q, flat, attributes.queryHeads());
    int[] ofK = dimensions(standard, StandardCase.K, flat, attributes.kvHeads());
    int[] ofV = dimensions(standard, StandardCase.V, flat, attributes.kvHeads());
    TensorShapes shapes =
        new TensorShapes(
            flat, ofQ[0], ofQ[1], ofK[1], ofQ[2], ofK[2], pastKeys(standard), ofQ[3], ofV[3]);
    require(standard, StandardCase.K, shapes.input(shapes.kvHeads, shapes.newKeys, shapes.headDim));
    require(
        standard, StandardCase.V, shapes.input(shapes.kvHeads, shapes.newKeys, shapes.valueDim));
    if (!flat
        && ((attributes.queryHeads() != 0 && attributes.queryHeads() != shapes.queryHeads)
            || (attributes.kvHeads() != 0 && attributes.kvHeads() != shapes.kvHeads))) {
      throw broken(
          standard,
          "q_num_heads %d and kv_num_heads %d contradict Q and K with %d and %d heads"
              .formatted(
                  attributes.queryHeads(),
                  attributes.kvHeads(),
                  shapes.queryHeads,
                  shapes.kvHeads));
    }
    shapes.requireCaches(standard);
    shapes.requireOutputs(standard);
    if (shapes.queryElements() == 0
        || shapes.kvHeads == 0
        || shapes.keys() == 0
        || shapes.valueDim == 0) {
      throw new UnsupportedCaseException(
          "Q of shape %s, %d keys, %d columns of V: a dimension of 0"
              .formatted(q.shape(), shapes.keys(), shapes.valueDim));
    }
    if (shapes.queryHeads % shapes.kvHeads != 0) {
      throw broken(
          standard,
          "%d query heads do not divide among %d key-value heads"
              .formatted(shapes.queryHeads, shapes.kvHeads));
    }
    return shapes;
  }

  private void requireCaches(StandardCase standard) {
    boolean key = standard.inputs().containsKey(StandardCase.PAST_KEY);
    if (key != standard.inputs().containsKey(StandardCase.PAST_VALUE)) {
      throw broken(standard, "past_key and past_value come together, but only one is there");
    }
    if (key) {
      require(standard, StandardCase.PAST_KEY, List.of(batch, kvHeads, pastKeys, headDim));
      require(standard, StandardCase.PAST_VALUE, List.of(batch, kvHeads, pastKeys, valueDim));
    }
    if (standard.inputs().containsKey(StandardCase.KEY_LENGTHS)) {
      require(standard, StandardCase.KEY_LENGTHS, List.of(batch));
      if (key) {
        throw broken(standard, "nonpad_kv_seqlen and a past cache exclude each other");
      }
    }
  }

  private void requireOutputs(StandardCase standard) {
    if (!standard.outputs().containsKey(StandardCase.Y)) {
      throw broken(standard, "the node has no output Y");
    }
    require(standard, StandardCase.Y, input(queryHeads, queries, valueDim));
    require(standard, StandardCase.PRESENT_KEY, List.of(batch, kvHeads, keys(), headDim));
    require(standard, StandardCase.PRESENT_VALUE, List.of(batch, kvHeads, keys(), valueDim));
    require(standard, StandardCase.SCORES, List.of(batch, queryHeads, queries, keys()));
  }

  private long queryElements() {
    return (long) batch * queryHeads * queries * headDim;
  }

  /** Rows of past and new keys together. */
  int keys() {
    return Math.addExact(pastKeys, newKeys);
  }

  /** The shape that the case gives a tensor of Q's kind. */
  private List<Integer> input(int heads, int rows, int columns) {
    return flat ? List.of(batch, rows, heads * columns) : List.of(batch, heads, rows, columns);
  }

  /** Where the case has such a tensor's elements. */
  Layout layout(int heads, int rows, int columns) {
    return flat ? Layout.bshd(heads, rows, columns) : Layout.bhsd(heads, rows, columns);
  }

  /** Batch, heads, rows and columns of Q, K or V. */
  private static int[] dimensions(StandardCase standard, String name, boolean flat, int heads) {
    List<Integer> shape = required(standard, name).shape();
    if (shape.size() != (flat ? 3 : 4)) {
      throw broken(
          standard, "%s of shape %s has not as many dimensions as Q".formatted(name, shape));
    }
    if (!flat) {
      return new int[] {shape.get(0), shape.get(1), shape.get(2), shape.get(3)};
    }
    if (shape.get(2) % heads != 0) {
      throw broken(
          standard, "%s of shape %s does not divide into %d heads".formatted(name, shape, heads));
    }
    return new int[] {shape.get(0), heads, shape.get(1), shape.get(2) / heads};
  }

  private static int pastKeys(StandardCase standard) {
    OnnxTensor past = standard.inputs().get(StandardCase.PAST_KEY);
    if (past == null) {
      return 0;
    }
    if (past.shape().size() != 4) {
      throw broken(standard, "past_key of shape %s has not 4 dimensions".formatted(past.shape()));
    }
    return past.shape().get(2);
  }

  private static OnnxTensor required(StandardCase standard, String name) {
    OnnxTensor tensor = standard.inputs().get(name);
    if (tensor == null) {
      throw broken(standard, "the node has no input " + name);
    }
    return tensor;
  }

  private static void require(StandardCase standard, String name, List<Integer> shape) {
    @Nullable OnnxTensor tensor =
        standard.inputs().containsKey(name)
            ? standard.inputs().get(name)
            : standard.outputs().get(name);
    if (tensor != null && !tensor.shape().equals(shape)) {
      throw broken(
          standard,
          "%s has shape %s, where the other tensors ask for %s"
              .formatted(name, tensor.shape(), shape));
    }
  }

  static InvalidFileException broken(StandardCase standard, String problem) {
    return new InvalidFileException(standard.source(), problem);
  }
}
