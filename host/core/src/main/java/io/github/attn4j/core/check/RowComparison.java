package io.github.attn4j.core.check;

import io.github.attn4j.core.check.AttentionProperties.Attention;
import io.github.attn4j.core.check.AttentionProperties.Violation;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.reference.RowSample;
import io.github.attn4j.core.result.AttentionOutput;
import io.github.attn4j.core.spec.AttentionSpec;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Holds one run of an attention against another, row by row, and keeps the first element that is
 * wrong.
 */
final class RowComparison {
  private final String property;
  private final long seed;
  private @Nullable Violation first;

  RowComparison(String property, long seed) {
    this.property = property;
    this.seed = seed;
  }

  /** What was computed, and how far from the truth each row may be. */
  record Run(AttentionSpec spec, AttentionOutput output, RowSample rows, ErrorBudget budget) {
    static Run of(Attention attention, AttentionInputs inputs) {
      Expected expected = Expected.of(inputs);
      return new Run(
          inputs.spec(), attention.apply(inputs), expected.reference().sample(), expected.budget());
    }

    /** Where in the budget a row stands: rows that do not exist have no place there. */
    private int place(Row row) {
      return Arrays.binarySearch(rows.rows(), row.index(spec));
    }

    float o(Row row, int d) {
      return output.o()[spec.outputRow(row.b, row.h, row.i) + d];
    }

    float lse(Row row) {
      return output.lse()[row.index(spec)];
    }

    boolean demands(Row row) {
      return budget.demands(place(row));
    }

    double outputBudget(Row row) {
      return budget.output()[place(row)];
    }

    double lseBudget(Row row) {
      return budget.lse()[place(row)];
    }
  }

  /** One query of one head. */
  record Row(int b, int h, int i) {
    int index(AttentionSpec spec) {
      return spec.lseIndex(b, h, i);
    }
  }

  /** Chooses rows. */
  interface RowPredicate {
    boolean test(int b, int h, int i);
  }

  private interface RowVisitor {
    void visit(Row row);
  }

  List<Violation> violations() {
    return first == null ? List.of() : List.of(first);
  }

  RowComparison sameRows(Run left, Run right, float shift) {
    return sameRowsBefore(left.spec().queryLength(), left, right, shift);
  }

  /** Queries before {@code end} have the same O, and an LSE that is higher by the shift. */
  RowComparison sameRowsBefore(int end, Run left, Run right, float shift) {
    forEachRow(
        left.spec(),
        row -> {
          if (row.i < end && left.demands(row) && right.demands(row)) {
            double outputBudget = left.outputBudget(row) + right.outputBudget(row);
            for (int d = 0; d < left.spec().valueDim(); d++) {
              requireNear(left.spec(), "O", row, d, left.o(row, d), right.o(row, d), outputBudget);
            }
            double lseBudget = left.lseBudget(row) + right.lseBudget(row);
            double shifted = (double) left.lse(row) + shift;
            requireNear(left.spec(), "LSE", row, -1, shifted, right.lse(row), lseBudget);
          }
        });
    return this;
  }

  /** Every row of the whole is the two parts' rows, weighted by e^LSE. */
  RowComparison sameAsMerged(Run whole, Run head, Run tail) {
    forEachRow(
        whole.spec(),
        row -> {
          if (!(whole.demands(row) && head.demands(row) && tail.demands(row))) {
            return;
          }
          double maximum = Math.max(head.lse(row), tail.lse(row));
          boolean empty = maximum == Double.NEGATIVE_INFINITY;
          double headWeight = empty ? 0 : Math.exp(head.lse(row) - maximum);
          double tailWeight = empty ? 0 : Math.exp(tail.lse(row) - maximum);
          double sum = headWeight + tailWeight;
          double merged = empty ? maximum : maximum + Math.log(sum);
          double lseParts = Math.max(head.lseBudget(row), tail.lseBudget(row));
          double lseBudget = whole.lseBudget(row) + lseParts;
          requireNear(whole.spec(), "LSE", row, -1, whole.lse(row), merged, lseBudget);
          for (int d = 0; d < whole.spec().valueDim(); d++) {
            double headOutput = head.o(row, d);
            double tailOutput = tail.o(row, d);
            double mergedOutput =
                empty ? 0 : (headWeight * headOutput + tailWeight * tailOutput) / sum;
            // Errors of the parts' LSE move weight from one part to the other.
            double moved =
                empty
                    ? 0
                    : headWeight
                        * tailWeight
                        / (sum * sum)
                        * Math.abs(headOutput - tailOutput)
                        * (head.lseBudget(row) + tail.lseBudget(row));
            double budget =
                whole.outputBudget(row)
                    + Math.max(head.outputBudget(row), tail.outputBudget(row))
                    + moved;
            requireNear(whole.spec(), "O", row, d, whole.o(row, d), mergedOutput, budget);
          }
        });
    return this;
  }

