package io.github.attn4j.model.decoder;

import io.github.attn4j.core.layer.Erf;

/**
 * A block on the host, token by token and straight from the formulas: in float64, the oracle; and
 * in float32 as anybody would write it down, of which error budgets are made.
 *
 * <p>A row of queries, keys and values is as on the device: side by side, {@link
 * BlockShape#projectedWidth} elements, positions turned in.
 */
public final class ReferenceBlock {
  private final BlockShape shape;
  private final BlockWeights weights;
  private final boolean exact;

  /**
   * One of the two.
   *
   * @param exact in float64; else in float32
   */
  public ReferenceBlock(BlockShape shape, BlockWeights weights, boolean exact) {
    this.shape = shape;
    this.weights = weights;
    this.exact = exact;
  }

  /**
   * A vector, and what it may cost to round on the way to it.
   *
   * @param values of each element
   * @param condition the largest of: by what a rounding of one unit anywhere may move an element
   * @param walk the largest of: sqrt(n) times the largest partial sum of n terms
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Vector(double[] values, double condition, double walk) {
    Vector with(double[] other, double moreCondition) {
      return new Vector(other, condition + moreCondition, walk);
    }
  }

  /**
   * Queries, keys and values of a token.
   *
   * @param hidden [d_model]
   */
  public double[] project(double[] hidden, int position) {
    return projected(hidden, position).values();
  }

  Vector projected(double[] hidden, int position) {
    double[] normed = normalise(hidden, weights.attentionNorm());
    Vector product = product(normed, weights.projections());
    double[] row = product.values();
    int dim = shape.headDim();
    for (int at = 0; at < shape.queryWidth() + shape.keyWidth(); at += dim) {
      for (int d = 0; d < dim; d += 2) {
        double angle = position * Math.pow(BlockShape.ROTARY_BASE, -(double) d / dim);
        double cos = rounded(Math.cos(angle));
        double sin = rounded(Math.sin(angle));
        double a = row[at + d];
        double b = row[at + d + 1];
        row[at + d] = rounded(rounded(a * cos) - rounded(b * sin));
        row[at + d + 1] = rounded(rounded(a * sin) + rounded(b * cos));
      }
    }
    // A turn moves each of a pair by no more than both together, and is rounded itself.
    return new Vector(row, 2 * Math.sqrt(2) * product.condition(), Math.sqrt(2) * product.walk());
  }

  /**
   * Attention's O of a token.
   *
   * @param own queries, keys and values of the token
   * @param seen keys and values, side by side, of each token that it sees: [tokens][2 {@link
   *     BlockShape#keyWidth}]
   * @return [{@link BlockShape#queryWidth}]
   */
  public double[] attend(double[] own, double[][] seen) {
    double[] output = new double[shape.queryWidth()];
    int visible = seen.length;
    int dim = shape.headDim();
    double scale = rounded(1 / Math.sqrt(dim));
    double[] scores = new double[visible];
    for (int head = 0; head < shape.queryHeads(); head++) {
      int kvHead = head / (shape.queryHeads() / shape.kvHeads());
      int keyAt = kvHead * dim;
      int valueAt = keyAt + shape.keyWidth();
      double largest = Double.NEGATIVE_INFINITY;
      for (int key = 0; key < visible; key++) {
        double sum = 0;
        for (int d = 0; d < dim; d++) {
          sum = rounded(sum + rounded(own[head * dim + d] * seen[key][keyAt + d]));
        }
        scores[key] = rounded(sum * scale);
        largest = Math.max(largest, scores[key]);
      }
      double total = 0;
      for (int key = 0; key < visible; key++) {
        scores[key] = rounded(Math.exp(rounded(scores[key] - largest)));
        total = rounded(total + scores[key]);
      }
      for (int d = 0; d < dim; d++) {
        double sum = 0;
        for (int key = 0; key < visible; key++) {
          sum = rounded(sum + rounded(scores[key] * seen[key][valueAt + d]));
        }
        output[head * dim + d] = rounded(sum / total);
      }
    }
    return output;
  }

  /**
   * From attention's O of a token to its hidden state behind the block.
   *
   * @param hidden [d_model], before the block
   * @param attended [{@link BlockShape#queryWidth}]
   */
  public double[] finish(double[] hidden, double[] attended) {
    return finished(hidden, attended).values();
  }

