package io.github.attn4j.core.check;

import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.result.AttentionOutput;
import io.github.attn4j.core.spec.AttentionSpec;
import java.util.List;

/**
 * Merging in float32, part after part, as one writes it down: right, or with a planted mistake.
 *
 * @param mistake what is wrong with it
 */
record PlainMerge(Mistake mistake) {

  /** What a careless merge may do. */
  enum Mistake {
    NONE,
    /** Each part weighs as much as the others. */
    AVERAGE,
    /** e^LSE without taking out the maximum. */
    NO_MAXIMUM,
    /** The smaller LSE is taken out. */
    MINIMUM,
    /** What was merged before is not rescaled when the maximum grows. */
    NOT_RESCALED,
    /** Weights are not divided by their sum. */
    NOT_NORMALIZED,
    /** LSE is the larger one. */
    LSE_OF_THE_LARGER,
    /** LSE is taken for a logarithm to base 2, as FlashInfer's is. */
    BASE_TWO,
    /** Two parts that have seen nothing: -inf - -inf. */
    EMPTY_UNGUARDED,
    /** NaN counts as a part that has seen nothing. */
    NAN_AS_EMPTY,
    /** A part that weighs nothing is left out, whatever it holds. */
    NO_WEIGHT_LEFT_OUT,
    /** Weights have the 11 bits of a half. */
    HALF_WEIGHTS,
    /** The second weight is what the first leaves of 1. */
    WEIGHT_BY_DIFFERENCE,
    /** LSE is read as [batch, queryLength, queryHeads]. */
    LSE_TRANSPOSED,
    /** Rows of O are taken to follow each other. */
    LAYOUT_IGNORED,
    /** The last part is left out. */
    LAST_PART_DROPPED
  }

  AttentionOutput merge(AttentionSpec spec, List<AttentionOutput> parts) {
    AttentionOutput merged = parts.getFirst();
    int count = parts.size() - (mistake == Mistake.LAST_PART_DROPPED ? 1 : 0);
    for (AttentionOutput part : parts.subList(Math.min(1, count), count)) {
      merged = mergeTwo(spec, merged, part);
    }
    return merged;
  }

  private AttentionOutput mergeTwo(AttentionSpec spec, AttentionOutput a, AttentionOutput b) {
    AttentionOutput merged = AttentionOutput.allocate(spec);
    for (int row = 0; row < spec.rows(); row++) {
      int i = row % spec.queryLength();
      int h = row / spec.queryLength() % spec.queryHeads();
      int batch = row / spec.queryLength() / spec.queryHeads();
      int lseRow =
          mistake == Mistake.LSE_TRANSPOSED
              ? (batch * spec.queryLength() + i) * spec.queryHeads() + h
              : row;
      int start =
          mistake == Mistake.LAYOUT_IGNORED
              ? row * spec.valueDim()
              : AttentionInputs.rowIndex(spec.o(), batch, h, i);
      mergeRow(merged, a, b, lseRow, start, spec.valueDim());
    }
    return merged;
  }

  private void mergeRow(
      AttentionOutput merged,
      AttentionOutput a,
      AttentionOutput b,
      int row,
      int start,
      int columns) {
    float lseA = lse(a, row);
    float lseB = lse(b, row);
    float maximum =
        switch (mistake) {
          case MINIMUM -> Math.min(lseA, lseB);
          case NO_MAXIMUM -> 0;
          default -> Math.max(lseA, lseB);
        };
    if (Math.max(lseA, lseB) == Float.NEGATIVE_INFINITY && mistake != Mistake.EMPTY_UNGUARDED) {
      merged.lse()[row] = Float.NEGATIVE_INFINITY;
      return;
    }
    float weightA = mistake == Mistake.NOT_RESCALED ? 1 : weight(lseA - maximum);
    float weightB = weight(lseB - maximum);
    float sum = weightA + weightB;
    if (mistake != Mistake.NOT_NORMALIZED) {
      weightA /= sum;
      weightB = mistake == Mistake.WEIGHT_BY_DIFFERENCE ? 1 - weightA : weightB / sum;
    }
    for (int d = start; d < start + columns; d++) {
      merged.o()[d] = product(weightA, a.o()[d]) + product(weightB, b.o()[d]);
    }
    merged.lse()[row] =
        switch (mistake) {
          case LSE_OF_THE_LARGER -> maximum;
          case BASE_TWO -> maximum + (float) (Math.log(sum) / Math.log(2));
          default -> maximum + (float) Math.log(sum);
        };
  }

  private float lse(AttentionOutput part, int row) {
    float lse = part.lse()[row];
    return mistake == Mistake.NAN_AS_EMPTY && Float.isNaN(lse) ? Float.NEGATIVE_INFINITY : lse;
  }

  private float weight(float relative) {
    double exact = mistake == Mistake.BASE_TWO ? Math.pow(2, relative) : Math.exp(relative);
    return switch (mistake) {
      case AVERAGE -> 1;
      case HALF_WEIGHTS -> Float.float16ToFloat(Float.floatToFloat16((float) exact));
      default -> (float) exact;
    };
  }

  private float product(float weight, float value) {
    boolean leftOut =
        weight == 0 && (mistake == Mistake.NO_WEIGHT_LEFT_OUT || mistake == Mistake.NAN_AS_EMPTY);
    return leftOut ? 0 : weight * value;
  }
}
