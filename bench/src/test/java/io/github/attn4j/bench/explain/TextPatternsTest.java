package io.github.attn4j.bench.explain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.within;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.Session;
import io.github.attn4j.core.reference.ReferenceAttention;
import io.github.attn4j.core.reference.ReferenceResult;
import io.github.attn4j.core.reference.RowSample;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.Mask;
import io.github.attn4j.model.CapturedProjections;
import io.github.attn4j.model.ModelText;
import io.github.attn4j.model.TokenVectors;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class TextPatternsTest {
  private static final TextPatterns PATTERNS = SampleExplanation.EXPLANATION.patterns();

  @Test
  void everyRowOfEveryHeadAddsUpToOne() {
    assertThat(PATTERNS.layers()).hasSize(1);
    assertThat(PATTERNS.layers().getFirst().heads()).hasSize(12);
    assertThat(PATTERNS.tokens()).hasSize(14).startsWith("[CLS]", "the", "animal");
    assertThat(PATTERNS.largestRowError()).isLessThan(1e-5);
    HeadPattern head = PATTERNS.layers().getFirst().heads().getFirst();
    float[] shifted = head.lse().clone();
    shifted[3] += 0.001f;
    assertThat(
            new HeadPattern(0, head.dots(), shifted, head.causalLse())
                .largestRowError(PATTERNS.layers().getFirst().scale()))
        .as("with an LSE that is off by a thousandth")
        .isGreaterThan(9e-4);
    shifted[3] = Float.NaN;
    assertThat(
            new HeadPattern(0, head.dots(), shifted, head.causalLse())
                .largestRowError(PATTERNS.layers().getFirst().scale()))
        .isNaN();
  }

  @Test
  void weightsAreThoseOfTheReference() {
    CapturedProjections layer = SampleExplanation.TEXT.layers().getFirst();
    double scale = PATTERNS.layers().getFirst().scale();
    for (boolean causal : new boolean[] {false, true}) {
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
        for (int q = 0; q < tokens; q++) {
          for (int k = 0; k < tokens; k++) {
            assertThat(PATTERNS.layers().getFirst().heads().get(h).weight(scale, causal, q, k))
                .isCloseTo(reference.o()[((h * tokens) + q) * tokens + k], within(1e-5));
          }
        }
      }
    }
  }

  @Test
  void thePatternsOfADeviceThatCannotAddUpAreRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> patterns(129, UnaryOperator.identity()))
        .withMessageContaining("129 tokens")
        .withMessageContaining("128 at most");
    // The last key is infinite: no LSE makes weights of that.
    assertThat(
            catchThrowable(() ->
                patterns(
                    3,
                    keys -> {
                      keys[2] = Float.POSITIVE_INFINITY;
                      return keys;
                    })))
        .hasMessageContaining("layer 0, head 0")
        .hasMessageContaining("miss a sum of 1");
  }

  private static TextPatterns patterns(int tokens, UnaryOperator<float[]> keys) {
    float[] ones = new float[tokens];
    Arrays.fill(ones, 1);
    ModelText text =
        new ModelText(
            "x",
            Collections.nCopies(tokens, "x"),
            Collections.nCopies(tokens, 1),
            List.of(new CapturedProjections(1, tokens, 1, ones, keys.apply(ones.clone()), ones)),
            List.of());
    Backends backends = new Backends();
    KernelVariant kernel = backends.kernel("java:flash");
    try (Session session = backends.backend("java").open(backends.deviceFor(kernel, null))) {
      return TextPatterns.of(text, session, kernel);
    }
  }

  @Test
  void aWordIsFollowedFromItsStart() {
    WordInContext word = SampleExplanation.EXPLANATION.words().getFirst();
    assertThat(word.places()).hasSize(2);
    assertThat(word.places().getFirst().between()).isCloseTo(1, within(1e-9));
    assertThat(word.places().getFirst().firstFromStart()).isCloseTo(1, within(1e-9));
    assertThat(word.places().getLast().between()).isBetween(0.5, 0.9999);
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> WordInContext.of("badger", SampleExplanation.TEXT, SampleExplanation.TEXT))
        .withMessageContaining("'badger'")
        .withMessageContaining("animal");
  }

  @Test
  void aWordOfSeveralTokensIsFoundWhole() {
    ModelText text =
        new ModelText(
            "a biopsy",
            List.of("a", "bio", "##psy", "bio"),
            List.of(1, 2, 3, 2),
            List.of(new CapturedProjections(1, 4, 1, new float[4], new float[4], new float[4])),
            List.of(new TokenVectors("word", 4, 1, new float[] {1, 2, 3, 4})));
    assertThat(WordInContext.tokensOf("Biopsy", text)).containsExactly(1, 2);
    assertThat(WordInContext.tokensOf("bio", text)).containsExactly(3);
  }

  @Test
  void theTerminalShowsAGridAndWhomEachWordAttendsTo() {
    List<String> lines = ExplanationText.head(PATTERNS, 0, 2, true);
    assertThat(lines).hasSize(2 + 14);
    assertThat(lines.getFirst()).contains("layer 1 of 1, head 3 of 12, causal");
    String first = lines.get(2);
    assertThat(first).contains("[CLS] |@/////////////|").contains("[CLS] 1.00");
    assertThat(ExplanationText.heads(PATTERNS, false)).hasSize(13);
    assertThat(ExplanationText.word(SampleExplanation.EXPLANATION.words().getFirst()))
        .hasSize(3)
        .element(1)
        .asString()
        .contains("1.000");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ExplanationText.head(PATTERNS, 0, 12, false))
        .withMessageContaining("head 12");
  }
}
