package io.github.attn4j.model.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.attn4j.core.kernel.Backend;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.Session;
import io.github.attn4j.core.kernel.Tunings;
import io.github.attn4j.jvm.JavaBackend;
import io.github.attn4j.model.decoder.DecoderModel.Mode;
import io.github.attn4j.opencl.OpenClBackend;
import io.github.attn4j.testing.Required;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The decoder against float64 on the host, and against itself: in parts, and all at once. */
class DecoderModelTest {
  private static final Path PROGRAMS =
      Path.of(System.getProperty("basedir", ".")).resolve("target").resolve("test-programs");

  /** Eight heads on two of keys and values, of 16 elements. */
  private static final DecoderShape SHAPE = new DecoderShape(3, 128, 8, 2, 320, 97, 48);

  private static final DecoderWeights WEIGHTS = DecoderWeights.draw(SHAPE, 7);
  private static final int[] IDS = new Random(1).ints(41, 0, SHAPE.vocabulary()).toArray();

  static void with(String kernelId, BiConsumer<Session, KernelVariant> test) {
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
    try (Session session = backend.open(devices.getFirst(), Tunings.OF_THE_KERNELS)) {
      test.accept(session, kernel);
    }
  }

  private static void with(String kernelId, Mode mode, Consumer<DecoderModel> test) {
    with(
        kernelId,
        (session, kernel) -> {
          try (DecoderModel model = new DecoderModel(session, kernel, SHAPE, WEIGHTS, mode)) {
            test.accept(model);
          }
        });
  }

  /** Logits of tokens taken in parts of these sizes, the last one as often as needed. */
  static float[] inParts(DecoderModel model, int[] ids, int... sizes) {
    float[] all = new float[ids.length * model.shape().vocabulary()];
    int from = 0;
    for (int part = 0; from < ids.length; part++) {
      int size = Math.min(sizes[Math.min(part, sizes.length - 1)], ids.length - from);
      float[] logits = model.append(Arrays.copyOfRange(ids, from, from + size));
      System.arraycopy(logits, 0, all, from * model.shape().vocabulary(), logits.length);
      from += size;
    }
    assertThat(model.length()).isEqualTo(ids.length);
    return all;
  }

  /** A deterministic kernel takes parts of 1,024 keys from the first one on, whoever asks. */
  @ParameterizedTest
  @CsvSource({
    "java:flash, CONTIGUOUS, false",
    "opencl:flash_split_kv, PAGED, true",
    "opencl:flash_split_kv, CONTIGUOUS, true"
  })
  @Tag("full")
  void tokensOneByOneGiveTheLogitsOfAllAtOnce(
      String kernel, CacheForm form, boolean deterministic) {
    ReferenceDecoder.Expected expected = new ReferenceDecoder(SHAPE, WEIGHTS).expected(IDS);
    with(
        kernel,
        new Mode(form, deterministic),
        model -> {
          float[] atOnce = inParts(model, IDS, IDS.length);
          assertThat(expected.errorOverBudget(0, atOnce)).isLessThanOrEqualTo(1);
          for (int[] sizes : List.of(new int[] {1}, new int[] {3, 17, 5})) {
            String how = "parts of %s".formatted(Arrays.toString(sizes));
            model.truncate(0);
            float[] parts = inParts(model, IDS, sizes);
            if (deterministic) {
              assertThat(parts).as(how).isEqualTo(atOnce);
            } else {
              // So that the two are within both budgets of each other.
              assertThat(expected.errorOverBudget(0, parts)).as(how).isLessThanOrEqualTo(1);
            }
          }
        });
  }

  /** The second part of keys begins with token 1,024, between two steps. */
  @ParameterizedTest
  @CsvSource({"opencl:flash_split_kv, PAGED", "opencl:flash_split_kv, CONTIGUOUS"})
  @Tag("full")
  void stepsAcrossAPartOfTheKernelsKeysGiveTheSameBits(String kernel, CacheForm form) {
    DecoderShape shape = new DecoderShape(1, 32, 2, 1, 48, 29, 1040);
    DecoderWeights weights = DecoderWeights.draw(shape, 5);
    int[] ids = new Random(2).ints(1034, 0, shape.vocabulary()).toArray();
    with(
        kernel,
        (session, variant) -> {
          try (DecoderModel model =
              new DecoderModel(session, variant, shape, weights, new Mode(form, true))) {
            float[] atOnce = inParts(model, ids, ids.length);
            ReferenceDecoder.Expected expected = new ReferenceDecoder(shape, weights).expected(ids);
            assertThat(expected.errorOverBudget(0, atOnce)).isLessThanOrEqualTo(1);
            for (int[] sizes : List.of(new int[] {1019, 1}, new int[] {700, 330, 4})) {
              model.truncate(0);
              assertThat(inParts(model, ids, sizes))
                  .as("parts of %s", Arrays.toString(sizes))
                  .isEqualTo(atOnce);
            }
          }
        });
  }

