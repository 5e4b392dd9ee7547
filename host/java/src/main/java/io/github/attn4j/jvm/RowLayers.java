package io.github.attn4j.jvm;

import static io.github.attn4j.jvm.VectorMath.LANES;
import static io.github.attn4j.jvm.VectorMath.SPECIES;

import jdk.incubator.vector.FloatVector;
import org.jspecify.annotations.Nullable;

/** What {@link JavaLayers} does with one row at a time. */
final class RowLayers {
  private RowLayers() {}

  /**
   * y = normalise(x + residual) * gamma + beta of the row at {@code from} of every array (Ba, Kiros
   * and Hinton 2016, equation 4): mean, squares of what is left of it, result.
   *
   * @param residual none for none
   * @param sum receives x + residual; none for nobody
   */
  static void norm(
      float[] x,
      float @Nullable [] residual,
      float[] gamma,
      float[] beta,
      float @Nullable [] sum,
      float[] y,
      int from,
      int columns,
      float epsilon) {
    // A row that may be read again after y is written over x is kept in y from the start.
    int whole = columns - columns % LANES;
    FloatVector sums = FloatVector.zero(SPECIES);
    float rest = 0;
    for (int c = 0; c < whole; c += LANES) {
      FloatVector value = FloatVector.fromArray(SPECIES, x, from + c);
      if (residual != null) {
        value = value.add(FloatVector.fromArray(SPECIES, residual, from + c));
      }
      if (sum != null) {
        value.intoArray(sum, from + c);
      }
      value.intoArray(y, from + c);
      sums = sums.add(value);
    }
    for (int c = whole; c < columns; c++) {
      float value = residual == null ? x[from + c] : x[from + c] + residual[from + c];
      if (sum != null) {
        sum[from + c] = value;
      }
      y[from + c] = value;
      rest += value;
    }
    float mean = (VectorMath.sum(sums) + rest) / columns;
    FloatVector means = FloatVector.broadcast(SPECIES, mean);
    sums = FloatVector.zero(SPECIES);
    rest = 0;
    for (int c = 0; c < whole; c += LANES) {
      FloatVector centred = FloatVector.fromArray(SPECIES, y, from + c).sub(means);
      sums = centred.fma(centred, sums);
    }
    for (int c = whole; c < columns; c++) {
      rest += (y[from + c] - mean) * (y[from + c] - mean);
    }
    float variance = (VectorMath.sum(sums) + rest) / columns;
    float inverse = (float) (1 / Math.sqrt(variance + epsilon));
    FloatVector inverses = FloatVector.broadcast(SPECIES, inverse);
    for (int c = 0; c < whole; c += LANES) {
      FloatVector.fromArray(SPECIES, y, from + c)
          .sub(means)
          .mul(inverses)
          .fma(FloatVector.fromArray(SPECIES, gamma, c), FloatVector.fromArray(SPECIES, beta, c))
          .intoArray(y, from + c);
    }
    for (int c = whole; c < columns; c++) {
      y[from + c] = (y[from + c] - mean) * inverse * gamma[c] + beta[c];
    }
  }

  /** into[at + c] += table[row + c] for c below columns. */
  static void add(float[] into, int at, float[] table, int row, int columns) {
    for (int c = 0; c < columns; c++) {
      into[at + c] += table[row + c];
    }
  }

  /** Turns the pairs of a head at {@code at} by the angles at {@code turn}. */
  static void turn(float[] x, int at, int dim, float[] table, int turn) {
    for (int d = 0; d < dim; d += 2) {
      float a = x[at + d];
      float b = x[at + d + 1];
      float cos = table[turn + d];
      float sin = table[turn + d + 1];
      x[at + d] = a * cos - b * sin;
      x[at + d + 1] = a * sin + b * cos;
    }
  }

  /** The dot product of two rows. */
  static float dot(float[] x, int at, float[] words, int word, int columns) {
    FloatVector even = FloatVector.zero(SPECIES);
    FloatVector odd = FloatVector.zero(SPECIES);
    int c = 0;
    for (; c + 2 * LANES <= columns; c += 2 * LANES) {
      even =
          FloatVector.fromArray(SPECIES, x, at + c)
              .fma(FloatVector.fromArray(SPECIES, words, word + c), even);
      odd =
          FloatVector.fromArray(SPECIES, x, at + c + LANES)
              .fma(FloatVector.fromArray(SPECIES, words, word + c + LANES), odd);
    }
    float rest = 0;
    for (; c < columns; c++) {
      rest += x[at + c] * words[word + c];
    }
    return VectorMath.sum(even.add(odd)) + rest;
  }
}
