package io.github.attn4j.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.attn4j.core.kernel.Backend;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.Session;
import io.github.attn4j.core.kernel.Tunings;
import io.github.attn4j.jvm.JavaBackend;
import io.github.attn4j.opencl.OpenClBackend;
import io.github.attn4j.testing.Required;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The encoder against ONNX Runtime on the same file, on every backend that has layers. */
class EncoderModelTest {
  /** Keeps what tests compile out of the user's cache, where a driver has none of its own. */
  private static final Path PROGRAMS =
      Path.of(System.getProperty("basedir", ".")).resolve("target").resolve("test-programs");

  private static void with(String kernelId, Consumer<EncoderModel> test) {
    Backend backend =
        kernelId.startsWith("java:") ? new JavaBackend() : new OpenClBackend(PROGRAMS);
    List<DeviceInfo> devices = backend.devices();
    if (devices.isEmpty()) {
      Required.abort(backend.id(), "no device for %s: %s".formatted(kernelId, backend.missing()));
    }
    KernelVariant kernel =
        backend.kernels().stream()
            .filter(one -> one.globalId().equals(kernelId))
            .findFirst()
            .orElseThrow();
    try (Session session = backend.open(devices.getFirst(), Tunings.OF_THE_KERNELS);
        EncoderModel model = EncoderModel.load(session, kernel)) {
      test.accept(model);
    }
  }

  /** Texts and, since no text has fewer than two tokens, one of [CLS] alone. */
  private static List<int[]> drawn(int count, EncoderModel model) {
    List<int[]> ids = new ArrayList<>();
    DrawnTexts.of(count - 1, model).forEach(text -> ids.add(model.tokenize(text)));
    ids.add(new int[] {WordPieceTokenizer.START_OF_WINDOW});
    return ids;
  }

  private static void requireAgreement(EncoderModel model, int count) {
    try {
      List<int[]> ids = drawn(count, model);
      EncoderAgreement agreement = EncoderAgreement.of(model, ids, 8);
      System.out.println(agreement);
      assertThat(agreement.texts()).isEqualTo(count);
      assertThat(agreement.longest()).isEqualTo(EncoderModel.LONGEST);
      assertThat(agreement.hidden()).isLessThanOrEqualTo(1e-4);
      assertThat(agreement.cosine()).isGreaterThanOrEqualTo(0.99999);
      assertThat(agreement.attention())
          .hasSize(EncoderModel.LAYERS)
          .allSatisfy(layer -> assertThat(layer).isLessThanOrEqualTo(1e-4));
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"java:flash", "opencl:flash_query_lanes"})
  @Tag("full")
  void agreesWithOnnxRuntimeOnTwentyTexts(String kernel) {
    with(kernel, model -> requireAgreement(model, 20));
  }

  @ParameterizedTest
  @ValueSource(strings = {"java:flash", "opencl:flash_query_lanes"})
  @Tag("exhaustive")
  void agreesWithOnnxRuntimeOnTwoHundredTexts(String kernel) {
    with(kernel, model -> requireAgreement(model, 200));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "opencl:naive",
        "opencl:tiled_three_pass",
        "opencl:online_softmax",
        "opencl:flash",
        "opencl:flash_split_kv"
      })
  @Tag("exhaustive")
  void agreesWithAnyKernelOfAttention(String kernel) {
    with(kernel, model -> requireAgreement(model, 6));
  }

  @Test
  @Tag("full")
  void tokenIdsAreThoseOfAnIndependentTokenizer() {
    with(
        "java:flash",
        model -> {
          try {
            PlainWordPiece plain = new PlainWordPiece();
            for (String text : DrawnTexts.of(200, model)) {
              assertThat(model.tokenize(text)).as(text).isEqualTo(plain.encode(text));
            }
          } catch (java.io.IOException e) {
            throw new AssertionError(e);
          }
        });
  }

  @Test
  void aTextsEmbeddingDoesNotDependOnWhatIsBesideIt() {
    with(
        "java:flash",
        model -> {
          String text = "a river measures itself";
          float[] alone = model.encodeTexts(List.of(text)).embedding(0);
          float[] beside =
              model
                  .encodeTexts(List.of("the warm bread was not here until Monday, perhaps", text))
                  .embedding(1);
          for (int i = 0; i < alone.length; i++) {
            assertThat(Math.abs(alone[i] - beside[i])).isLessThan(1e-6f);
          }
        });
  }

  @Test
  void projectionsOfLayerZeroAreTheCapturesOwn() {
    with(
        "java:flash",
        model -> {
          int[] ids = ShippedModel.CAPTURE.tokenIds(100);
          CapturedProjections captured = ShippedModel.CAPTURE.capture(100);
          CapturedProjections encoded = model.projections(0, ids);
          requireClose(captured.q(), encoded.q());
          requireClose(captured.k(), encoded.k());
          requireClose(captured.v(), encoded.v());
          assertThat(model.projections(5, ids).q()).isNotEqualTo(encoded.q());
          assertThatThrownBy(() -> model.projections(6, ids))
              .isInstanceOf(IllegalArgumentException.class)
              .hasMessage("there is no layer 6: all-MiniLM-L6-v2 has 0 to 5");
        });
  }

  private static void requireClose(float[] expected, float[] actual) {
    assertThat(actual).hasSameSizeAs(expected);
    for (int i = 0; i < expected.length; i++) {
      assertThat(Math.abs((double) expected[i] - actual[i])).isLessThan(1e-5);
    }
  }

  @Test
  void whatTheModelCannotReadIsRefused() {
    with(
        "java:flash",
        model -> {
          assertThatThrownBy(() -> model.encode(List.of(), EncoderTap.NONE))
              .hasMessageContaining("a batch has no text");
          assertThatThrownBy(() -> model.encode(List.of(new int[513]), EncoderTap.NONE))
              .hasMessageContaining("513 tokens");
          assertThatThrownBy(() -> model.encode(List.of(new int[] {30522}), EncoderTap.NONE))
              .hasMessageContaining("30522");
        });
  }
}
