package io.github.attn4j.model.decoder;

import io.github.attn4j.core.input.SplitMix64;
import java.util.stream.IntStream;

/**
 * A block's parameters on the host. {@link #draw} makes them of a seed, so that no activation grows
 * or fades much: matrices of variance 1 / inputs (LeCun et al. 1998, "Efficient BackProp"), four
 * times that in the projections.
 *
 * @param attentionNorm before attention
 * @param projections to queries, keys and values side by side, {@link BlockShape#projectedWidth}
 *     columns
 * @param output behind attention
 * @param feedForwardNorm before the feed-forward part
 * @param widen to its width
 * @param narrow and back
 */
public record BlockWeights(
    Normalisation attentionNorm,
    Matrix projections,
    Matrix output,
    Normalisation feedForwardNorm,
    Matrix widen,
    Matrix narrow) {
  /** Streams of a seed that a block draws from, so that blocks can have streams of their own. */
  static final int STREAMS = 12;

  /**
   * Of queries, keys and values: scores then have a deviation of 4, so that a head looks at few
   * tokens, as trained ones do. At 1 every head averages over all of them, and greedy decoding was
   * seen to repeat one token, whatever came before.
   */
  private static final double SHARPNESS = 2;

  private static final double BIAS_DEVIATION = 0.1;

  /**
   * A matrix and what is added to its product.
   *
   * @param inputs rows
   * @param outputs columns
   * @param weight [inputs, outputs]
   * @param bias [outputs]
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Matrix(int inputs, int outputs, float[] weight, float[] bias) {}

  /**
   * Scale and shift of a normalisation.
   *
   * @param gamma [d_model]
   * @param beta [d_model]
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Normalisation(float[] gamma, float[] beta) {
    /** Around 1 and 0. */
    static Normalisation draw(int columns, long seed, int stream) {
      float[] gamma = normal(columns, 0.1, seed, stream);
      for (int i = 0; i < columns; i++) {
        gamma[i] += 1;
      }
      return new Normalisation(gamma, normal(columns, 0.1, seed, stream + 1));
    }
  }

  /**
   * Draws.
   *
   * @param stream the first of those of the seed that it takes, as many as a block has parameters'
   *     arrays; blocks of one model take different ones
   */
  public static BlockWeights draw(BlockShape shape, long seed, int stream) {
    int model = shape.modelDim();
    return new BlockWeights(
        Normalisation.draw(model, seed, stream),
        matrix(SHARPNESS, model, shape.projectedWidth(), seed, stream + 2),
        matrix(1, shape.queryWidth(), model, seed, stream + 4),
        Normalisation.draw(model, seed, stream + 6),
        matrix(1, model, shape.feedForwardDim(), seed, stream + 8),
        matrix(1, shape.feedForwardDim(), model, seed, stream + 10));
  }

  private static Matrix matrix(double factor, int inputs, int outputs, long seed, int stream) {
    return new Matrix(
        inputs,
        outputs,
        normal(Math.multiplyExact(inputs, outputs), factor / Math.sqrt(inputs), seed, stream),
        normal(outputs, BIAS_DEVIATION, seed, stream + 1));
  }

  /**
   * Checks that they are of a shape.
   *
   * @param where for the message: which block
   * @throws IllegalArgumentException naming the first array that has another length
   */
  void requireOf(BlockShape shape, String where) {
    int model = shape.modelDim();
    require(attentionNorm, where + ", normalisation before attention", model);
    require(projections, where + ", projections", model, shape.projectedWidth());
    require(output, where + ", output", shape.queryWidth(), model);
    require(feedForwardNorm, where + ", normalisation before the feed-forward part", model);
    require(widen, where + ", widening", model, shape.feedForwardDim());
    require(narrow, where + ", narrowing", shape.feedForwardDim(), model);
  }

  private static void require(Matrix matrix, String where, int inputs, int outputs) {
    if (matrix.inputs() != inputs
        || matrix.outputs() != outputs
        || matrix.weight().length != inputs * outputs
        || matrix.bias().length != outputs) {
      throw new IllegalArgumentException(
          "%s: %,d x %,d of %,d weights and %,d biases, where the shape has %,d x %,d: draw or read weights of the model's own shape"
              .formatted(
                  where,
                  matrix.inputs(),
                  matrix.outputs(),
                  matrix.weight().length,
                  matrix.bias().length,
                  inputs,
                  outputs));
    }
  }

  static void require(Normalisation norm, String where, int columns) {
    if (norm.gamma().length != columns || norm.beta().length != columns) {
      throw new IllegalArgumentException(
          "%s: %,d gammas and %,d betas, where d_model is %,d: draw or read weights of the model's own shape"
              .formatted(where, norm.gamma().length, norm.beta().length, columns));
    }
  }

  /** So many numbers of mean 0; on all cores, since a block of a large model has 1e9 of them. */
  static float[] normal(int count, double deviation, long seed, int stream) {
    SplitMix64 random = new SplitMix64(seed, stream);
    float[] values = new float[count];
    int piece = 1 << 16;
    IntStream.range(0, Math.ceilDiv(count, piece))
        .parallel()
        .forEach(number -> {
          int end = (int) Math.min(count, (number + 1L) * piece);
          for (int i = number * piece; i < end; i++) {
            values[i] = (float) (random.normal(i) * deviation);
          }
        });
    return values;
  }
}
