package io.github.attn4j.core.layer;

import org.jspecify.annotations.Nullable;

/**
 * The operations around attention on an open device, and the tensors that they work on. Belongs to
 * a session, as all that it hands out, and obeys its rules about threads.
 *
 * <p>Operations take effect in the order of the calls, before any later read, write or attention of
 * the session; they may return before they are done. One that fails shows in {@link #finish}, in a
 * later read, or at once.
 *
 * <p>Sums are in float32. What right means says {@link LayerCase}, with budgets derived as those of
 * attention are (docs/numerics.md).
 *
 * <p>Operations throw {@link IllegalArgumentException}, naming the tensor, where one is too small,
 * belongs to another session, is written while it is read (but for where a parameter says that it
 * may be), or an index lies past its table; nothing is computed then.
 */
public interface Layers {
  /**
   * Float32 elements on the device, every one NaN.
   *
   * @param name for errors
   */
  DeviceTensor allocate(String name, int elements);

  /**
   * Room for so many numbers of rows.
   *
   * @param name for errors
   */
  DeviceIndices allocateIndices(String name, int elements);

  /** A tensor that holds these elements. */
  default DeviceTensor upload(String name, float[] values) {
    DeviceTensor tensor = allocate(name, values.length);
    tensor.write(0, values);
    return tensor;
  }

  /**
   * Puts a matrix and a bias where {@link #matMul} reads them.
   *
   * @param name for errors
   * @param matrix [inputs, outputs]
   * @param bias [outputs]
   * @throws IllegalArgumentException where an array is of another size
   */
  MatMulWeights weights(String name, int inputs, int outputs, float[] matrix, float[] bias);

  /**
   * y = activation(x matrix + bias): projections and both halves of a feed-forward layer (Vaswani
   * et al. 2017, sections 3.2.2 and 3.3).
   *
   * @param x [rows, inputs]
   * @param y [rows, outputs], another tensor
   */
  void matMul(
      DeviceTensor x, int rows, MatMulWeights weights, Activation activation, DeviceTensor y);

  /**
   * y = normalise(x + residual) * gamma + beta, row by row (Ba, Kiros and Hinton 2016, equation 4).
   *
   * @param x [rows, columns]
   * @param residual [rows, columns], added first; none to normalise x alone
   * @param sum receives x + residual, for blocks that normalise before they compute; none where
   *     nobody asks. May be x or the residual.
   * @param y [rows, columns]; may be x or the residual, not the sum
   */
  void layerNorm(
      DeviceTensor x,
      @Nullable DeviceTensor residual,
      int rows,
      Norm norm,
      @Nullable DeviceTensor sum,
      DeviceTensor y);

  /**
   * y[r] = (words[word r] + types[type r]) + positions[position r]: the order in which the models
   * that we know add them. A table that is not there adds nothing, and its indices must be none,
   * too.
   *
   * @param y [rows, columns]
   */
  void embed(
      EmbeddingTables tables,
      DeviceIndices words,
      @Nullable DeviceIndices positions,
      @Nullable DeviceIndices types,
      int rows,
      DeviceTensor y);

  /**
   * Turns each pair of adjacent dimensions of each head in place: (a, b) becomes (a cos - b sin, a
   * sin + b cos) by the angle of its row's position (Su et al. 2021, "RoFormer", equation 34).
   *
   * @param x holds the rows where {@code rotation} says
   * @param positions of each row
   * @param table [positions, dim / 2, 2], of {@link PositionTables#rotary}
   */
  void rotate(
      DeviceTensor x, Rotation rotation, int rows, DeviceIndices positions, DeviceTensor table);

  /**
   * logits[r, w] = x[r] . words[w]: the embedding's own table tells how much each word is meant
   * (Press and Wolf 2017, "Using the Output Embedding to Improve Language Models").
   *
   * @param x [rows, columns]
   * @param words [vocabulary, columns], as {@link #embed} reads it
   * @param logits [rows, vocabulary]
   */
  void unembed(
      DeviceTensor x,
      int rows,
      DeviceTensor words,
      int vocabulary,
      int columns,
      DeviceTensor logits);

  /** Waits until every operation is done, and throws where one has failed. */
  void finish();
}