  /** Equal bit for bit in every element of O and LSE; gaps of O do not count. */
  void sameBits(AttentionSpec spec, String what, AttentionOutput left, AttentionOutput right) {
    forEachRow(
        spec,
        row -> {
          int start = spec.outputRow(row.b, row.h, row.i);
          for (int d = 0; d < spec.valueDim(); d++) {
            requireSameBits(
                spec, what + " changes O", row, d, left.o()[start + d], right.o()[start + d]);
          }
          int index = row.index(spec);
          requireSameBits(
              spec, what + " changes LSE", row, -1, left.lse()[index], right.lse()[index]);
        });
  }

  /** Equal numbers in every element of O and LSE of the rows chosen, by their index in LSE. */
  void sameWhere(
      AttentionSpec spec,
      IntPredicate rows,
      String what,
      AttentionOutput left,
      AttentionOutput right) {
    forEachRow(
        spec,
        row -> {
          int index = row.index(spec);
          if (rows.test(index)) {
            int start = spec.outputRow(row.b, row.h, row.i);
            for (int d = 0; d < spec.valueDim(); d++) {
              requireNear(spec, what + ", O", row, d, left.o()[start + d], right.o()[start + d], 0);
            }
            requireNear(spec, what + ", LSE", row, -1, left.lse()[index], right.lse()[index], 0);
          }
        });
  }

  /** O is 0 and LSE -inf in rows that see nothing; LSE is finite in all others. */
  RowComparison emptyExactlyWhereHidden(AttentionSpec spec, AttentionOutput output) {
    forEachRow(
        spec,
        row -> {
          float lse = output.lse()[row.index(spec)];
          if (seesSomething(spec, row)) {
            if (!Float.isFinite(lse)) {
              violate(spec, "LSE of a row that sees keys", row, -1, "a finite number", lse);
            }
            return;
          }
          if (lse != Float.NEGATIVE_INFINITY) {
            violate(spec, "LSE of an empty row", row, -1, "-Infinity", lse);
          }
          int start = spec.outputRow(row.b, row.h, row.i);
          for (int d = 0; d < spec.valueDim(); d++) {
            if (output.o()[start + d] != 0) {
              violate(spec, "O of an empty row", row, d, "0", output.o()[start + d]);
            }
          }
        });
    return this;
  }

  /**
   * NaN in the rows that see it and nowhere else, where all is as in the clean run.
   *
   * @param column the only column of O to turn NaN, LSE staying; or -1 for all of O and LSE
   */
  RowComparison nanExactlyWhere(
      Run clean, String what, AttentionOutput output, RowPredicate seen, int column) {
    AttentionSpec spec = clean.spec();
    Run run = new Run(spec, output, clean.rows(), clean.budget());
    forEachRow(
        spec,
        row -> {
          if (!clean.demands(row)) {
            return;
          }
          boolean hit = seen.test(row.b, row.h, row.i);
          for (int d = 0; d < spec.valueDim(); d++) {
            boolean nan = hit && (column < 0 || d == column);
            requireNanOrNear(
                what + ", O",
                row,
                d,
                nan,
                clean,
                clean.o(row, d),
                run.o(row, d),
                2 * clean.outputBudget(row));
          }
          requireNanOrNear(
              what + ", LSE",
              row,
              -1,
              hit && column < 0,
              clean,
              clean.lse(row),
              run.lse(row),
              2 * clean.lseBudget(row));
        });
    return this;
  }

  private void requireNanOrNear(
      String what,
      Row row,
      int d,
      boolean nan,
      Run clean,
      float expected,
      float actual,
      double budget) {
    if (!nan) {
      requireNear(clean.spec(), what, row, d, expected, actual, budget);
    } else if (!Float.isNaN(actual)) {
      violate(clean.spec(), what, row, d, "NaN", actual);
    }
  }

  private void requireNear(
      AttentionSpec spec, String what, Row row, int d, double left, double right, double budget) {
    // Equal infinities are near; NaN is near nothing, itself included.
    if (left != right && !(Math.abs(left - right) <= budget)) {
      violate(spec, what, row, d, "%.9g within %.3g".formatted(left, budget), right);
    }
  }

  private void requireSameBits(
      AttentionSpec spec, String what, Row row, int d, float left, float right) {
    if (Float.floatToIntBits(left) != Float.floatToIntBits(right) || Float.isNaN(left)) {
      violate(spec, what, row, d, Float.toString(left), right);
    }
  }

  private void violate(
      AttentionSpec spec, String what, Row row, int d, String expected, double actual) {
    if (first == null) {
      String column = d < 0 ? "" : ", d " + d;
      first =
          new Violation(
              property,
              seed,
              "%s: %s [b %d, h %d, q %d%s] is %.9g, expected %s"
                  .formatted(
                      spec.wholeLabel(), what, row.b, row.h, row.i, column, actual, expected));
    }
  }

  private static boolean seesSomething(AttentionSpec spec, Row row) {
    for (int key = 0; key < spec.kvLength(); key++) {
      if (spec.visible(row.b, row.h, row.i, key)) {
        return true;
      }
    }
    return false;
  }

  private static void forEachRow(AttentionSpec spec, RowVisitor visitor) {
    for (int b = 0; b < spec.batch(); b++) {
      for (int h = 0; h < spec.queryHeads(); h++) {
        for (int i = 0; i < spec.queryLengths().get(b); i++) {
          visitor.visit(new Row(b, h, i));
        }
      }
    }
  }
}
