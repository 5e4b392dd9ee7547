package io.github.attn4j.core.cost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.ElementType;
import io.github.attn4j.core.spec.Mask;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Counts against what others have counted, and formulas against their own numbers. */
class ParameterAccountTest {
  private static final StoredTypes TYPES =
      new StoredTypes(ElementType.F16, ElementType.F16, ElementType.F32);

  private static long figure(String preset, String id) {
    return ParameterAccount.of(TransformerPresets.named(preset)).figure(id).value();
  }

  @ParameterizedTest
  @CsvSource({
    "query, 1572864",
    "key, 1572864",
    "value-down, 1572864",
    "value-up, 1572864",
    "head, 6291456",
    "attention-block, 603979776",
    "attention, 57982058496",
    "matrices, 175181291520"
  })
  void gpt3IsCountedAsTheLessonCountsIt(String id, long expected) {
    assertThat(figure("gpt3", id)).isEqualTo(expected);
  }

  @Test
  void aThirdOfGpt3IsAttention() {
    ParameterAccount account = ParameterAccount.of(TransformerPresets.named("gpt3"));
    assertThat(account.attentionShare()).isEqualTo(1 / 3.0, within(0.01));
  }

  /** What the released weights hold, tensor by tensor, as their publishers count them. */
  @ParameterizedTest
  @CsvSource({
    "gpt2, 124439808",
    "gpt2-xl, 1557611200",
    "llama-2-7b, 6738415616",
    "llama-3-8b, 8030261248",
    "llama-3-70b, 70553706496",
    "mistral-7b, 7241732096",
    "gemma-2-9b, 9241705984",
    "qwen2.5-7b, 7615616512"
  })
  void everyParameterOfAReleasedModelIsCounted(String preset, long published) {
    assertThat(figure(preset, "parameters")).isEqualTo(published);
  }

  /** Published with a pooler: d_model squared and a bias behind the first token. */
  @ParameterizedTest
  @CsvSource({"bert-base, 109482240, 768", "all-minilm-l6-v2, 22713216, 384"})
  void encodersAreCountedWithoutTheirPooler(String preset, long published, long model) {
    assertThat(figure(preset, "parameters")).isEqualTo(published - model * model - model);
  }

  @Test
  void everyFormulaGivesItsValue() {
    for (TransformerShape shape : TransformerPresets.all()) {
      for (ElementType cache : ElementType.values()) {
        StoredTypes types = new StoredTypes(ElementType.BF16, cache, ElementType.F32);
        ModelReport report = ModelReport.of(shape, types, List.of(1, 17, 2048));
        List<Figure> figures = new ArrayList<>(report.parameters().figures());
        figures.addAll(report.memory());
        report.contexts().forEach(context -> figures.addAll(context.figures()));
        for (Figure figure : figures) {
          assertThat(evaluated(figure.numbers())).as("%s", figure).isEqualTo(figure.value());
          assertThat(figure.formula().split(" [+x] ", -1).length)
              .as("as many factors in symbols as in numbers: %s", figure)
              .isGreaterThanOrEqualTo(figure.numbers().split(" [+x] ", -1).length);
        }
      }
    }
  }

  private static long evaluated(String numbers) {
    return Arrays.stream(numbers.split(" \\+ ", -1))
        .mapToLong(term ->
            Arrays.stream(term.split(" x ", -1))
                .mapToLong(factor -> Long.parseLong(factor.replace(",", "")))
                .reduce(1, Math::multiplyExact))
        .sum();
  }

  @ParameterizedTest
  @ValueSource(strings = {"gpt3", "bert-base", "llama-3-8b"})
  void operationsOfAttentionAreThoseOfTheSpec(String preset) {
    TransformerShape shape = TransformerPresets.named(preset);
    var builder =
        AttentionSpec.builder()
            .heads(shape.queryHeads(), shape.kvHeads())
            .length(300)
            .dim(shape.headDim());
    AttentionSpec spec = (shape.causal() ? builder.mask(Mask.causal()) : builder).build();
    assertThat((double) ContextAccount.of(shape, TYPES, 300).figure("attention-flops").value())
        .isEqualTo(spec.flops());
  }

  /** 2 x 96 x 12,288 numbers a token; by hand for the smaller one, with a scale for 16 rows. */
  @Test
  void theCacheHoldsKeysAndValuesOfEveryLayer() {
    TransformerShape gpt3 = TransformerPresets.named("gpt3");
    assertThat(ContextAccount.of(gpt3, TYPES, 2048).figure("cache").value())
        .isEqualTo(2048L * 96 * 12288 * 2 * 2);
    StoredTypes bytes = new StoredTypes(ElementType.F16, ElementType.I8, ElementType.F32);
    assertThat(
            ContextAccount.of(TransformerPresets.named("llama-3-8b"), bytes, 17)
                .figure("cache")
                .value())
        .isEqualTo(32L * 8 * (17 * 128 * 2 + 2 * 2 * 4));
  }

  @Test
  void readingTokensOneByOneCostsWhatReadingThemAtOnceDoes() {
    TransformerShape shape = TransformerPresets.named("gpt2");
    int tokens = 9;
    long steps = 0;
    for (int n = 1; n <= tokens; n++) {
      steps += ContextAccount.of(shape, TYPES, n).figure("token-flops").value();
    }
    assertThat(steps)
        .isEqualTo(ContextAccount.of(shape, TYPES, tokens).figure("prefill-flops").value());
  }

  @Test
  void errorsNameTheValue() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TransformerPresets.named("gpt5"))
        .withMessageContaining("'gpt5'")
        .withMessageContaining("llama-3-8b");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ContextAccount.of(TransformerPresets.named("gpt2"), TYPES, 0))
        .withMessageContaining("0 tokens");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> ContextAccount.of(TransformerPresets.named("gpt3"), TYPES, Integer.MAX_VALUE))
        .withMessageContaining("63 bits")
        .withMessageContaining("2,147,483,647");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new StoredTypes(ElementType.I8, ElementType.I8, ElementType.F32))
        .withMessageContaining("weights of i8");
  }
}
