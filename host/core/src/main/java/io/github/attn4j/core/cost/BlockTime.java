package io.github.attn4j.core.cost;

import java.util.List;

/**
 * How long one block really took on one device: a whole one, or, where memory or time is short, one
 * with fewer heads, everything else narrower in the same proportion.
 *
 * @param context tokens that ran
 * @param modelDim d_model of the block that ran
 * @param queryHeads its heads
 * @param kvHeads its key-value heads
 * @param headDim of each
 * @param feedForwardDim width of its feed-forward part
 * @param whole whether it has the model's own sizes
 * @param choice why it has these sizes and ran over this context
 * @param differences what of the model's block it is not, in words; empty where it is that block
 * @param runs timed, each on inputs of its own
 * @param medianNanos of their wall clock
 * @param p10Nanos a tenth of them took less
 * @param p90Nanos nine tenths took less
 * @param attentionNanos median of attention's part, by the device's clock
 * @param predictedAttentionNanos attention's operations at the rate that was measured before
 * @param predictedMatrixNanos the matrix products at the device's rate of multiply-adds, NaN where
 *     that is unknown: none can be faster
 * @param wholeNanos the model's own block over this context: its prediction times measured over
 *     predicted, NaN where nothing was predicted
 * @param checkedTokens whose results were held against the float64 reference, before and after
 * @param largestErrorOverBudget the largest error among them as a share of its budget
 */
public record BlockTime(
    int context,
    int modelDim,
    int queryHeads,
    int kvHeads,
    int headDim,
    int feedForwardDim,
    boolean whole,
    String choice,
    List<String> differences,
    int runs,
    double medianNanos,
    double p10Nanos,
    double p90Nanos,
    double attentionNanos,
    double predictedAttentionNanos,
    double predictedMatrixNanos,
    double wholeNanos,
    int checkedTokens,
    double largestErrorOverBudget) {
  /** Copies the list. */
  public BlockTime {
    differences = List.copyOf(differences);
  }

  /** Both predictions together. */
  public double predictedNanos() {
    return predictedAttentionNanos + predictedMatrixNanos;
  }
}
