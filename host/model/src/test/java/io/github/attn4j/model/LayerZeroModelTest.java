package io.github.attn4j.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class LayerZeroModelTest {
  @Test
  void aTextIsReadAsTheModelIsFedIt() {
    try (LayerZeroModel model = LayerZeroModel.load()) {
      ModelText text = model.read("One mole of carbon dioxide");
      assertThat(text.tokens())
          .containsExactly("[CLS]", "one", "mole", "of", "carbon", "dioxide", "[SEP]");
      assertThat(text.ids().getFirst()).isEqualTo(WordPieceTokenizer.START_OF_WINDOW);
      assertThat(text.ids().getLast()).isEqualTo(WordPieceTokenizer.END_OF_WINDOW);
      assertThat(text.layers()).hasSize(1);
      int[] ids = text.ids().stream().mapToInt(Integer::intValue).toArray();
      CapturedProjections own = new LayerZero(ShippedModel.WEIGHTS).project(ids);
      assertThat(text.layers().getFirst().q()).isEqualTo(own.q());
    }
  }

  @Test
  void aWordStartsFromTheSameVectorInEveryTextAndIsMovedByItsPosition() {
    try (LayerZeroModel model = LayerZeroModel.load()) {
      ModelText first = model.read("take a biopsy of the mole");
      ModelText second = model.read("one mole of carbon dioxide");
      assertThat(first.states().stream().map(TokenVectors::name))
          .containsExactly("word", "with its position");
      assertThat(row(first, 0, first.tokens().indexOf("mole")))
          .isEqualTo(row(second, 0, second.tokens().indexOf("mole")));
      assertThat(row(first, 1, first.tokens().indexOf("mole")))
          .isNotEqualTo(row(second, 1, second.tokens().indexOf("mole")));
    }
  }

  private static float[] row(ModelText text, int state, int token) {
    TokenVectors vectors = text.states().get(state);
    return Arrays.copyOfRange(
        vectors.values(), token * vectors.width(), (token + 1) * vectors.width());
  }

  @Test
  void textsThatCannotBeReadAreNamed() {
    try (LayerZeroModel model = LayerZeroModel.load()) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> model.read("  "))
          .withMessageContaining("empty");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> model.read("mole ".repeat(511)))
          .withMessageContaining("513 tokens")
          .withMessageContaining("512");
    }
  }

  @Test
  void partsOfDifferentTextsAreRefused() {
    CapturedProjections layer =
        new CapturedProjections(1, 2, 1, new float[2], new float[2], new float[2]);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ModelText("x", List.of("x"), List.of(1), List.of(layer), List.of()))
        .withMessageContaining("1 tokens, 1 ids, layers of [2]");
  }
}
