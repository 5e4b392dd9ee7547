package io.github.attn4j.bench.lesson;

import java.util.SplittableRandom;

/**
 * What a recurrent network does with a text (Elman 1990), once its inputs are projected: a state
 * that each token changes, h_t = tanh(U h_(t-1) + x_t). Token t waits for token t - 1; within a
 * step the products of U's columns run in vector lanes.
 */
final class RecurrentBaseline {
  private final int width;

  /** U transposed, [from][to]: a step adds columns of U, which compilers turn into vector code. */
  private final float[] columns;

  RecurrentBaseline(int width, long seed) {
    this.width = width;
    columns = draw(width * width, seed, (float) (0.9 / Math.sqrt(width)));
  }

  static float[] draw(int count, long seed, float deviation) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = deviation * (float) random.nextGaussian();
    }
    return values;
  }

  /**
   * The states after each token.
   *
   * @param inputs projected tokens [tokens][width]
   * @param states receives [tokens][width]
   */
  void run(float[] inputs, float[] states) {
    float[] state = new float[width];
    float[] next = new float[width];
    for (int at = 0; at < inputs.length; at += width) {
      System.arraycopy(inputs, at, next, 0, width);
      for (int from = 0; from < width; from += 4) {
        addFour(next, state, from);
      }
      for (int to = 0; to < width; to++) {
        state[to] = (float) Math.tanh(next[to]);
      }
      System.arraycopy(state, 0, states, at, width);
    }
  }

  private void addFour(float[] next, float[] state, int from) {
    float s0 = state[from];
    float s1 = state[from + 1];
    float s2 = state[from + 2];
    float s3 = state[from + 3];
    int column = from * width;
    for (int to = 0; to < width; to++) {
      next[to] +=
          s0 * columns[column + to]
              + s1 * columns[column + width + to]
              + s2 * columns[column + 2 * width + to]
              + s3 * columns[column + 3 * width + to];
    }
  }

  /** Operations of one token: a multiply and an add for each element of U. */
  double flopsOfToken() {
    return 2.0 * width * width;
  }

  /** A step as the formula has it, an element at a time in float64. */
  double[] plainStep(double[] state, float[] input) {
    double[] next = new double[width];
    for (int to = 0; to < width; to++) {
      double sum = input[to];
      for (int from = 0; from < width; from++) {
        sum += state[from] * columns[from * width + to];
      }
      next[to] = Math.tanh(sum);
    }
    return next;
  }
}