  Vector finished(double[] hidden, double[] attended) {
    double[] between = sum(hidden, product(attended, weights.output()).values());
    double[] wide =
        product(normalise(between, weights.feedForwardNorm()), weights.widen()).values();
    for (int i = 0; i < wide.length; i++) {
      wide[i] = gelu(wide[i]);
    }
    Vector added = product(wide, weights.narrow());
    double largest = 0;
    for (double element : between) {
      largest = Math.max(largest, Math.abs(element));
    }
    return added.with(sum(between, added.values()), largest);
  }

  private double gelu(double x) {
    if (exact) {
      return Erf.gelu(x);
    }
    float z = (float) x;
    return 0.5f * z * (1 + (float) Erf.of(z * (float) Math.sqrt(0.5)));
  }

  private double[] sum(double[] a, double[] b) {
    double[] sum = new double[a.length];
    for (int i = 0; i < a.length; i++) {
      sum[i] = rounded(a[i] + b[i]);
    }
    return sum;
  }

  private double[] normalise(double[] x, BlockWeights.Normalisation norm) {
    return normalise(x, norm, exact);
  }

  /** Ba, Kiros and Hinton 2016, equation 4. */
  static double[] normalise(double[] x, BlockWeights.Normalisation norm, boolean exact) {
    double sum = 0;
    for (double element : x) {
      sum = rounded(sum + element, exact);
    }
    double mean = rounded(sum / x.length, exact);
    double squares = 0;
    for (double element : x) {
      double centred = rounded(element - mean, exact);
      squares = rounded(squares + rounded(centred * centred, exact), exact);
    }
    double deviation = rounded(Math.sqrt(squares / x.length + DecoderBlock.EPSILON), exact);
    double[] normed = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      double normal = rounded(rounded(x[i] - mean, exact) / deviation, exact);
      normed[i] = rounded(rounded(normal * norm.gamma()[i], exact) + norm.beta()[i], exact);
    }
    return normed;
  }

  private Vector product(double[] x, BlockWeights.Matrix matrix) {
    return exact ? exactProduct(x, matrix) : plainProduct(x, matrix);
  }

  /** Row by row of the matrix, as it lies. */
  private static Vector exactProduct(double[] x, BlockWeights.Matrix matrix) {
    int outputs = matrix.outputs();
    double[] sums = new double[outputs];
    double[] squares = new double[outputs];
    double[] largest = new double[outputs];
    double squaresOfX = 0;
    for (int k = 0; k < matrix.inputs(); k++) {
      double element = x[k];
      squaresOfX += element * element;
      for (int c = 0; c < outputs; c++) {
        double weight = matrix.weight()[k * outputs + c];
        sums[c] += element * weight;
        squares[c] += weight * weight;
        largest[c] = Math.max(largest[c], Math.abs(sums[c]));
      }
    }
    double condition = 0;
    double walk = 0;
    for (int c = 0; c < outputs; c++) {
      sums[c] += matrix.bias()[c];
      condition =
          Math.max(
              condition,
              Math.sqrt(squaresOfX * squares[c]) + Math.abs(matrix.bias()[c]) + Math.abs(sums[c]));
      walk = Math.max(walk, Math.sqrt(matrix.inputs()) * largest[c]);
    }
    return new Vector(sums, condition, walk);
  }

  private static Vector plainProduct(double[] x, BlockWeights.Matrix matrix) {
    int outputs = matrix.outputs();
    float[] sums = new float[outputs];
    for (int k = 0; k < matrix.inputs(); k++) {
      float element = (float) x[k];
      for (int c = 0; c < outputs; c++) {
        sums[c] += element * matrix.weight()[k * outputs + c];
      }
    }
    double[] values = new double[outputs];
    for (int c = 0; c < outputs; c++) {
      values[c] = sums[c] + matrix.bias()[c];
      values[c] = (float) values[c];
    }
    return new Vector(values, 0, 0);
  }

  private double rounded(double value) {
    return rounded(value, exact);
  }

  /** Operations on float32 in double, rounded once, are those of float32. */
  private static double rounded(double value, boolean exact) {
    return exact ? value : (float) value;
  }
}
