package io.github.attn4j.core.expression;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Scores in float64, and the bounds of what float32 makes of them. */
class PreciseScoreTest {
  private static final double UNIT = 0x1p-24;
  private static final Domain DOMAIN = Domain.of(1, 8, 100, 100);

  @Test
  void keepsMoreThanAFloat() {
    PreciseScore.Row row = row("s * 3.0 + 1.0 / 3.0");
    assertThat(row.score(0, 0.1, 0)).isEqualTo(0.1 * 3 + 1.0 / 3);
    // 0.1 has no float; as a literal it is the float that was written.
    assertThat(row("s + 0.1").score(0, 0, 0)).isEqualTo(0.1f);
    assertThat(row("s + 16777217 * 1.0").score(0, 0, 0)).isEqualTo(16777217);
  }

  @Test
  void keepsTheRangeOfAFloat() {
    assertThat(row("s - 1e38 * 1e38").score(0, 1, 0)).isEqualTo(Double.NEGATIVE_INFINITY);
    assertThat(row("exp(s)").score(0, 100, 0)).isEqualTo(Double.POSITIVE_INFINITY);
    assertThat(row("log2(exp(s))").score(0, -200, 0)).isEqualTo(Double.NEGATIVE_INFINITY);
    assertThat(row("s + log2(0)").score(0, 1, 0)).isEqualTo(Double.NEGATIVE_INFINITY);
  }

  @Test
  void amplifiesTheErrorOfTheScoreByTheSlope() {
    assertThat(errorOf("s", 2, 8)).isEqualTo(8);
    assertThat(errorOf("10.0 * s", 2, 8)).isCloseTo(80 + 20, within(1e-9));
    assertThat(errorOf("-s", 2, 8)).isEqualTo(8);
    assertThat(errorOf("s * s", 3, 8)).isCloseTo(2 * 3 * 8 + 9, within(1e-9));
    assertThat(errorOf("exp(s)", 2, 8)).isCloseTo(Math.exp(2) * (8 + 2), within(1e-9));
    assertThat(errorOf("s + 1e6 - 1e6", 2, 8)).isCloseTo(8 + 1000002 + 2, within(1e-6));
    // A score that does not depend on s has no error of it.
    assertThat(errorOf("slope(h) * 2", 2, 8)).isLessThan(1);
  }

  @Test
  void aComparisonThatAFloatMayDecideEitherWayCostsTheDifference() {
    String jump = "s < 0.5 ? s : s + 3.0";
    assertThat(errorOf(jump, 0.4, 8)).isEqualTo(8);
    assertThat(errorOf(jump, 0.5 + 20 * UNIT, 8)).isCloseTo(3 / (4 * UNIT) + 8 + 3.5, within(1.0));
    assertThat(errorOf("(s < 0.5 ? 1 : 2) * s", 0.5, 8)).isGreaterThan(0.5 / (4 * UNIT));
    // Both sides exact: nothing is undecided.
    assertThat(errorOf("0.5 < 0.5 ? s : s + 3.0", 0.5, 8)).isLessThan(20);
  }

  /**
   * What holds neither the score nor a function that devices compute differently is decided alike
   * everywhere: as in float32, and for certain.
   */
  @Test
  void aComparisonThatEveryDeviceDecidesAlikeIsDecidedAsInFloat32() {
    assertThat(errorAt(64, "k * 0.25 <= 16.0 ? s : s - 3.0", 2, 8)).isEqualTo(8);
    // 3 times the float 0.1 is more than the float 0.3 only where the product is rounded.
    assertThat(3 * (double) 0.1f).isLessThan(0.3f + 1e-9);
    assertThat(row("k * 0.1 >= 0.3 ? s : log2(0)").score(3, 2, 8)).isEqualTo(2);
    assertThat(errorAt(3, "k * 0.1 >= 0.3 ? s : log2(0)", 2, 8)).isEqualTo(8);
    // Those that devices may decide differently stay in doubt.
    assertThat(errorAt(0, "exp(k) <= 1.0 ? s : s - 3.0", 2, 8)).isGreaterThan(1e6);
    assertThat(errorAt(30, "k / 10.0 <= 3.0 ? s : s - 3.0", 2, 8)).isGreaterThan(1e6);
    assertThat(errorAt(64, "k * 0.25 + 0.0 * s <= 16.0 ? s : s - 3.0", 2, 8)).isGreaterThan(1e6);
  }

  /**
   * What compiled float32 code makes of a float near s stays within four times the bound: the
   * analysis is of first order, and so is this test.
   */
  @Test
  void boundsCompiledFloatsForRandomExpressions() {
    int compared = 0;
    for (int seed = 0; seed < 3000; seed++) {
      ExpressionDraw draw = new ExpressionDraw(seed);
      ScoreExpression expression = draw.score();
      Domain domain = draw.domain();
      PairScore compiled = expression.compile(domain);
      SplittableRandom random = new SplittableRandom(seed);
      for (int trial = 0; trial < 30; trial++) {
        int b = random.nextInt(domain.batch());
        int h = random.nextInt(domain.heads());
        int q = random.nextInt(domain.queries());
        int k = random.nextInt(domain.keys(b));
        double s = random.nextDouble(-9, 9);
        double off = random.nextDouble(-4, 4);
        float single = (float) (s + off * UNIT * Math.abs(s));
        int p = domain.position(b, q);
        float actual = compiled.score(single, b, h, q, p, k);
        PreciseScore.Row row = expression.precisely(domain).row(b, h, q, p);
        double expected = row.score(k, s, (Math.abs(off) + 1) * Math.abs(s));
        String at = "seed %d: %s at s %s -> %s, not %s";
        if (Double.isFinite(expected) && Float.isFinite(actual)) {
          compared++;
          assertThat(Math.abs(actual - expected))
              .as(at, seed, expression, s, actual, expected)
              .isLessThanOrEqualTo(4 * UNIT * row.error());
        } else {
          assertThat(Float.compare((float) expected, actual))
              .as(at, seed, expression, s, actual, expected)
              .isZero();
        }
      }
    }
    assertThat(compared).isGreaterThan(60_000);
  }

  private static double errorAt(int k, String text, double s, double error) {
    PreciseScore.Row row = row(text);
    row.score(k, s, error);
    return row.error();
  }

  private static double errorOf(String text, double s, double error) {
    PreciseScore.Row row = row(text);
    row.score(0, s, error);
    return row.error();
  }

  private static PreciseScore.Row row(String text) {
    return ScoreExpression.parse(text).precisely(DOMAIN).row(0, 3, 5, 5);
  }
}
