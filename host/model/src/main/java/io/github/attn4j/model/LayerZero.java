package io.github.attn4j.model;

import static io.github.attn4j.model.LayerZeroWeights.HIDDEN;

import io.github.attn4j.model.LayerZeroWeights.Projection;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * From token ids to layer 0's queries, keys and values (Devlin et al. 2018, "BERT", section 3; Ba
 * et al. 2016, "Layer Normalization", equation 4).
 *
 * <p>Every number is made by one thread in a fixed order: the sums of the normalisation in double,
 * first element to last, those of the projections in float, first input to last, each product
 * rounded before it is added (Java never fuses the two). Only whole rows are shared out among
 * threads. So the bits depend neither on the machine nor on the number of threads.
 */
final class LayerZero {
  static final int HEADS = 12;
  static final int HEAD_DIM = HIDDEN / HEADS;

  /** The model's own constant, from its configuration ({@code layer_norm_eps}). */
  static final double EPSILON = 1e-12;

  /**
   * Rows that pass over the matrix together: it is 576 KiB, more than the first cache level, so
   * each four of its rows (6 KiB) serve a block of rows whose sums (24 KiB) stay near.
   */
  private static final int BLOCK_ROWS = 16;

  private final LayerZeroWeights weights;

  LayerZero(LayerZeroWeights weights) {
    this.weights = weights;
  }

  /**
   * Computes all rows, on the threads of the current fork-join pool.
   *
   * @param ids token ids; position p of a window of 512 is the index modulo 512
   */
  CapturedProjections project(int[] ids) {
    int tokens = ids.length;
    float[] q = new float[HIDDEN * tokens];
    float[] k = new float[HIDDEN * tokens];
    float[] v = new float[HIDDEN * tokens];
    int blocks = Math.ceilDiv(tokens, BLOCK_ROWS);
    IntStream.range(0, blocks)
        .parallel()
        .forEach(block -> {
          int first = block * BLOCK_ROWS;
          int rows = Math.min(BLOCK_ROWS, tokens - first);
          float[] hidden = new float[rows * HIDDEN];
          for (int row = 0; row < rows; row++) {
            embed(ids[first + row], (first + row) % TokenWindows.WINDOW, hidden, row * HIDDEN);
          }
          float[] sums = new float[rows * HIDDEN];
          project(weights.query(), hidden, sums, first, tokens, q);
          project(weights.key(), hidden, sums, first, tokens, k);
          project(weights.value(), hidden, sums, first, tokens, v);
        });
    return new CapturedProjections(HEADS, tokens, HEAD_DIM, q, k, v);
  }

  /**
   * Writes one position's embedding after layer normalisation.
   *
   * @param id token id
   * @param position within its window
   * @param into receives HIDDEN elements from {@code at} on
   */
  void embed(int id, int position, float[] into, int at) {
    float[] words = weights.wordEmbeddings();
    float[] types = weights.typeEmbeddings();
    float[] positions = weights.positionEmbeddings();
    double sum = 0;
    for (int i = 0; i < HIDDEN; i++) {
      // One text is one segment, so the type is always 0. The order of the sums is the graph's.
      float value = (words[id * HIDDEN + i] + types[i]) + positions[position * HIDDEN + i];
      into[at + i] = value;
      sum += value;
    }
    double mean = sum / HIDDEN;
    double squares = 0;
    for (int i = 0; i < HIDDEN; i++) {
      double centred = into[at + i] - mean;
      squares += centred * centred;
    }
    double deviation = Math.sqrt(squares / HIDDEN + EPSILON);
    float[] gamma = weights.normWeight();
    float[] beta = weights.normBias();
    for (int i = 0; i < HIDDEN; i++) {
      into[at + i] = (float) ((into[at + i] - mean) / deviation * gamma[i] + beta[i]);
    }
  }

  private static void project(
      Projection projection, float[] hidden, float[] sums, int first, int tokens, float[] into) {
    int rows = hidden.length / HIDDEN;
    Arrays.fill(sums, 0f);
    for (int in = 0; in < HIDDEN; in += 4) {
      for (int row = 0; row < rows; row++) {
        addFour(sums, row * HIDDEN, hidden, row * HIDDEN + in, projection.weight(), in * HIDDEN);
      }
    }
    float[] bias = projection.bias();
    for (int row = 0; row < rows; row++) {
      for (int head = 0; head < HEADS; head++) {
        int target = (head * tokens + first + row) * HEAD_DIM;
        for (int d = 0; d < HEAD_DIM; d++) {
          int out = head * HEAD_DIM + d;
          into[target + d] = sums[row * HIDDEN + out] + bias[out];
        }
      }
    }
  }

  /**
   * Adds four inputs' contributions to a row of sums. Apart from its callers because C2 turns a
   * small loop over plain arrays into vector code; four at once, one after another, saves loading
   * and storing the sums four times and leaves the order of additions as it was.
   */
  private static void addFour(
      float[] sums, int sumAt, float[] hidden, int hiddenAt, float[] weight, int weightAt) {
    float h0 = hidden[hiddenAt];
    float h1 = hidden[hiddenAt + 1];
    float h2 = hidden[hiddenAt + 2];
    float h3 = hidden[hiddenAt + 3];
    for (int out = 0; out < HIDDEN; out++) {
      float sum = sums[sumAt + out];
      sum += h0 * weight[weightAt + out];
      sum += h1 * weight[weightAt + HIDDEN + out];
      sum += h2 * weight[weightAt + 2 * HIDDEN + out];
      sum += h3 * weight[weightAt + 3 * HIDDEN + out];
      sums[sumAt + out] = sum;
    }
  }
}
