package io.github.attn4j.bench.explain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.kernel.BackendException;
import io.github.attn4j.core.reference.ReferenceAttention;
import io.github.attn4j.core.reference.ReferenceResult;
import io.github.attn4j.core.reference.RowSample;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.Mask;
import io.github.attn4j.model.CapturedProjections;
import io.github.attn4j.model.LayerAttention;
import io.github.attn4j.model.ModelText;
import io.github.attn4j.model.TokenVectors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TextPatternsTest {
  private static final TextPatterns PATTERNS = SampleExplanation.patterns();

  @Test
  void everyRowOfEveryHeadOfEveryLayerAddsUpToOne() {
    assertThat(PATTERNS.layers()).hasSize(6);
    assertThat(PATTERNS.layers()).allSatisfy(layer -> assertThat(layer.heads()).hasSize(12));
    assertThat(PATTERNS.tokens()).hasSize(14).startsWith("[CLS]", "the", "animal");
    assertThat(PATTERNS.attentionNanos()).isPositive();
    assertThat(PATTERNS.largestRowError()).isLessThan(1e-5);
    Scores scores = PATTERNS.layers().getLast().heads().getFirst().causal();
    float[] shifted = scores.logs().clone();
    shifted[0] += 0.001f;
    assertThat(new Scores(true, shifted, scores.lse()).largestRowError())
        .as("with a first row that is off by a thousandth")
        .isGreaterThan(9e-4);
    shifted[3] = Float.NaN;
    assertThat(new Scores(true, shifted, scores.lse()).largestRowError()).isNaN();
  }

  @Test
  void weightsOfEveryLayerAreThoseOfTheReference() {
    for (int number = 0; number < 6; number++) {
      requireReference(number, false);
      requireReference(number, true);
    }
  }

  private static void requireReference(int number, boolean causal) {
    ModelText text = causal ? SampleExplanation.CAUSAL : SampleExplanation.TEXT;
    CapturedProjections layer = text.layers().get(number).projections();
    LayerPattern pattern = PATTERNS.layers().get(number);
    // With the identity as values the reference's output is the weights.
    int tokens = layer.tokens();
    AttentionSpec spec =
        AttentionSpec.builder()
            .heads(layer.heads())
            .length(tokens)
            .dims(layer.headDim(), tokens)
            .mask(causal ? Mask.causal() : Mask.none())
            .build();
    float[] identity = new float[layer.heads() * tokens * tokens];
    for (int row = 0; row < layer.heads() * tokens; row++) {
      identity[row * tokens + row % tokens] = 1;
    }
    ReferenceResult reference =
        ReferenceAttention.compute(
            AttentionInputs.ofContiguous(spec, "weights", layer.q(), layer.k(), identity),
            RowSample.all(spec));
    for (int h = 0; h < layer.heads(); h++) {
      Scores scores = pattern.heads().get(h).scores(causal);
      for (int q = 0; q < tokens; q++) {
        for (int k = 0; k < tokens; k++) {
          assertThat(scores.weight(q, k))
              .as("layer %d, head %d, %d to %d, causal %s", number, h, q, k, causal)
              .isCloseTo(reference.o()[((h * tokens) + q) * tokens + k], within(1e-5));
        }
      }
    }
  }

  /** Were the mask laid over the last layer's weights alone, later words would be in its keys. */
  @Test
  void aCausalPatternIsThatOfTheTextWithoutItsEnd() {
    TextPatterns shorter =
        TextPatterns.of(SampleExplanation.SHORTER, SampleExplanation.CAUSAL_SHORTER);
    int shared = shorter.tokens().size() - 1; // without [SEP]
    assertThat(shared).isEqualTo(9);
    for (int layer = 0; layer < 6; layer++) {
      for (int head = 0; head < 12; head++) {
        Scores whole = PATTERNS.layers().get(layer).heads().get(head).causal();
        Scores part = shorter.layers().get(layer).heads().get(head).causal();
        for (int q = 0; q < shared; q++) {
          for (int k = 0; k <= q; k++) {
            assertThat(whole.weight(q, k))
                .as("layer %d, head %d, %d to %d", layer, head, q, k)
                .isCloseTo(part.weight(q, k), within(1e-5));
          }
        }
      }
    }
  }

  @Test
  void patternsThatCannotAddUpAreRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ExplanationPage.requireTokens(129))
        .withMessageContaining("129 tokens")
        .withMessageContaining("128 at most");
    ExplanationPage.requireTokens(128);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TextPatterns.of(ones(3, false, 1), ones(4, true, 1)))
        .withMessageContaining("are not one text");
    assertThat(TextPatterns.of(ones(3, false, 1), ones(3, true, 1)).largestRowError())
        .isLessThan(1e-6);
    // The last key is infinite: no LSE makes weights of that.
    assertThatThrownBy(
            () -> TextPatterns.of(ones(3, false, Float.POSITIVE_INFINITY), ones(3, true, 1)))
        .isInstanceOf(BackendException.LaunchFailed.class)
        .hasMessageContaining("layer 0, head 0, token 0")
        .hasMessageContaining("miss a sum of 1");
    assertThatThrownBy(() -> TextPatterns.of(ones(3, false, 1), ones(3, true, Float.NaN)))
        .isInstanceOf(BackendException.LaunchFailed.class);
  }

  /** The kernel's own LSE is what is subtracted: a wrong one shows. */
  @Test
  void anLseThatIsNotOfTheseScoresIsRefused() {
    ModelText right = SampleExplanation.TEXT;
    List<LayerAttention> layers = new ArrayList<>(right.layers());
    float[] lse = layers.get(4).lse().clone();
    lse[3 * 14 + 5] += 0.001f; // of head 3, token 5
    layers.set(4, new LayerAttention(layers.get(4).projections(), lse, 1));
    ModelText wrong =
        new ModelText(right.text(), false, right.tokens(), right.ids(), layers, right.states());
    assertThatThrownBy(() -> TextPatterns.of(wrong, SampleExplanation.CAUSAL))
        .isInstanceOf(BackendException.LaunchFailed.class)
        .hasMessageContaining("layer 4, head 3, token 5 miss a sum of 1 by 0.00");
  }

  /** Across two texts rows are as long as the other text, and a wrong LSE is named as well. */
  @Test
  void acrossTwoTextsARowIsHeldToTheBudgetOfItsLse() {
    float[] two = {1, 1};
    float[] five = {1, 1, 1, 1, 1};
    CapturedProjections asking = new CapturedProjections(1, 2, 1, two, two, two);
    CapturedProjections answering = new CapturedProjections(1, 5, 1, five, five, five);
    float right = (float) (1 + Math.log(5));
    Scores scores =
        Scores.of(asking, answering, 0, 1, new float[] {right, right}, false, "layer 7");
    assertThat(scores.keys()).isEqualTo(5);
    assertThat(scores.row(1)).containsExactly(new double[] {.2, .2, .2, .2, .2}, within(1e-6));
    assertThat(scores.entropy(1)).isCloseTo(Math.log(5), within(1e-6));
    // C u (1 + LSE + |q| |k| + |s|) and u sqrt(5): what float32 may be off by, and three times
    // that.
    float within = right + 5e-7f;
    assertThat(
            Scores.of(asking, answering, 0, 1, new float[] {right, within}, false, "layer 7")
                .largestRowError())
        .isGreaterThan(1e-7);
    assertThatThrownBy(() ->
            Scores.of(
                asking, answering, 0, 1, new float[] {right, right + 5e-6f}, false, "layer 7"))
        .isInstanceOf(BackendException.LaunchFailed.class)
        .hasMessageContaining("layer 7, head 0, token 1 miss a sum of 1 by 5");
  }

  @Test
  void whatMovesACursorIsNotSentToATerminal() {
    assertThat(Printable.of("caf\u00E9 \uD83D\uDE00\u001B[2J\r\n\u009B\u202E\u2028x"))
        .isEqualTo("caf\u00E9 \uD83D\uDE00\uFFFD[2J\uFFFD\uFFFD\uFFFD\uFFFD\uFFFDx");
  }

  @ParameterizedTest
  @CsvSource({
    "1.04e-5, 1.1e-05",
    "1e-5, 1.0e-05",
    "9.91e-6, 1.0e-05",
    "0.5, 5.0e-01",
    "0, 0.0e+00",
    "NaN, NaN"
  })
  void boundsAreRoundedUpwards(double value, String printed) {
    assertThat(Within.bound(value)).isEqualTo(printed);
  }

  /** Tokens whose queries and keys are all 1, but for the last key. */
  private static ModelText ones(int tokens, boolean causal, float lastKey) {
    float[] ones = new float[tokens];
    Arrays.fill(ones, 1);
    float[] keys = ones.clone();
    keys[tokens - 1] = lastKey;
    float[] lse = new float[tokens];
    for (int query = 0; query < tokens; query++) {
      lse[query] = (float) (1 + Math.log(causal ? query + 1 : tokens));
    }
    return new ModelText(
        "x",
        causal,
        Collections.nCopies(tokens, "x"),
        Collections.nCopies(tokens, 1),
        List.of(
            new LayerAttention(new CapturedProjections(1, tokens, 1, ones, keys, ones), lse, 1)),
        List.of());
  }

  @Test
  void hiddenPairsHaveNoScore() {
    Scores causal = PATTERNS.layers().getFirst().heads().getFirst().causal();
    assertThat(causal.weight(2, 3)).isZero();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> causal.score(2, 3))
        .withMessageContaining("query 2 does not see key 3");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Scores(true, new float[4], new float[2]))
        .withMessageContaining("4 scores of 2 tokens behind a causal mask");
    Scores full = PATTERNS.layers().getFirst().heads().getFirst().full();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new HeadPattern(7, full, full))
        .withMessageContaining("head 7");
  }

  @Test
  void aWordIsFollowedFromItsStartThroughEveryLayer() {
    WordInContext word = SampleExplanation.EXPLANATION.words().getFirst();
    assertThat(word.places()).hasSize(2 + 6);
    assertThat(word.places().getFirst().between()).isCloseTo(1, within(1e-9));
    assertThat(word.places().getFirst().firstFromStart()).isCloseTo(1, within(1e-9));
    assertThat(word.places().get(1).between()).isBetween(0.5, 0.9999);
    assertThat(word.places().getLast().between()).isLessThan(0.8);
    assertThatIllegalArgumentException()
        .isThrownBy(() ->
            WordInContext.of("badger", List.of(1), SampleExplanation.TEXT, SampleExplanation.TEXT))
        .withMessageContaining("'badger'")
        .withMessageContaining("animal");
  }

  @Test
  void aWordOfSeveralTokensIsFoundWhole() {
    CapturedProjections zero =
        new CapturedProjections(1, 4, 1, new float[4], new float[4], new float[4]);
    ModelText text =
        new ModelText(
            "a biopsy",
            false,
            List.of("[UNK]", "bio", "##psy", "bio"),
            List.of(100, 2, 3, 2),
            List.of(new LayerAttention(zero, new float[4], 1)),
            List.of(new TokenVectors("word", 4, 1, new float[] {1, 2, 3, 4})));
    assertThat(WordInContext.tokensOf("Biopsy", List.of(2, 3), text)).containsExactly(1, 2);
    assertThat(WordInContext.tokensOf("bio", List.of(2), text)).containsExactly(3);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> WordInContext.tokensOf("psy", List.of(3), text))
        .withMessageContaining("'psy' is not in");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> WordInContext.tokensOf(" ", List.of(), text))
        .withMessageContaining("' ' is not in");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> WordInContext.tokensOf("snowman", List.of(100), text))
        .withMessageContaining("'snowman' is unknown to the model's vocabulary");
  }

  @Test
  void theTerminalShowsAGridAndWhomEachWordAttendsTo() {
    List<String> lines = ExplanationText.head(PATTERNS, new View(5, 2, true));
    assertThat(lines).hasSize(2 + 14);
    assertThat(lines.getFirst()).contains("layer 5 of 0 to 5, head 2 of 0 to 11, causal");
    String first = lines.get(2);
    assertThat(first).contains("[CLS] |@/////////////|").contains("[CLS] 1.00");
    assertThat(ExplanationText.head(PATTERNS, View.FIRST)).isNotEqualTo(lines);
    assertThat(ExplanationText.tokens(PATTERNS)).startsWith("[CLS] 101  the 1996  animal ");
    assertThat(ExplanationText.heads(PATTERNS, false))
        .hasSize(1 + 72)
        .element(72)
        .asString()
        .startsWith("layer  5 head 11 ");
    assertThat(ExplanationText.word(SampleExplanation.EXPLANATION.words().getFirst()))
        .hasSize(1 + 8)
        .element(1)
        .asString()
        .contains("1.000");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ExplanationText.head(PATTERNS, new View(0, 12, false)))
        .withMessageContaining("head 12 is not one of the 12 there are, 0 to 11");
  }

  @Test
  void whatIsLookedAtFirstIsInEveryText() {
    assertThatIllegalArgumentException()
        .isThrownBy(() ->
            Explanation.of(
                "m", "k", "d", new View(6, 0, false), List.of(PATTERNS), List.of(), null))
        .withMessageContaining("layer 6 is not one of the 6");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Explanation.of("m", "k", "d", View.FIRST, List.of(), List.of(), null))
        .withMessageContaining("no text");
  }
}
