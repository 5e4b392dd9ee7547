package io.github.attn4j.core.layer;

import static io.github.attn4j.core.layer.LayerExpectation.UNIT;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The operations of {@link Layers} in float64, straight from their formulas, beside the same in
 * float32 as anybody would write it down, and what a rounding costs: what {@link LayerExpectation}
 * makes its budgets of.
 */
final class ReferenceLayers {
  /** No more than gelu's steepest slope, 1.1290 at x = sqrt 2. */
  private static final double STEEPEST = 1.13;

  private ReferenceLayers() {}

  /** Where a matrix keeps the element that input k has in output c. */
  interface Place {
    int of(int k, int c);
  }

  /**
   * activation(x matrix + bias).
   *
   * @param place of the matrix' elements, so that it may be one or its transpose
   * @param bias none for none
   */
  static LayerExpectation matMul(
      float[] x,
      int rows,
      int inputs,
      int outputs,
      float[] matrix,
      Place place,
      float @Nullable [] bias,
      Activation activation) {
    double[] values = new double[rows * outputs];
    float[] plain = new float[values.length];
    double[] condition = new double[values.length];
    double[] walk = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      int row = i / outputs * inputs;
      int column = i % outputs;
      double sum = 0;
      float plainSum = 0;
      double squaresOfX = 0;
      double squaresOfMatrix = 0;
      double largest = 0;
      for (int k = 0; k < inputs; k++) {
        double w = matrix[place.of(k, column)];
        sum += x[row + k] * w;
        plainSum += x[row + k] * (float) w;
        squaresOfX += (double) x[row + k] * x[row + k];
        squaresOfMatrix += w * w;
        largest = Math.max(largest, Math.abs(sum));
      }
      float added = bias == null ? 0 : bias[column];
      double z = sum + added;
      float plainZ = plainSum + added;
      boolean gelu = activation == Activation.GELU;
      values[i] = gelu ? Erf.gelu(z) : z;
      plain[i] =
          gelu ? 0.5f * plainZ * (1 + (float) Erf.of(plainZ * (float) Math.sqrt(0.5))) : plainZ;
      double slope = gelu ? STEEPEST : 1;
      condition[i] =
          slope
                  * (Math.sqrt(squaresOfX) * Math.sqrt(squaresOfMatrix)
                      + Math.abs(added)
                      + Math.abs(z))
              + (gelu ? Math.abs(z) : 0);
      walk[i] = slope * Math.sqrt(inputs) * largest;
    }
    return LayerExpectation.of(outputs, values, plain, condition, walk);
  }

  /**
   * normalise(x + residual) * gamma + beta.
   *
   * @param residual none for none
   */
  static LayerExpectation layerNorm(
      float[] x,
      float @Nullable [] residual,
      int rows,
      float[] gamma,
      float[] beta,
      float epsilon) {
    int columns = gamma.length;
    double[] values = new double[rows * columns];
    float[] plain = new float[values.length];
    double[] condition = new double[values.length];
    double[] walk = new double[values.length];
    for (int from = 0; from < values.length; from += columns) {
      double sum = 0;
      double magnitudes = 0;
      float plainSum = 0;
      for (int i = from; i < from + columns; i++) {
        double added = residual == null ? 0 : residual[i];
        sum += x[i] + added;
        magnitudes += Math.abs(x[i] + added);
        plainSum += x[i] + (float) added;
      }
      double mean = sum / columns;
      float plainMean = plainSum / columns;
      double squares = 0;
      float plainSquares = 0;
      for (int i = from; i < from + columns; i++) {
        double added = residual == null ? 0 : residual[i];
        double centred = x[i] + added - mean;
        float plainCentred = x[i] + (float) added - plainMean;
        squares += centred * centred;
        plainSquares += plainCentred * plainCentred;
      }
      double deviation = Math.sqrt(squares / columns + epsilon);
      float plainDeviation = (float) Math.sqrt(plainSquares / columns + epsilon);
      for (int i = from; i < from + columns; i++) {
        int c = i - from;
        double added = residual == null ? 0 : residual[i];
        double normal = (x[i] + added - mean) / deviation;
        values[i] = normal * gamma[c] + beta[c];
        plain[i] = (x[i] + (float) added - plainMean) / plainDeviation * gamma[c] + beta[c];
        double magnitude = (Math.abs(x[i]) + Math.abs(added) + magnitudes / columns) / deviation;
        condition[i] = Math.abs(gamma[c]) * (magnitude + Math.abs(normal)) + Math.abs(beta[c]);
        // The sums of the mean and of the squares, of which the latter counts by half.
        walk[i] =
            Math.sqrt(columns)
                * Math.abs(gamma[c])
                * (magnitudes / columns / deviation + Math.abs(normal) / 2);
      }
    }
    return LayerExpectation.of(columns, values, plain, condition, walk);
  }

  /** Sums of up to three rows, in this order; a table may be none. */
  static LayerExpectation embed(int columns, int rows, float[][] tables, int[][] indices) {
    double[] values = new double[rows * columns];
    float[] plain = new float[values.length];
    double[] condition = new double[values.length];
    for (int table = 0; table < tables.length; table++) {
      for (int i = 0; i < values.length; i++) {
        float element = tables[table][indices[table][i / columns] * columns + i % columns];
        values[i] += element;
        plain[i] += element;
        condition[i] += Math.abs(element);
      }
    }
    return LayerExpectation.of(columns, values, plain, condition, new double[values.length]);
  }

  /** The whole tensor: what is not turned has a budget of 0. */
  static LayerExpectation rotate(
      float[] x, Rotation rotation, int rows, int[] positions, float[] table) {
    double[] values = new double[x.length];
    double[] budgets = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      values[i] = x[i];
    }
    int dim = rotation.dim();
    for (int row = 0; row < rows; row++) {
      for (int head = 0; head < rotation.heads(); head++) {
        int from = rotation.at() + row * rotation.rowStride() + head * dim;
        double worst = 0;
        double condition = 0;
        for (int d = 0; d < dim; d += 2) {
          float a = x[from + d];
          float b = x[from + d + 1];
          float cos = table[positions[row] * dim + d];
          float sin = table[positions[row] * dim + d + 1];
          values[from + d] = (double) a * cos - (double) b * sin;
          values[from + d + 1] = (double) a * sin + (double) b * cos;
          worst = Math.max(worst, Math.abs((a * cos - b * sin) - values[from + d]));
          worst = Math.max(worst, Math.abs((a * sin + b * cos) - values[from + d + 1]));
          condition = Math.max(condition, Math.abs(a * cos) + Math.abs(b * sin));
          condition = Math.max(condition, Math.abs(a * sin) + Math.abs(b * cos));
        }
        double budget = 2 * worst + LayerExpectation.C * UNIT * condition;
        Arrays.fill(budgets, from, from + dim, budget);
      }
    }
    return new LayerExpectation(rotation.rowStride(), values, budgets);
  }
}
