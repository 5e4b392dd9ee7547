package io.github.attn4j.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class WordPieceTokenizerTest {
  private static WordPieceTokenizer tokenizer;

  @BeforeAll
  static void open() throws IOException {
    try (InputStream json = ShippedModel.open(ModelCapture.TOKENIZER_RESOURCE)) {
      tokenizer = WordPieceTokenizer.open(json);
    }
  }

  @AfterAll
  static void close() {
    tokenizer.close();
  }

  @Test
  void givesTheWellKnownIdsOfBertsVocabulary() {
    assertThat(tokenizer.encodeSentence("hello world")).containsExactly(101, 7592, 2088, 102);
  }

  @Test
  void lowersCaseAndSplitsPunctuationAsTheModelWasTrained() {
    assertThat(tokenizer.encodeSentence("Hello, World!"))
        .containsExactly(101, 7592, 1010, 2088, 999, 102);
  }

  @Test
  void leavesOutSpecialTokensOfARunningText() {
    assertThat(tokenizer.encode("hello world")).containsExactly(7592, 2088);
  }

  @Test
  void neitherCutsNorPadsALongText() {
    assertThat(tokenizer.encode("hello ".repeat(3000))).hasSize(3000).containsOnly(7592);
  }

  @Test
  void switchesTheLibrarysNetworkAccessOff() {
    assertThat(ai.djl.util.Utils.isOfflineMode()).isTrue();
  }
}
