package io.github.attn4j.core.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.core.check.OnlineAttention.Mistake;
import io.github.attn4j.core.expression.ExpressionDraw;
import io.github.attn4j.core.expression.ExpressionException;
import io.github.attn4j.core.expression.ScoreExpression;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.input.InputFamily;
import io.github.attn4j.core.reference.PlainAttention;
import io.github.attn4j.core.reference.ReferenceResult;
import io.github.attn4j.core.reference.RowSample;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.Mask;
import io.github.attn4j.core.spec.ScoreModifier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Budgets of specs whose scores are modified: wide enough for any right order, and no wider. */
class ScoreModifierBudgetTest {
  private static final OnlineAttention RIGHT = new OnlineAttention(16, 4, true, Mistake.NONE);
  private static final OnlineAttention WRONG =
      new OnlineAttention(16, 4, true, Mistake.MODIFIER_BEFORE_CAP);

  private int rowsCompared;

  /**
   * An online softmax against the whole budget, and what float32 makes of scores against the terms
   * that are derived, without the one that is measured.
   */
  @Test
  void randomScoresAreWithinBudget() {
    int compared = 0;
    double worst = 0;
    for (int seed = 0; seed < 1500; seed++) {
      AttentionInputs inputs = random(seed);
      if (inputs == null) {
        continue;
      }
      Expected expected = Expected.of(inputs);
      Comparison online = expected.compare(RIGHT.compute(inputs, RowSample.all(inputs.spec())));
      assertThat(online.passed())
          .as("seed %d: %s: %s", seed, inputs.spec().label(), online.worst())
          .isTrue();
      double ratio = distanceOverOwnTerms(inputs, expected);
      assertThat(ratio).as("seed %d: %s", seed, inputs.spec().label()).isLessThanOrEqualTo(1);
      worst = Math.max(worst, ratio);
      compared++;
    }
    System.out.printf("%d random scores: error / derived terms %.3f%n", compared, worst);
    assertThat(compared).isGreaterThan(1000);
    assertThat(rowsCompared).isGreaterThan(6 * compared);
  }

  private static @Nullable AttentionInputs random(int seed) {
    try {
      AttentionSpec spec =
          AttentionSpec.builder()
              .heads(1 + seed % 3)
              .lengths(5, 40)
              .dim(16)
              .softCap(seed % 2 == 0 ? 2 : 0)
              .mask(seed % 5 == 0 ? Mask.causal() : Mask.none())
              .scoreModifier(ScoreModifier.expression(new ExpressionDraw(seed).score()))
              .build();
      return AttentionInputs.generate(spec, InputFamily.NORMAL, seed);
    } catch (ExpressionException refused) {
      return null; // an overflow that is certain for this shape
    }
  }

  /**
   * Largest error that float32 scores alone make, products and sums being exact, over the budget
   * without twice the plain version's distance. Sums are left out because equal terms, which scores
   * without s are, err to one side: docs/numerics.md leaves that to the plain version.
   */
  private double distanceOverOwnTerms(AttentionInputs inputs, Expected expected) {
    ReferenceResult reference = expected.reference();
    PlainAttention.Result plain = PlainAttention.compute(inputs, RowSample.all(inputs.spec()));
    int columns = inputs.spec().valueDim();
    double worst = 0;
    for (int row = 0; row < plain.lse().length; row++) {
      // Scores that float32 does not know to a twentieth: weights may come out anyhow, and only the
      // plain version tells how. The budget's own terms are of first order.
      if (!Double.isFinite(reference.lse()[row])
          || ErrorBudget.C * 0x1p-24 * reference.lseCondition()[row] > 0.05) {
        continue;
      }
      rowsCompared++;
      double[] exactSums = withFloatScores(inputs, row);
      double off = Math.abs(plain.lse()[row] - reference.lse()[row]);
      double distance = Math.abs(exactSums[columns] - reference.lse()[row]);
      worst = Math.max(worst, over(distance, expected.budget().lse()[row] - 2 * off));
      off = 0;
      distance = 0;
      for (int d = 0; d < columns; d++) {
        double exact = reference.o()[row * columns + d];
        off = Math.max(off, Math.abs(plain.o()[row * columns + d] - exact));
        distance = Math.max(distance, Math.abs(exactSums[d] - exact));
      }
      worst = Math.max(worst, over(distance, expected.budget().output()[row] - 2 * off));
    }
    return worst;
  }

