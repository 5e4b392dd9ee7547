package io.github.attn4j.opencl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.input.InputFamily;
import io.github.attn4j.core.kernel.PreparedKernel;
import io.github.attn4j.core.kernel.StagedInputs;
import io.github.attn4j.core.layer.Activation;
import io.github.attn4j.core.layer.AttentionTensors;
import io.github.attn4j.core.layer.DeviceIndices;
import io.github.attn4j.core.layer.DeviceTensor;
import io.github.attn4j.core.layer.EmbeddingTables;
import io.github.attn4j.core.layer.LayerCase;
import io.github.attn4j.core.layer.LayerComparison;
import io.github.attn4j.core.layer.LayerGrid;
import io.github.attn4j.core.layer.Layers;
import io.github.attn4j.core.layer.MatMulWeights;
import io.github.attn4j.core.result.AttentionOutput;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.ElementType;
import io.github.attn4j.core.spec.Layout;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Every layer against its oracle, and attention on tensors of layers. */
class LayersTest {
  @Test
  void everyCaseOfTheGridIsWithinItsBudget() {
    List<String> failures = new ArrayList<>();
    try (OpenClSession session = TestDevices.openPreferred()) {
      Layers layers = session.layers();
      for (LayerCase one : LayerGrid.cases()) {
        LayerComparison comparison = one.check(layers);
        if (!comparison.passed()) {
          failures.add("%s: %s".formatted(one, comparison));
        }
      }
    }
    assertThat(failures).isEmpty();
  }

  /** Q, K and V side by side in one tensor, as one projection leaves them; lengths are ragged. */
  @Test
  void attentionReadsAndWritesTensorsWhereTheLayoutsSay() {
    int heads = 2;
    int length = 37;
    int dim = 8;
    int width = heads * dim;
    AttentionSpec spec =
        AttentionSpec.builder()
            .batch(2)
            .heads(heads)
            .length(length)
            .dim(dim)
            .keyLengths(List.of(37, 20))
            .layouts(
                part(0, width, length, dim),
                part(1, width, length, dim),
                part(2, width, length, dim),
                Layout.bshd(heads, length, dim))
            .build();
    try (OpenClSession session = TestDevices.openPreferred()) {
      AttentionInputs apart =
          AttentionInputs.generate(spec.toBuilder().contiguous().build(), InputFamily.NORMAL, 3);
      AttentionInputs strided = apart.rearranged(spec);
      float[] all = new float[2 * length * 3 * width];
      for (int i = 0; i < all.length; i++) {
        int column = i % (3 * width);
        float[] from =
            column < width ? strided.q() : column < 2 * width ? strided.k() : strided.v();
        all[i] = from[i];
      }
      for (OpenClKernel kernel : List.of(OpenClKernel.FLASH_QUERY_LANES, OpenClKernel.NAIVE)) {
        AttentionOutput expected;
        try (StagedInputs staged = session.stage(strided);
            PreparedKernel prepared = session.prepare(kernel, staged)) {
          expected = AttentionOutput.allocate(spec);
          prepared.run(expected);
        }
        Layers layers = session.layers();
        try (DeviceTensor projected = layers.upload("Q, K and V", all);
            DeviceTensor o = layers.allocate("O", spec.outputElements() + 5);
            StagedInputs staged =
                session.stage(spec, new AttentionTensors(projected, projected, projected, o));
            PreparedKernel prepared = session.prepare(kernel, staged)) {
          prepared.run();
          float[] written = o.read(o.elements());
          for (int i = 0; i < expected.o().length; i++) {
            assertThat(written[i]).isEqualTo(expected.o()[i]);
          }
          assertThat(written[expected.o().length]).isNaN();
          assertThat(prepared.read().o()).isEqualTo(expected.o());
          assertThat(prepared.read().lse()).isEqualTo(expected.lse());
          assertThat(staged.inputs().q()).startsWith(all[0], all[1]);
          assertThatThrownBy(() -> staged.refreshQueries(0, 1)).hasMessageContaining("write to");
        }
      }
    }
  }

  private static Layout part(int number, int width, int length, int dim) {
    return new Layout((long) number * width, 3L * width * length, dim, 3L * width);
  }

  @Test
  void whatIsTooSmallOrOfAnotherSessionOrPastItsTableIsRefused() {
    try (OpenClSession session = TestDevices.openPreferred();
        OpenClSession other = TestDevices.openPreferred()) {
      Layers layers = session.layers();
      DeviceTensor small = layers.allocate("small", 10);
      DeviceTensor large = layers.allocate("large", 1000);
      DeviceTensor foreign = other.layers().allocate("foreign", 1000);
      MatMulWeights weights = layers.weights("W", 4, 5, new float[20], new float[5]);
      assertThatThrownBy(() -> layers.matMul(small, 3, weights, Activation.NONE, large))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("'small' has 10 elements, and 3 rows need 12");
      assertThatThrownBy(() -> layers.matMul(foreign, 3, weights, Activation.NONE, large))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("'foreign' belongs to another session");
      assertThatThrownBy(() -> layers.matMul(large, 3, weights, Activation.NONE, large))
          .hasMessageContaining("read and written at once");
      DeviceIndices indices = layers.allocateIndices("ids", 2);
      indices.write(new int[] {0, 100});
      EmbeddingTables tables = new EmbeddingTables(10, large, null, null);
      assertThatThrownBy(() -> layers.embed(tables, indices, null, null, 1, small))
          .hasMessage("row 100 of 'large' is asked for, which has 100");
      assertThatThrownBy(() -> indices.write(new int[] {-1})).hasMessageContaining("-1");
      AttentionSpec spec = AttentionSpec.builder().length(4).dim(8).build();
      assertThatThrownBy(
              () -> session.stage(spec, new AttentionTensors(large, large, large, small)))
          .hasMessage("'small' has 10 elements, and the layout of O reaches to element 32");
      AttentionSpec halves = spec.toBuilder().storage(ElementType.F16).build();
      DeviceTensor o = layers.allocate("O", 1000);
      assertThatThrownBy(() -> session.stage(halves, new AttentionTensors(large, large, large, o)))
          .hasMessageContaining("float32");
      assertThatThrownBy(() -> new AttentionTensors(large, large, large, large))
          .hasMessageContaining("a tensor of its own");
      small.close();
      assertThatThrownBy(() -> small.read(1))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("'small' is closed");
    }
  }

  @Test
  void closingTheSessionFreesWhatTheLayersHeld() {
    OpenClSession session = TestDevices.openPreferred();
    Layers layers = session.layers();
    DeviceTensor tensor = layers.upload("x", new float[] {1, 2, 3});
    assertThat(session.allocatedBytes()).isPositive();
    session.close();
    assertThat(session.allocatedBytes()).isZero();
    assertThat(session.openResources()).isZero();
    assertThatThrownBy(() -> tensor.read(1)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> layers.allocate("y", 1)).hasMessageContaining("is closed");
  }
}
