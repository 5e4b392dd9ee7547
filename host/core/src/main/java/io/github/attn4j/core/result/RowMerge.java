package io.github.attn4j.core.result;

import io.github.attn4j.core.spec.AttentionSpec;
import java.util.Arrays;
import java.util.List;

/** Merges outputs row by row, by the definition in {@link AttentionOutput}. */
final class RowMerge {
  private final AttentionOutput target;
  private final AttentionOutput[] parts;
  private final double[] weights;

  /** A row of O in float64; the target may be one of the parts, so it is written last. */
  private final double[] row;

  RowMerge(AttentionOutput target, List<AttentionOutput> parts, int valueDim) {
    this.target = target;
    this.parts = parts.toArray(AttentionOutput[]::new);
    this.weights = new double[this.parts.length];
    this.row = new double[valueDim];
  }

  void mergeRows(AttentionSpec spec) {
    for (int b = 0; b < spec.batch(); b++) {
      for (int h = 0; h < spec.queryHeads(); h++) {
        for (int i = 0; i < spec.queryLengths().get(b); i++) {
          mergeRow(spec.lseIndex(b, h, i), spec.outputRow(b, h, i));
        }
      }
    }
  }

  /**
   * Merges one row.
   *
   * @param index of the row in LSE
   * @param start of the row in O
   */
  private void mergeRow(int index, int start) {
    int seeing = 0;
    int infinite = 0;
    int last = -1;
    double maximum = Double.NEGATIVE_INFINITY;
    for (int part = 0; part < parts.length; part++) {
      float lse = parts[part].lse()[index];
      if (lse != Float.NEGATIVE_INFINITY) {
        seeing++;
        last = part;
        infinite += lse == Float.POSITIVE_INFINITY ? 1 : 0;
        maximum = Math.max(maximum, lse); // NaN wins, as it must
      }
    }
    if (seeing == 0) {
      Arrays.fill(target.o(), start, start + row.length, 0);
      target.lse()[index] = Float.NEGATIVE_INFINITY;
    } else if (seeing == 1 && !Double.isNaN(maximum)) {
      System.arraycopy(parts[last].o(), start, target.o(), start, row.length);
      target.lse()[index] = parts[last].lse()[index];
    } else {
      double total = weigh(index, maximum, infinite);
      addRows(index, start, total);
      // e^inf + e^inf is infinite, although their shares are nobody's knowledge.
      target.lse()[index] =
          maximum == Double.POSITIVE_INFINITY
              ? Float.POSITIVE_INFINITY
              : (float) (maximum + Math.log(total));
    }
  }

  /** Sets each part's weight relative to the largest LSE. Returns their sum. */
  private double weigh(int index, double maximum, int infinite) {
    double total = 0;
    for (int part = 0; part < parts.length; part++) {
      double lse = parts[part].lse()[index];
      // Beside one infinite LSE the others have no weight, and inf - inf counts as 0. Of several
      // it is NaN.
      weights[part] = infinite == 1 && lse == maximum ? 1 : Math.exp(lse - maximum);
      total += weights[part];
    }
    return total;
  }

  private void addRows(int index, int start, double total) {
    Arrays.fill(row, 0);
    for (int part = 0; part < parts.length; part++) {
      if (parts[part].lse()[index] != Float.NEGATIVE_INFINITY) {
        double weight = weights[part] / total;
        float[] o = parts[part].o();
        // A weight of 0 too: 0 * NaN is NaN, and that key is one of the union's.
        for (int d = 0; d < row.length; d++) {
          row[d] += weight * o[start + d];
        }
      }
    }
    float[] o = target.o();
    for (int d = 0; d < row.length; d++) {
      o[start + d] = (float) row[d];
    }
  }
}
