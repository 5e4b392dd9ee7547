package io.github.attn4j.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.attn4j.core.kernel.Session;
import io.github.attn4j.core.kernel.Tunings;
import io.github.attn4j.jvm.JavaBackend;
import io.github.attn4j.jvm.JavaKernel;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class EncoderReaderTest {
  private final JavaBackend backend = new JavaBackend();
  private final Session session =
      backend.open(backend.devices().getFirst(), Tunings.OF_THE_KERNELS);
  private EncoderReader reader;

  @BeforeAll
  void load() {
    reader = EncoderReader.load(session, JavaKernel.FLASH);
  }

  @AfterAll
  void close() {
    try (session) {
      reader.close();
    }
  }

  @Test
  void aTextIsReadAsTheModelIsFedIt() {
    ModelText text = reader.read("One mole of carbon dioxide", false);
    assertThat(text.tokens())
        .containsExactly("[CLS]", "one", "mole", "of", "carbon", "dioxide", "[SEP]");
    assertThat(text.ids().getFirst()).isEqualTo(WordPieceTokenizer.START_OF_WINDOW);
    assertThat(text.ids().getLast()).isEqualTo(WordPieceTokenizer.END_OF_WINDOW);
    int[] ids = text.ids().stream().mapToInt(Integer::intValue).toArray();
    assertThat(text.states().stream().map(TokenVectors::name))
        .containsExactly(
            "word",
            "with its position",
            "after layer 0",
            "after layer 1",
            "after layer 2",
            "after layer 3",
            "after layer 4",
            "after layer 5");
    try (EncoderModel model = EncoderModel.load(session, JavaKernel.FLASH)) {
      assertThat(text.states().getLast().values())
          .isEqualTo(model.encode(List.of(ids), EncoderTap.NONE).hidden(0));
      for (int layer = 0; layer < EncoderModel.LAYERS; layer++) {
        CapturedProjections own = model.projections(layer, ids);
        CapturedProjections seen = text.layers().get(layer).projections();
        assertThat(seen.q()).as("queries of layer %d", layer).isEqualTo(own.q());
        assertThat(seen.k()).as("keys of layer %d", layer).isEqualTo(own.k());
        assertThat(seen.v()).as("values of layer %d", layer).isEqualTo(own.v());
        assertThat(text.layers().get(layer).nanos()).isPositive();
      }
    }
  }

  @Test
  void aWordStartsFromTheSameVectorInEveryTextAndIsMovedByWhatIsAroundIt() {
    ModelText first = reader.read("take a biopsy of the mole", false);
    ModelText second = reader.read("one mole of carbon dioxide", false);
    int inFirst = first.tokens().indexOf("mole");
    int inSecond = second.tokens().indexOf("mole");
    assertThat(row(first, 0, inFirst)).isEqualTo(row(second, 0, inSecond));
    for (int state = 1; state < first.states().size(); state++) {
      assertThat(row(first, state, inFirst)).isNotEqualTo(row(second, state, inSecond));
    }
  }

  /** What makes a causal run one: in every layer, not in a layer's weights alone. */
  @Test
  void behindACausalMaskNoLaterWordChangesAnEarlierVectorInAnyLayer() {
    String whole = "the street was wide because it rained";
    String part = "the street was wide";
    int shared = 1 + 4; // [CLS] and four words; then one has [SEP] and the other goes on
    ModelText causal = reader.read(whole, true);
    ModelText causalPart = reader.read(part, true);
    ModelText full = reader.read(whole, false);
    ModelText fullPart = reader.read(part, false);
    for (int state = 0; state < causal.states().size(); state++) {
      for (int token = 0; token < shared; token++) {
        assertThat(distance(row(causal, state, token), row(causalPart, state, token)))
            .as("%s, token %d", causal.states().get(state).name(), token)
            .isLessThan(1e-5);
        if (state >= 2) {
          assertThat(distance(row(full, state, token), row(fullPart, state, token)))
              .as("without the mask, %s, token %d", full.states().get(state).name(), token)
              .isGreaterThan(1e-3);
        }
      }
    }
  }

  private static double distance(float[] a, float[] b) {
    double largest = 0;
    for (int i = 0; i < a.length; i++) {
      largest = Math.max(largest, Math.abs(a[i] - b[i]));
    }
    return largest;
  }

  private static float[] row(ModelText text, int state, int token) {
    TokenVectors vectors = text.states().get(state);
    return Arrays.copyOfRange(
        vectors.values(), token * vectors.width(), (token + 1) * vectors.width());
  }

  @Test
  void textsThatCannotBeReadAreNamed() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> reader.read("  ", false))
        .withMessageContaining("empty");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> reader.read("mole ".repeat(511), false))
        .withMessageContaining("513 tokens")
        .withMessageContaining("1 to 512 at a time");
  }

  @Test
  void partsOfDifferentTextsAreRefused() {
    CapturedProjections projections =
        new CapturedProjections(1, 2, 1, new float[2], new float[2], new float[2]);
    LayerAttention layer = new LayerAttention(projections, new float[2], 1);
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> new ModelText("x", false, List.of("x"), List.of(1), List.of(layer), List.of()))
        .withMessageContaining("1 tokens, 1 ids, layers of [2]");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new LayerAttention(projections, new float[3], 1))
        .withMessageContaining("3 LSE of 1 heads x 2 tokens");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new LayerAttention(projections, new float[2], 0))
        .withMessageContaining("after 0 ns");
  }
}
