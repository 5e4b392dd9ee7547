package io.github.attn4j.model.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.github.attn4j.core.kernel.BackendException;
import io.github.attn4j.core.kernel.Session;
import io.github.attn4j.core.layer.Activation;
import io.github.attn4j.core.layer.DeviceIndices;
import io.github.attn4j.core.layer.DeviceTensor;
import io.github.attn4j.core.layer.Layers;
import io.github.attn4j.core.layer.MatMulWeights;
import io.github.attn4j.model.decoder.DecoderModel.Mode;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What a decoder holds is given back where something fails on the way, and no token is lost. */
class DecoderFailureTest {
  private static final DecoderShape SHAPE = new DecoderShape(2, 32, 4, 2, 64, 11, 24);
  private static final DecoderWeights WEIGHTS = DecoderWeights.draw(SHAPE, 3);
  private static final Mode MODE = new Mode(CacheForm.CONTIGUOUS, false);
  private static final Set<String> ALLOCATIONS =
      Set.of("allocate", "allocateIndices", "upload", "weights");

  /** A session of which the n-th call of some methods fails. */
  private static final class Failing {
    final List<Object> handedOut = new ArrayList<>();
    private final Session session;
    private final Set<String> methods;
    private int left;

    Failing(Session session, Set<String> methods, int left) {
      this.session = session;
      this.methods = methods;
      this.left = left;
    }

    Session session() {
      Layers layers = failing(Layers.class, session.layers(), null);
      return failing(Session.class, session, layers);
    }

    private <T> T failing(Class<T> type, T real, @Nullable Layers layers) {
      Object proxy =
          Proxy.newProxyInstance(
              type.getClassLoader(),
              new Class<?>[] {type},
              (self, method, arguments) -> {
                if (layers != null && method.getName().equals("layers")) {
                  return layers;
                }
                if (methods.contains(method.getName()) && --left == 0) {
                  throw new BackendException.OutOfMemory("planted", 2, 1);
                }
                try {
                  Object result = method.invoke(real, arguments);
                  if (ALLOCATIONS.contains(method.getName())) {
                    handedOut.add(result);
                  }
                  return result;
                } catch (InvocationTargetException e) {
                  throw e.getCause();
                }
              });
      return type.cast(proxy);
    }
  }

  /** Whatever it is, it refuses to be used. */
  private static void requireClosed(Layers layers, Object resource) {
    switch (resource) {
      case DeviceTensor tensor ->
          assertThatIllegalStateException().as(tensor.name()).isThrownBy(() -> tensor.read(1));
      case DeviceIndices indices ->
          assertThatIllegalStateException().isThrownBy(() -> indices.write(new int[] {0}));
      case MatMulWeights weights -> {
        try (DeviceTensor x = layers.allocate("x", weights.inputs());
            DeviceTensor y = layers.allocate("y", weights.outputs())) {
          assertThatIllegalStateException()
              .isThrownBy(() -> layers.matMul(x, 1, weights, Activation.NONE, y));
        }
      }
      default -> throw new AssertionError(resource);
    }
  }

  @Test
  void whateverDoesNotFitWhatDidIsGivenBack() {
    DecoderModelTest.with(
        "java:flash",
        (session, kernel) -> {
          int allocations = 0;
          for (boolean failed = true; failed; ) {
            Failing failing = new Failing(session, ALLOCATIONS, ++allocations);
            try (DecoderModel model =
                new DecoderModel(failing.session(), kernel, SHAPE, WEIGHTS, MODE)) {
              model.append(1, 2, 3);
              failed = false;
            } catch (BackendException.OutOfMemory expected) {
              assertThat(expected).hasMessageContaining("planted");
            }
            failing.handedOut.forEach(one -> requireClosed(session.layers(), one));
          }
          // Words, angles, 2 of the last norm, 8 of each layer, keys, values, 6 activations, ids,
          // positions, logits.
          assertThat(allocations - 1).isEqualTo(4 + 2 * 8 + 2 + 6 + 3);
        });
  }

  @Test
  void aStepThatFailsInAnyLayerLeavesTheSequenceAsItWas() {
    DecoderModelTest.with(
        "java:flash",
        (session, kernel) -> {
          float[] expected;
          try (DecoderModel model = new DecoderModel(session, kernel, SHAPE, WEIGHTS, MODE)) {
            model.append(1, 2, 3);
            expected = model.append(4, 5);
          }
          for (int launch = 3; launch <= 4; launch++) { // the first two took the prompt
            Failing failing = new Failing(session, Set.of("prepare"), launch);
            try (DecoderModel model =
                new DecoderModel(failing.session(), kernel, SHAPE, WEIGHTS, MODE)) {
              model.append(1, 2, 3);
              assertThatExceptionOfType(BackendException.OutOfMemory.class)
                  .isThrownBy(() -> model.append(9, 9));
              assertThat(model.length()).isEqualTo(3);
              assertThat(model.append(4, 5)).isEqualTo(expected);
            }
          }
        });
  }

  /** Pages that the failed step took are free again. */
  @Test
  @Tag("full")
  void aStepThatFailsLeavesTheCacheOfPagesAsItWas() {
    DecoderModelTest.with(
        "opencl:flash_split_kv",
        (session, kernel) -> {
          Mode paged = new Mode(CacheForm.PAGED, true);
          Failing failing = new Failing(session, Set.of("prepare"), 4);
          try (DecoderModel model =
                  new DecoderModel(failing.session(), kernel, SHAPE, WEIGHTS, paged);
              DecoderModel whole = new DecoderModel(session, kernel, SHAPE, WEIGHTS, paged)) {
            model.append(1, 2, 3);
            whole.append(1, 2, 3);
            assertThatExceptionOfType(BackendException.OutOfMemory.class)
                .isThrownBy(() -> model.append(new int[20]));
            assertThat(model.append(4, 5)).isEqualTo(whole.append(4, 5));
            assertThat(model.append(new int[19])).hasSize(19 * 11);
          }
        });
  }
}
