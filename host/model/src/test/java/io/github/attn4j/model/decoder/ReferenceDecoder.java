package io.github.attn4j.model.decoder;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A whole decoder on the host, token by token: logits in float64, and what they may be off by. */
final class ReferenceDecoder {
  private final DecoderShape shape;
  private final DecoderWeights weights;

  ReferenceDecoder(DecoderShape shape, DecoderWeights weights) {
    this.shape = shape;
    this.weights = weights;
  }

  /**
   * What is right.
   *
   * @param logits [ids, vocabulary]
   * @param budgets of each row
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Expected(double[] logits, double[] budgets) {
    /** The largest error as a share of its budget; infinite where something is not finite. */
    double errorOverBudget(int first, float[] actual) {
      int vocabulary = logits.length / budgets.length;
      double worst = 0;
      for (int i = 0; i < actual.length; i++) {
        int row = first + i / vocabulary;
        double error = Math.abs(actual[i] - logits[row * vocabulary + i % vocabulary]);
        if (!(error <= Double.MAX_VALUE)) {
          return Double.POSITIVE_INFINITY;
        }
        worst = Math.max(worst, error / budgets[row]);
      }
      return worst;
    }
  }

  /** The suite's budget of a row, of the last product: docs/numerics.md. */
  Expected expected(int[] ids) {
    double[] exact = logits(ids, true);
    double[] plain = logits(ids, false);
    double[] budgets = new double[ids.length];
    for (int row = 0; row < ids.length; row++) {
      double difference = 0;
      for (int id = 0; id < shape.vocabulary(); id++) {
        int at = row * shape.vocabulary() + id;
        difference = Math.max(difference, Math.abs(plain[at] - exact[at]));
      }
      budgets[row] = BlockOracle.budget(difference, condition(row), 0);
    }
    return new Expected(exact, budgets);
  }

  private final List<double[]> normed = new ArrayList<>();

  /** |x| |w| of the largest word, which bounds every partial sum too. */
  private double condition(int row) {
    double largest = 0;
    for (int id = 0; id < shape.vocabulary(); id++) {
      double squares = 0;
      for (int c = 0; c < shape.modelDim(); c++) {
        double weight = weights.words()[id * shape.modelDim() + c];
        squares += weight * weight;
      }
      largest = Math.max(largest, squares);
    }
    double squares = 0;
    for (double element : normed.get(row)) {
      squares += element * element;
    }
    return Math.sqrt(squares * largest);
  }

  private double[] logits(int[] ids, boolean exact) {
    List<double[]> hidden = new ArrayList<>();
    for (int id : ids) {
      double[] row = new double[shape.modelDim()];
      for (int c = 0; c < row.length; c++) {
        row[c] = weights.words()[id * row.length + c];
      }
      hidden.add(row);
    }
    for (BlockWeights parameters : weights.blocks()) {
      ReferenceBlock block = new ReferenceBlock(shape.block(), parameters, exact);
      List<double[]> rows = new ArrayList<>();
      for (int token = 0; token < ids.length; token++) {
        rows.add(block.project(hidden.get(token), token));
      }
      int values = shape.block().projectedWidth();
      double[][] cached =
          rows.stream()
              .map(row -> Arrays.copyOfRange(row, shape.block().queryWidth(), values))
              .toArray(double[][]::new);
      for (int token = 0; token < ids.length; token++) {
        double[] attended = block.attend(rows.get(token), Arrays.copyOf(cached, token + 1));
        hidden.set(token, block.finish(hidden.get(token), attended));
      }
    }
    double[] logits = new double[ids.length * shape.vocabulary()];
    if (exact) {
      normed.clear();
    }
    for (int token = 0; token < ids.length; token++) {
      double[] last = ReferenceBlock.normalise(hidden.get(token), weights.norm(), exact);
      if (exact) {
        normed.add(last);
      }
      for (int id = 0; id < shape.vocabulary(); id++) {
        double sum = 0;
        float plainSum = 0;
        for (int c = 0; c < last.length; c++) {
          float weight = weights.words()[id * last.length + c];
          sum += last[c] * weight;
          plainSum += (float) last[c] * weight;
        }
        logits[token * shape.vocabulary() + id] = exact ? sum : plainSum;
      }
    }
    return logits;
  }
}
