package io.github.attn4j.core.expression;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Walked trees answer as docs/masks.md says and as compiled ones do. */
class TreeWalkTest {

  @Test
  void agreesWithTheDocumentationAndWithCompiledCode() {
    int visible = 0;
    for (int seed = 0; seed < 1500; seed++) {
      ExpressionDraw draw = new ExpressionDraw(seed);
      Domain domain = draw.domain();
      MaskExpression mask = draw.mask();
      ScoreExpression score = draw.score();
      PairPredicate walkedMask = TreeWalk.visible(mask, domain);
      PairPredicate compiledMask = mask.compile(domain);
      PairScore walkedScore = TreeWalk.score(score, domain);
      PairScore compiledScore = score.compile(domain);
      SplittableRandom random = new SplittableRandom(seed);
      for (int trial = 0; trial < 30; trial++) {
        int b = random.nextInt(domain.batch());
        int h = random.nextInt(domain.heads());
        int q = random.nextInt(domain.queries());
        int k = random.nextInt(domain.keys(b));
        int p = domain.position(b, q);
        float s = (float) random.nextDouble(-9, 9);
        NaiveEvaluation naive = new NaiveEvaluation(domain, s, b, h, q, k);
        boolean sees = walkedMask.visible(b, h, q, p, k);
        assertThat(sees)
            .as("seed %d: %s", seed, mask)
            .isEqualTo(naive.condition(mask.tree()))
            .isEqualTo(compiledMask.visible(b, h, q, p, k));
        visible += sees ? 1 : 0;
        assertThat(Float.floatToIntBits(walkedScore.score(s, b, h, q, p, k)))
            .as("seed %d: %s at s %s", seed, score, s)
            .isEqualTo(Float.floatToIntBits(naive.number(score.tree())))
            .isEqualTo(Float.floatToIntBits(compiledScore.score(s, b, h, q, p, k)));
      }
    }
    assertThat(visible).isBetween(1500 * 5, 1500 * 25);
  }
}
