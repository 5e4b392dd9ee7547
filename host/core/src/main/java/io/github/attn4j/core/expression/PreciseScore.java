package io.github.attn4j.core.expression;

/**
 * A score expression evaluated with float64's precision, and how far float32 may be from it: what
 * the oracle needs, and the error budgets that start from it.
 *
 * <p>The range stays that of float32: a result that a float would overflow to infinity is one here
 * too, and one below half the smallest float is 0, so that a pair is hidden here where it is in
 * float32. Literals, constants and tables have the values of the floats that they are, ints are the
 * ints they are anywhere.
 *
 * <p>Shares neither code nor form with the bytecode of {@link PairCompiler}, so that a mistake in
 * either shows.
 */
public final class PreciseScore {
  /** Unit roundoff of float32. */
  private static final double UNIT = 0x1p-24;

  /**
   * Roundoffs that may lie between two sides of a comparison that float32 decides otherwise: as
   * many as error budgets grant.
   */
  private static final double ROUNDOFFS = 4;

  /** Roundoff of a result that is subnormal, relative to {@link #UNIT}. */
  private static final double LEAST_NORMAL = 0x1p-126;

  private final PreciseTree.Real tree;

  PreciseScore(Expression tree, Domain domain) {
    this.tree = new PreciseTree(domain).real(tree);
  }

  /** One row of pairs; not for several threads. */
  public Row row(int b, int h, int q, int p) {
    return new Row(this, b, h, q, p);
  }

  /**
   * The pairs of one query, and what is known of the one at hand. An error is counted in unit
   * roundoffs: the float differs from the value by about that many times 2^-24.
   */
  public static final class Row extends PairTree.Pair {
    double s;

    private final PreciseScore score;
    private double scoreError;
    private double error;

    /** Whether comparisons that float32 may decide either way are decided the other way. */
    private boolean otherWay;

    private boolean undecided;
    private double otherScore;

    private Row(PreciseScore score, int b, int h, int q, int p) {
      super(b, h, q, p, 0);
      this.score = score;
    }

    /**
     * The new score of a pair; its error is {@link #error} then.
     *
     * @param k the key's index
     * @param s the score so far
     * @param scoreError how far a float's is from it, in unit roundoffs
     */
    public double score(int k, double s, double scoreError) {
      this.k = k;
      this.s = s;
      this.scoreError = scoreError;
      undecided = false;
      otherWay = false;
      double value = score.tree.of(this);
      otherScore = value;
      if (undecided) {
        double errorHere = error;
        otherWay = true;
        otherScore = score.tree.of(this);
        error = Math.max(errorHere, error);
        if (Double.isFinite(value) && Double.isFinite(otherScore)) {
          error += Math.abs(otherScore - value) / (ROUNDOFFS * UNIT);
        }
      }
      return value;
    }

    /**
     * The last pair's score with every comparison that float32 may decide either way decided the
     * other way. Where one of the two is not finite, no error says how far they are apart.
     */
    public double otherScore() {
      return otherScore;
    }

    /** How far float32's result may be from the last one, in unit roundoffs. */
    public double error() {
      return error;
    }

    double scoreError() {
      return scoreError;
    }

    /** A value that float32 has exactly. */
    double exact(double value) {
      error = 0;
      return value;
    }

    /** A value that is as far off as its operands were. */
    double passedOn(double value, double propagated) {
      error = Double.isFinite(value) ? propagated : 0;
      return value;
    }

    /**
     * The result of an operation.
     *
     * @param propagated what its operands' errors make of it
     * @param roundoffs what the operation adds, relative to the result
     */
    double rounded(double value, double propagated, double roundoffs) {
      float single = (float) value;
      // Infinite or NaN is the float exactly, as far as its error goes: nothing is beside it.
      if (Float.isInfinite(single) || Float.isNaN(single)) {
        error = 0;
        return single;
      }
      error = propagated + roundoffs * (Math.abs(value) + LEAST_NORMAL);
      return single == 0 ? single : value;
    }

    /** The truth of a comparison whose sides differ by so much. */
    boolean decided(boolean truth, double difference, double errorOfBoth) {
      if (errorOfBoth > 0 && Math.abs(difference) <= ROUNDOFFS * UNIT * errorOfBoth) {
        undecided = true;
        return truth != otherWay;
      }
      return truth;
    }
  }
}