  /** One row's O, and LSE after it, from float32's modified scores, summed in float64. */
  private static double[] withFloatScores(AttentionInputs inputs, int row) {
    AttentionSpec spec = inputs.spec();
    int h = row / spec.queryLength();
    int i = row % spec.queryLength();
    double[] scores = new double[spec.kvLength()];
    double maximum = Double.NEGATIVE_INFINITY;
    for (int key = 0; key < scores.length; key++) {
      double product = 0;
      for (int d = 0; d < spec.headDim(); d++) {
        product +=
            (double) inputs.q()[row * spec.headDim() + d]
                * inputs.k()[(h * scores.length + key) * spec.headDim() + d];
      }
      double score = spec.scale() * product;
      double capped =
          spec.softCap() > 0 ? spec.softCap() * Math.tanh(score / spec.softCap()) : score;
      scores[key] =
          spec.visible(0, h, i, key)
              ? spec.scoreModifier().apply((float) capped, 0, h, i, spec.position(0, i), key)
              : Double.NEGATIVE_INFINITY;
      maximum = Math.max(maximum, scores[key]);
    }
    int columns = spec.valueDim();
    double[] result = new double[columns + 1];
    double sum = 0;
    for (int key = 0; key < scores.length; key++) {
      double weight = Math.exp(scores[key] - maximum);
      sum += weight;
      for (int d = 0; d < columns; d++) {
        result[d] += weight * inputs.v()[(h * scores.length + key) * columns + d];
      }
    }
    for (int d = 0; d < columns; d++) {
      result[d] /= sum;
    }
    result[columns] = maximum + Math.log(sum);
    return result;
  }

  private static double over(double distance, double budget) {
    return distance == 0 ? 0 : distance / budget;
  }

  /** Whatever amplifies scores amplifies their errors, and the budget no more than that. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "10.0 * s",
        "-3.0 * s + k",
        "s - slope(h) * abs(p - k)",
        "s * exp(-0.1 * abs(p - k))",
        "s + 0.5 * tanh(4.0 * s)",
        "k % 7 == 3 ? log2(0) : 2.0 * s"
      })
  void catchAModifierBeforeTheSoftCap(String text) {
    for (InputFamily family : new InputFamily[] {InputFamily.NORMAL, InputFamily.LARGE_LOGIT}) {
      AttentionInputs inputs = AttentionInputs.generate(spec(text, 3), family, 5);
      Expected expected = Expected.of(inputs);
      Comparison right = expected.compare(RIGHT.compute(inputs, RowSample.all(inputs.spec())));
      assertThat(right.passed()).as("%s: %s", text, right.worst()).isTrue();
      Comparison wrong = expected.compare(WRONG.compute(inputs, RowSample.all(inputs.spec())));
      assertThat(wrong.maxErrorOverBudget()).isGreaterThan(100);
      assertThat(wrong.failedElements()).isGreaterThan(wrong.checkedElements() / 2);
    }
  }

  /** A comparison without the score is decided everywhere alike: no budget hides a slip there. */
  @Test
  void catchABoundaryThatIsOffByOneKey() {
    AttentionInputs inputs =
        AttentionInputs.generate(spec("k * 0.25 <= 16.0 ? s : s - 3.0", 0), InputFamily.NORMAL, 5);
    AttentionSpec slip = spec("k * 0.25 < 16.0 ? s : s - 3.0", 0);
    Expected expected = Expected.of(inputs);
    assertThat(expected.compare(RIGHT.compute(inputs, RowSample.all(slip))).passed()).isTrue();
    Comparison wrong = expected.compare(RIGHT.compute(inputs.withSpec(slip), RowSample.all(slip)));
    assertThat(wrong.maxErrorOverBudget()).isGreaterThan(100);
    assertThat(wrong.failedElements()).isGreaterThan(wrong.checkedElements() / 2);
  }

  /** Other mistakes stay as visible beside a modifier as without one. */
  @ParameterizedTest
  @ValueSource(strings = {"10.0 * s", "s - slope(h) * abs(p - k)"})
  void catchAScaleThatIsOffByOnePercent(String text) {
    AttentionInputs inputs = AttentionInputs.generate(spec(text, 0), InputFamily.NORMAL, 5);
    Expected expected = Expected.of(inputs);
    OnlineAttention scaled = new OnlineAttention(16, 4, true, Mistake.SCALE);
    Comparison wrong = expected.compare(scaled.compute(inputs, RowSample.all(inputs.spec())));
    assertThat(wrong.maxErrorOverBudget()).isGreaterThan(100);
  }

  private static AttentionSpec spec(String text, float cap) {
    return AttentionSpec.builder()
        .heads(4, 2)
        .lengths(30, 120)
        .dim(32)
        .softCap(cap)
        .scoreModifier(ScoreModifier.expression(ScoreExpression.parse(text)))
        .build();
  }
}
