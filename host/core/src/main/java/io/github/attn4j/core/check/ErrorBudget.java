package io.github.attn4j.core.check;

import io.github.attn4j.core.reference.PlainAttention;
import io.github.attn4j.core.reference.ReferenceResult;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.ElementType;

/**
 * How far from the oracle each row may be: twice what the plain low-precision version of the row
 * misses by, plus {@value #C} unit roundoffs of the row's condition and what rounding a sum as long
 * as the row costs, so that a row on which the plain version happens to be exact does not demand
 * exactness of everyone, plus what storing O in less than float32 costs. docs/numerics.md argues
 * the terms. Both are infinite in a row of which nothing can be demanded, since a score modifier
 * compares what float32 may find either way.
 *
 * @param output [rows], for every element of the row's output
 * @param lse [rows]
 * @param plainOutput [rows], what the plain version misses an element of the output by at most
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record ErrorBudget(double[] output, double[] lse, double[] plainOutput) {
  /**
   * Unit roundoffs of the row's condition that any order of summation may cost: see
   * docs/numerics.md.
   */
  public static final double C = 4;

  /** Whether anything can be demanded of a row. */
  public boolean demands(int row) {
    return lse[row] != Double.POSITIVE_INFINITY;
  }

  static ErrorBudget derive(
      AttentionSpec spec, ReferenceResult reference, PlainAttention.Result plain) {
    int rows = reference.sample().rows().length;
    int columns = spec.valueDim();
    double unit = C * spec.accumulation().unitRoundoff();
    double[] output = new double[rows];
    double[] lse = new double[rows];
    double[] plainOutput = new double[rows];
    for (int row = 0; row < rows; row++) {
      if (reference.lseDoubt()[row] == Double.POSITIVE_INFINITY) {
        output[row] = Double.POSITIVE_INFINITY;
        lse[row] = Double.POSITIVE_INFINITY;
        continue;
      }
      double worst = 0;
      for (int d = 0; d < columns; d++) {
        worst =
            Math.max(
                worst,
                finiteDistance(plain.o()[row * columns + d], reference.o()[row * columns + d]));
      }
      plainOutput[row] = worst;
      // Partial sums of n terms of one sign are rounded n times: a random walk of sqrt(n) / 3
      // units, unless the terms are so alike that all errors have one sign; then what was measured.
      double summation =
          spec.accumulation().unitRoundoff() * Math.sqrt(reference.visibleKeys()[row]);
      output[row] =
          2 * worst
              + unit * reference.outputCondition()[row]
              + Math.max(summation * reference.outputMagnitude()[row], plain.outputDrift()[row])
              + store(spec.queryType(), reference, row, columns)
              + reference.outputDoubt()[row];
      lse[row] =
          2 * finiteDistance(plain.lse()[row], reference.lse()[row])
              + unit * reference.lseCondition()[row]
              + Math.max(summation, plain.lseDrift()[row])
              + reference.lseDoubt()[row];
      boolean outputFinite = false;
      for (int d = 0; d < columns; d++) {
        outputFinite |= Double.isFinite(reference.o()[row * columns + d]);
      }
      requireFinite(output[row], outputFinite, "O", reference, row);
      requireFinite(lse[row], Double.isFinite(reference.lse()[row]), "LSE", reference, row);
    }
    return new ErrorBudget(output, lse, plainOutput);
  }

  /**
   * What rounding a result to the type of O costs; nothing where that is what it was computed in.
   * The plain version rounds too, but its error may be 0 where another right result's is half a
   * step. Below the smallest normal number steps become no smaller.
   */
  private static double store(ElementType type, ReferenceResult reference, int row, int columns) {
    if (type == ElementType.F32 || reference.visibleKeys()[row] == 0) {
      return 0; // zeros are exact in any type
    }
    double largest = type.smallestNormal();
    for (int d = 0; d < columns; d++) {
      double element = Math.abs(reference.o()[row * columns + d]);
      largest = Double.isFinite(element) ? Math.max(largest, element) : largest;
    }
    return type.unitRoundoff() * largest;
  }

  /** An infinite budget would pass every finite value, and a NaN none: either is a bug of ours. */
  private static void requireFinite(
      double budget, boolean expectedFinite, String tensor, ReferenceResult reference, int row) {
    if (expectedFinite && !Double.isFinite(budget)) {
      throw new IllegalStateException(
          "the error budget of %s in row %d is %s although the oracle's value is finite"
              .formatted(tensor, reference.sample().rows()[row], budget));
    }
  }

  /**
   * An overflow of the plain version must not buy anyone an unlimited budget: then only the second
   * term counts.
   */
  private static double finiteDistance(double actual, double expected) {
    double distance = Math.abs(actual - expected);
    return Double.isFinite(distance) ? distance : 0;
  }
}