  @ParameterizedTest
  @CsvSource({"java:flash, CONTIGUOUS", "opencl:flash_split_kv, PAGED"})
  @Tag("full")
  void noLaterTokenChangesAnEarlierLogit(String kernel, CacheForm form) {
    with(
        kernel,
        new Mode(form, false),
        model -> {
          float[] logits = model.append(IDS);
          for (int kept : new int[] {1, 16, 37, 40}) {
            int[] others = IDS.clone();
            for (int i = kept; i < others.length; i++) {
              others[i] = (others[i] + 1 + i) % SHAPE.vocabulary();
            }
            model.truncate(0);
            float[] changed = model.append(others);
            int same = kept * SHAPE.vocabulary();
            assertThat(Arrays.copyOf(changed, same))
                .as("before token %d", kept)
                .isEqualTo(Arrays.copyOf(logits, same));
            assertThat(changed).isNotEqualTo(logits);
          }
        });
  }

  @ParameterizedTest
  @CsvSource({"java:flash, CONTIGUOUS", "opencl:flash_split_kv, PAGED"})
  @Tag("full")
  void greedyTokensAreThoseOfTheirSeedEachTimeAndOfTheirOwnLogits(String kernel, CacheForm form) {
    int[] prompt = Arrays.copyOf(IDS, 9);
    with(
        kernel,
        (session, variant) -> {
          Mode mode = new Mode(form, false);
          int[] first;
          try (DecoderModel model = new DecoderModel(session, variant, SHAPE, WEIGHTS, mode)) {
            first = model.generate(prompt, 20);
            assertThat(model.length()).isEqualTo(28); // the last one was not asked about
            model.truncate(0);
            assertThat(model.generate(prompt, 20)).isEqualTo(first);
            assertThat(Arrays.stream(first).distinct().count()).isGreaterThan(3);
            model.truncate(9);
            assertThat(model.generate(new int[] {first[0]}, 19))
                .isEqualTo(Arrays.copyOfRange(first, 1, 20));
          }
          int[] all = Arrays.copyOf(prompt, 28);
          System.arraycopy(first, 0, all, 9, 19);
          ReferenceDecoder.Expected expected = new ReferenceDecoder(SHAPE, WEIGHTS).expected(all);
          double[] logits = expected.logits();
          for (int i = 0; i < 20; i++) {
            int from = (8 + i) * SHAPE.vocabulary();
            double largest =
                Arrays.stream(logits, from, from + SHAPE.vocabulary()).max().orElseThrow();
            // Both logits may be off by the row's budget, no more.
            assertThat(logits[from + first[i]])
                .isGreaterThanOrEqualTo(largest - 2 * expected.budgets()[8 + i]);
          }
          DecoderWeights same = DecoderWeights.draw(SHAPE, 7);
          DecoderWeights other = DecoderWeights.draw(SHAPE, 8);
          try (DecoderModel again = new DecoderModel(session, variant, SHAPE, same, mode);
              DecoderModel another = new DecoderModel(session, variant, SHAPE, other, mode)) {
            assertThat(again.generate(prompt, 20)).isEqualTo(first);
            assertThat(another.generate(prompt, 20)).isNotEqualTo(first);
          }
        });
  }

