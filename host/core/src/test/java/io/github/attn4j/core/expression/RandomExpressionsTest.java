package io.github.attn4j.core.expression;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.util.SplittableRandom;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/** Every reader of the language agrees with every other, over thousands of expressions. */
class RandomExpressionsTest {
  private static final int EXPRESSIONS = 3000;
  private static final int BOXES = 12;
  private static final int PAIRS = 40;

  @Test
  void masksEvaluateAsTheDocumentationSays() {
    int visible = 0;
    int asked = 0;
    for (int seed = 0; seed < EXPRESSIONS; seed++) {
      ExpressionDraw draw = new ExpressionDraw(seed);
      Domain domain = draw.domain();
      MaskExpression mask = draw.mask();
      PairPredicate compiled = mask.compile(domain);
      SplittableRandom random = new SplittableRandom(seed);
      for (int pair = 0; pair < PAIRS; pair++) {
        NaiveEvaluation naive = pair(domain, random, 0);
        boolean expected = naive.condition(mask.tree());
        boolean found =
            compiled.visible(
                naive.b(), naive.h(), naive.q(), domain.position(naive.b(), naive.q()), naive.k());
        if (expected != found) {
          report(seed, naive, mask.tree(), tree -> disagrees(tree, naive));
        }
        visible += expected ? 1 : 0;
        asked++;
      }
    }
    // The draw would test little if nearly all of it were visible, or hidden.
    assertThat((double) visible / asked).isBetween(0.25, 0.75);
  }

  @Test
  void scoresEvaluateAsTheDocumentationSays() {
    for (int seed = 0; seed < EXPRESSIONS; seed++) {
      ExpressionDraw draw = new ExpressionDraw(seed);
      Domain domain = draw.domain();
      ScoreExpression score = draw.score();
      PairScore compiled = score.compile(domain);
      SplittableRandom random = new SplittableRandom(seed);
      for (int pair = 0; pair < PAIRS; pair++) {
        NaiveEvaluation naive = pair(domain, random, (float) random.nextDouble(-9, 9));
        float expected = naive.number(score.tree());
        float found =
            compiled.score(
                naive.s(),
                naive.b(),
                naive.h(),
                naive.q(),
                domain.position(naive.b(), naive.q()),
                naive.k());
        // Equal bits, but for which NaN it is.
        assertThat(Float.floatToIntBits(found))
            .as("seed %d: %s at %s gives %s, not %s", seed, score, naive, found, expected)
            .isEqualTo(Float.floatToIntBits(expected));
      }
    }
  }

  @Test
  void loopsOverKeysAgreeWithSinglePairs() {
    for (int seed = 0; seed < 300; seed++) {
      ExpressionDraw draw = new ExpressionDraw(seed);
      Domain domain = draw.domain();
      PairPredicate mask = draw.mask().compile(domain);
      PairScore score = draw.score().compile(domain);
      int keys = domain.keys(0);
      boolean[] row = new boolean[keys + 3];
      float[] scores = new float[keys + 3];
      for (int q = 0; q < domain.queries(); q++) {
        int p = domain.position(0, q);
        mask.fill(0, 0, q, p, 0, keys, row, 3);
        score.apply(0, 0, q, p, 0, keys, scores, 3);
        int count = 0;
        for (int k = 0; k < keys; k++) {
          assertThat(row[k + 3]).isEqualTo(mask.visible(0, 0, q, p, k));
          count += row[k + 3] ? 1 : 0;
          assertThat(Float.floatToIntBits(scores[k + 3]))
              .isEqualTo(Float.floatToIntBits(score.score(0, 0, 0, q, p, k)));
          scores[k + 3] = 0;
        }
        assertThat(mask.count(0, 0, q, p, 0, keys)).isEqualTo(count);
        assertThat(scores[0]).isZero();
      }
    }
  }

  @Test
  void boundsHoldForEveryPairOfABox() {
    int decided = 0;
    for (int seed = 0; seed < EXPRESSIONS; seed++) {
      ExpressionDraw draw = new ExpressionDraw(seed);
      Domain domain = draw.domain();
      MaskExpression mask = draw.mask();
      PairPredicate compiled = mask.compile(domain);
      SplittableRandom random = new SplittableRandom(~(long) seed);
      for (int box = 0; box < BOXES; box++) {
        int b = random.nextInt(domain.batch());
        int h = random.nextInt(domain.heads());
        int firstQuery = random.nextInt(domain.queries());
        int lastQuery = Math.min(domain.queries() - 1, firstQuery + random.nextInt(12));
        int firstKey = random.nextInt(domain.keys(b));
        int lastKey = Math.min(domain.keys(b) - 1, firstKey + random.nextInt(12));
        Truth truth = mask.over(domain, b, h, firstQuery, lastQuery, firstKey, lastKey);
        if (truth == Truth.MIXED) {
          continue;
        }
        decided++;
        for (int q = firstQuery; q <= lastQuery; q++) {
          for (int k = firstKey; k <= lastKey; k++) {
            boolean visible = compiled.visible(b, h, q, domain.position(b, q), k);
            if (visible != (truth == Truth.ALWAYS)) {
              int query = q;
              int key = k;
              report(
                  seed,
                  new NaiveEvaluation(domain, 0, b, h, q, k),
                  mask.tree(),
                  tree ->
                      unsound(
                          tree,
                          Region.of(domain, b, h, firstQuery, lastQuery, firstKey, lastKey),
                          new NaiveEvaluation(domain, 0, b, h, query, key)));
            }
          }
        }
      }
    }
    assertThat(decided).isGreaterThan(EXPRESSIONS * BOXES / 3);
  }

