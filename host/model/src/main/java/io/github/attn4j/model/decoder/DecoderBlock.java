package io.github.attn4j.model.decoder;

import io.github.attn4j.core.layer.Activation;
import io.github.attn4j.core.layer.DeviceIndices;
import io.github.attn4j.core.layer.DeviceTensor;
import io.github.attn4j.core.layer.Layers;
import io.github.attn4j.core.layer.MatMulWeights;
import io.github.attn4j.core.layer.Norm;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * A transformer block on an open device: h = h + O(attention(Q, K, V of norm(h))), then h = h +
 * narrow(gelu(widen(norm(h)))) (Vaswani et al. 2017, section 3.1, normalising first as in Xiong et
 * al. 2020), rotary positions (Su et al. 2021). Attention itself is the caller's, between {@link
 * #project} and {@link #finish}.
 *
 * <p>What a block adds last stays in {@link BlockTensors#added}: the normalisation behind it adds
 * it, the next block's or the model's.
 *
 * <p>Belongs to a session and obeys its rules about threads.
 */
public final class DecoderBlock implements AutoCloseable {
  /** Added to a variance, as in most models that normalise first. */
  public static final float EPSILON = 1e-5f;

  private final Layers layers;
  private final BlockShape shape;
  private final Deque<AutoCloseable> parameters = new ArrayDeque<>();
  private final Norm attentionNorm;
  private final MatMulWeights projections;
  private final MatMulWeights output;
  private final Norm feedForwardNorm;
  private final MatMulWeights widen;
  private final MatMulWeights narrow;

  /**
   * Puts the parameters on the device.
   *
   * @param name for errors
   * @throws io.github.attn4j.core.kernel.BackendException.OutOfMemory if they do not fit; what did
   *     is given back
   */
  public DecoderBlock(Layers layers, String name, BlockShape shape, BlockWeights weights) {
    this.layers = layers;
    this.shape = shape;
    boolean complete = false;
    try {
      attentionNorm = norm(name + " attention", weights.attentionNorm());
      projections = matrix(name + " projections", weights.projections());
      output = matrix(name + " output", weights.output());
      feedForwardNorm = norm(name + " feed-forward", weights.feedForwardNorm());
      widen = matrix(name + " widening", weights.widen());
      narrow = matrix(name + " narrowing", weights.narrow());
      complete = true;
    } finally {
      if (!complete) {
        close(); // nobody else can: there is no block yet
      }
    }
  }

  private Norm norm(String name, BlockWeights.Normalisation norm) {
    DeviceTensor gamma = layers.upload(name + " gamma", norm.gamma());
    parameters.push(gamma);
    DeviceTensor beta = layers.upload(name + " beta", norm.beta());
    parameters.push(beta);
    return new Norm(shape.modelDim(), gamma, beta, EPSILON);
  }

  private MatMulWeights matrix(String name, BlockWeights.Matrix matrix) {
    MatMulWeights weights =
        layers.weights(name, matrix.inputs(), matrix.outputs(), matrix.weight(), matrix.bias());
    parameters.push(weights);
    return weights;
  }

  /**
   * Up to queries, keys and values: adds what the block before left, where there is one,
   * normalises, projects, and turns queries and keys by their positions.
   *
   * @param follows whether {@link BlockTensors#added} is to be added to the hidden state first
   * @param positions of the rows
   * @param angles of {@link io.github.attn4j.core.layer.PositionTables#rotary}, for all of them
   */
  public void project(
      int rows,
      BlockTensors tensors,
      boolean follows,
      DeviceIndices positions,
      DeviceTensor angles) {
    DeviceTensor hidden = tensors.hidden();
    if (follows) {
      layers.layerNorm(tensors.added(), hidden, rows, attentionNorm, hidden, tensors.normed());
    } else {
      layers.layerNorm(hidden, null, rows, attentionNorm, null, tensors.normed());
    }
    layers.matMul(tensors.normed(), rows, projections, Activation.NONE, tensors.projected());
    layers.rotate(tensors.projected(), shape.rotation(), rows, positions, angles);
  }

  /** From attention's O to what is still to be added to the hidden state. */
  public void finish(int rows, BlockTensors tensors) {
    DeviceTensor hidden = tensors.hidden();
    DeviceTensor added = tensors.added();
    layers.matMul(tensors.attended(), rows, output, Activation.NONE, added);
    layers.layerNorm(added, hidden, rows, feedForwardNorm, hidden, tensors.normed());
    layers.matMul(tensors.normed(), rows, widen, Activation.GELU, tensors.wide());
    layers.matMul(tensors.wide(), rows, narrow, Activation.NONE, added);
  }

  /** Frees the parameters. */
  @Override
  public void close() {
    while (!parameters.isEmpty()) {
      switch (parameters.pop()) {
        case DeviceTensor tensor -> tensor.close();
        case MatMulWeights weights -> weights.close();
        case AutoCloseable other -> throw new IllegalStateException("unknown " + other);
      }
    }
  }
}
