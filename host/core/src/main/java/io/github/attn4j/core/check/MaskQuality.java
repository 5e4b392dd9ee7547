package io.github.attn4j.core.check;

import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.reference.ReferenceAttention;
import io.github.attn4j.core.reference.ReferenceResult;
import io.github.attn4j.core.reference.RowSample;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.DenseMask;
import io.github.attn4j.core.spec.Mask;
import java.util.Arrays;
import org.apache.commons.statistics.descriptive.Quantile;

/**
 * What a mask does to the result: how far attention behind it is from attention without it, on the
 * same Q, K and V, in float64 by the oracle. Says nothing about kernels, whose errors are thousands
 * of times smaller.
 *
 * <p>Of a row with dense weights p_j and outputs O: the retained mass is the sum of p_j over the
 * keys that the mask leaves, from 0 to 1; the output error is the Euclidean norm of O_masked - O
 * over that of O. The mask renormalises what it leaves, so a small mass does not mean a large error
 * where the values are alike. Means and quantiles are over the rows that have both figures.
 *
 * @param rows rows that the figures are of
 * @param emptyRows rows without a visible key, left out: their O is 0, so their error would be 1
 *     and their mass 0 whatever the data
 * @param undefinedRows rows left out because their dense output is not finite, or is 0 in every
 *     element: an error relative to it means nothing
 * @param meanRetainedMass NaN (null in JSON) where no row counts, as are the three below
 * @param p10RetainedMass a tenth of the rows retain less
 * @param meanOutputError over the rows
 * @param p90OutputError a tenth of the rows are further off
 */
public record MaskQuality(
    long rows,
    long emptyRows,
    long undefinedRows,
    double meanRetainedMass,
    double p10RetainedMass,
    double meanOutputError,
    double p90OutputError) {

  /**
   * Runs the oracle twice over a sample of rows: with the mask and without it. Soft cap and score
   * modifier stay.
   *
   * @throws IllegalArgumentException if the mask adds to scores: then it does more than hide pairs,
   *     and weights without it are of other scores
   */
  public static MaskQuality of(AttentionInputs inputs, RowSample sample) {
    AttentionSpec spec = inputs.spec();
    DenseMask values = spec.canonicalMask().dense();
    if (values != null && values.isAdditive()) {
      throw new IllegalArgumentException(
          "the mask %s adds to scores; retained mass is defined for masks that only hide pairs: make it boolean"
              .formatted(spec.mask().label()));
    }
    AttentionInputs dense = inputs.withSpec(spec.toBuilder().mask(Mask.none()).build());
    return of(
        ReferenceAttention.compute(inputs, sample),
        ReferenceAttention.compute(dense, sample),
        spec.valueDim());
  }

  private static MaskQuality of(ReferenceResult masked, ReferenceResult dense, int valueDim) {
    int all = dense.lse().length;
    double[] masses = new double[all];
    double[] errors = new double[all];
    int rows = 0;
    long empty = 0;
    for (int slot = 0; slot < all; slot++) {
      if (masked.lse()[slot] == Double.NEGATIVE_INFINITY) {
        empty++;
        continue;
      }
      // Both sums are of e^score over the same scores, so their ratio is the weight that is left.
      double mass = Math.exp(masked.lse()[slot] - dense.lse()[slot]);
      double error = relativeError(masked.o(), dense.o(), slot * valueDim, valueDim);
      if (Double.isFinite(mass) && Double.isFinite(error)) {
        masses[rows] = Math.min(1, mass); // a rounding above 1 is one
        errors[rows] = error;
        rows++;
      }
    }
    double[] mass = Arrays.copyOf(masses, rows);
    double[] error = Arrays.copyOf(errors, rows);
    return new MaskQuality(
        rows,
        empty,
        all - empty - rows,
        Arrays.stream(mass).average().orElse(Double.NaN),
        quantile(mass, 0.1),
        Arrays.stream(error).average().orElse(Double.NaN),
        quantile(error, 0.9));
  }

  /** Not finite where the dense output is zero or not finite itself. */
  private static double relativeError(double[] masked, double[] dense, int from, int count) {
    double difference = 0;
    double norm = 0;
    for (int i = from; i < from + count; i++) {
      difference = Math.hypot(difference, masked[i] - dense[i]);
      norm = Math.hypot(norm, dense[i]);
    }
    return difference / norm;
  }

  private static double quantile(double[] values, double share) {
    return values.length == 0 ? Double.NaN : Quantile.withDefaults().evaluate(values, share);
  }
}