  @Test
  void boundsOfScoresHoldForEveryPairOfABox() {
    int bounded = 0;
    for (int seed = 0; seed < EXPRESSIONS; seed++) {
      ExpressionDraw draw = new ExpressionDraw(seed);
      Domain domain = draw.domain();
      ScoreExpression score = draw.score();
      PairScore compiled = score.compile(domain);
      SplittableRandom random = new SplittableRandom(~(long) seed);
      for (int box = 0; box < BOXES; box++) {
        int b = random.nextInt(domain.batch());
        int h = random.nextInt(domain.heads());
        int firstQuery = random.nextInt(domain.queries());
        int lastQuery = Math.min(domain.queries() - 1, firstQuery + random.nextInt(6));
        int firstKey = random.nextInt(domain.keys(b));
        int lastKey = Math.min(domain.keys(b) - 1, firstKey + random.nextInt(6));
        FloatRange range =
            score
                .ranges(domain, b, h, firstQuery, lastQuery, firstKey, lastKey)
                .floats(score.tree());
        bounded += range.maybeNaN() ? 0 : 1;
        for (int q = firstQuery; q <= lastQuery; q++) {
          for (int k = firstKey; k <= lastKey; k++) {
            float s = (float) random.nextDouble(-9, 9);
            float value = compiled.score(s, b, h, q, domain.position(b, q), k);
            boolean within =
                Float.isNaN(value)
                    ? range.maybeNaN()
                    : value >= range.least() && value <= range.greatest();
            assertThat(within)
                .as("seed %d: %s gives %s, outside %s", seed, score, value, range)
                .isTrue();
          }
        }
      }
    }
    assertThat(bounded).isGreaterThan(EXPRESSIONS * BOXES / 4);
  }

  @Test
  void printedTreesParseToThemselves() {
    for (int seed = 0; seed < EXPRESSIONS; seed++) {
      ExpressionDraw draw = new ExpressionDraw(seed);
      // The parser alone: what the static check says of a tree is no matter here.
      for (boolean isScore : new boolean[] {false, true}) {
        Expression tree = isScore ? draw.scoreTree() : draw.maskTree();
        String text = ExpressionPrinter.print(tree);
        Expression parsed = new Parser(text, draw.bindings(), isScore).parse();
        assertThat(parsed).as("seed %d: %s", seed, text).isEqualTo(tree);
      }
    }
  }

  @Test
  void noPrintedBracketCanBeLeftOut() {
    for (int seed = 0; seed < 300; seed++) {
      ExpressionDraw draw = new ExpressionDraw(seed);
      MaskExpression mask = draw.mask();
      String text = mask.text();
      for (int at = 0; at < text.length(); at++) {
        // A call's brackets follow its name.
        if (text.charAt(at) == '('
            && (at == 0 || !Character.isLetterOrDigit(text.charAt(at - 1)))) {
          assertThat(parsesToSame(without(text, at), draw, mask))
              .as("seed %d: bracket at %d of %s", seed, at, text)
              .isFalse();
        }
      }
    }
  }

  private static boolean parsesToSame(String text, ExpressionDraw draw, MaskExpression mask) {
    try {
      return MaskExpression.parse(text, draw.bindings()).equals(mask);
    } catch (ExpressionException refused) {
      return false;
    }
  }

  /** The text without a bracket and the one that closes it. */
  private static String without(String text, int open) {
    int depth = 0;
    int at = open;
    do {
      depth += text.charAt(at) == '(' ? 1 : text.charAt(at) == ')' ? -1 : 0;
      at++;
    } while (depth > 0);
    return text.substring(0, open) + text.substring(open + 1, at - 1) + text.substring(at);
  }

  private static NaiveEvaluation pair(Domain domain, SplittableRandom random, float s) {
    int b = random.nextInt(domain.batch());
    return new NaiveEvaluation(
        domain,
        s,
        b,
        random.nextInt(domain.heads()),
        random.nextInt(domain.queries()),
        random.nextInt(domain.keys(b)));
  }

  private static boolean disagrees(Expression tree, NaiveEvaluation at) {
    return at.condition(tree)
        != PairCompiler.mask(tree, at.domain())
            .visible(at.b(), at.h(), at.q(), at.domain().position(at.b(), at.q()), at.k());
  }

  private static boolean unsound(Expression tree, Region region, NaiveEvaluation at) {
    Truth truth = new RangeEvaluator(region, RangeEvaluator.Findings.NONE).truth(tree);
    return truth != Truth.MIXED && at.condition(tree) != (truth == Truth.ALWAYS);
  }

  private static void report(
      int seed, NaiveEvaluation at, Expression tree, Predicate<Expression> fails) {
    String shrunk =
        fails.test(tree)
            ? ExpressionPrinter.print(ExpressionShrink.smallest(tree, fails))
            : "(does not fail alone)";
    fail(
        "seed %d at %s:%n%s%nshrunk to:%n%s"
            .formatted(seed, at, ExpressionPrinter.print(tree), shrunk));
  }
}