  @Test
  void whatDoesNotFitIsNamedAndChangesNothing() {
    with(
        "java:flash",
        new Mode(CacheForm.CONTIGUOUS, false),
        model -> {
          model.append(1, 2);
          assertThatIllegalArgumentException()
              .isThrownBy(() -> model.append(3, 97))
              .withMessage("token id 97 is none of the vocabulary's, 0 to 96");
          assertThatIllegalArgumentException()
              .isThrownBy(() -> model.append(-1))
              .withMessageContaining("token id -1");
          assertThatIllegalArgumentException()
              .isThrownBy(() -> model.append())
              .withMessageContaining("no token");
          assertThatIllegalArgumentException()
              .isThrownBy(() -> model.append(new int[47]))
              .withMessage(
                  "47 more tokens behind 2 are more than the context of 48: truncate() the sequence, or make the model with a larger context");
          assertThatIllegalArgumentException()
              .isThrownBy(() -> model.generate(new int[] {1}, 47))
              .withMessageContaining("context of 48");
          assertThatIllegalArgumentException()
              .isThrownBy(() -> model.generate(new int[] {1}, -1))
              .withMessageContaining("-1 tokens");
          assertThatIllegalArgumentException()
              .isThrownBy(() -> model.truncate(3))
              .withMessage("the sequence has 2 tokens and cannot be cut to 3");
          assertThat(model.length()).isEqualTo(2);
          assertThat(model.generate(new int[] {1}, 46)).hasSize(46);
          assertThat(model.length()).isEqualTo(48);
          assertThatIllegalArgumentException()
              .isThrownBy(() -> model.append(0))
              .withMessageContaining("1 more tokens behind 48");
        });
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "0, 64, 4, 2, 128, 9, 8 | number of layers of a decoder is 0",
        "1, 66, 4, 2, 128, 9, 8 | 4 heads do not divide d_model = 66",
        "1, 64, 4, 3, 128, 9, 8 | 3 key-value heads do not divide 4 heads",
        "1, 60, 4, 2, 128, 9, 8 | head dimension is 15",
        "1, 64, 4, 2, 0, 9, 8 | feed-forward width is 0",
        "1, 64, 4, 2, 128, 0, 8 | vocabulary of a decoder is 0",
        "1, 64, 4, 2, 128, 9, -1 | context of a decoder is -1"
      })
  void shapesThatNoModelHasAreRefusedByName(String sizes, String message) {
    int[] n = Arrays.stream(sizes.split(", ", -1)).mapToInt(Integer::parseInt).toArray();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new DecoderShape(n[0], n[1], n[2], n[3], n[4], n[5], n[6]))
        .withMessageContaining(message);
  }

  @Test
  void logitsThatNoArrayHoldsAreRefusedAndAPromptNeedsThoseOfItsLastTokenAlone() {
    // 2,048 tokens over 2^20 words are 2^31 logits.
    DecoderShape wide = new DecoderShape(1, 2, 1, 1, 2, 1 << 20, 2050);
    DecoderWeights weights = DecoderWeights.draw(wide, 1);
    Mode mode = new Mode(CacheForm.CONTIGUOUS, false);
    with(
        "java:flash",
        (session, kernel) -> {
          try (DecoderModel model = new DecoderModel(session, kernel, wide, weights, mode)) {
            assertThatIllegalArgumentException()
                .isThrownBy(() -> model.append(new int[2048]))
                .withMessage(
                    "the logits of 2,048 tokens over a vocabulary of 1,048,576: 2,048 x 1,048,576 elements are more than an array has, 2,147,483,647; append fewer tokens at a time, or go on from a prompt with generate(), which makes the last token's alone");
            assertThat(model.length()).isZero();
            int[] prompt = new Random(3).ints(2048, 0, wide.vocabulary()).toArray();
            int[] next = model.generate(prompt, 2);
            assertThat(model.length()).isEqualTo(2049);
            model.truncate(2047);
            assertThat(model.generate(new int[] {prompt[2047]}, 2)).isEqualTo(next);
          }
        });
  }

  @Test
  void weightsOfAnotherShapeAndCachesThatNoArrayHoldsAreRefusedBeforeAnythingIsUploaded() {
    with(
        "java:flash",
        (session, kernel) -> {
          BiConsumer<DecoderShape, String> refused =
              (shape, message) ->
                  assertThatIllegalArgumentException()
                      .isThrownBy(() ->
                          new DecoderModel(
                                  session,
                                  kernel,
                                  shape,
                                  WEIGHTS,
                                  new Mode(CacheForm.CONTIGUOUS, false))
                              .close())
                      .withMessageContaining(message);
          refused.accept(
              new DecoderShape(4, 128, 8, 2, 320, 97, 48),
              "12,416 elements of word vectors and 3 blocks, where the shape has 97 x 128 and 4");
          refused.accept(new DecoderShape(3, 128, 8, 2, 320, 98, 48), "98 x 128 and 3");
          refused.accept(
              new DecoderShape(3, 128, 8, 4, 320, 97, 48),
              "block 0, projections: 128 x 192 of 24,576 weights and 192 biases, where the shape has 128 x 256");
          refused.accept(
              new DecoderShape(3, 128, 8, 2, 321, 97, 48), "block 0, widening: 128 x 320");
          refused.accept(
              new DecoderShape(3, 128, 8, 2, 320, 97, 1 << 28),
              "cached keys of 3 layers and a context of 268,435,456: 805,306,368 x 32 elements are more than an array has, 2,147,483,647; choose a shorter context, or the cache on pages");
        });
  }

  @Test
  void theJvmHasNoPagesAndSaysSo() {
    with(
        "java:flash",
        (session, kernel) ->
            assertThatThrownBy(() ->
                    new DecoderModel(
                            session, kernel, SHAPE, WEIGHTS, new Mode(CacheForm.PAGED, false))
                        .close())
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessageContaining("keeps no cache of 9 pages of 16 rows, H2 D16 f32"));
  }
}
