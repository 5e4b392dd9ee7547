package io.github.attn4j.jvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.input.InputFamily;
import io.github.attn4j.core.kernel.PreparedKernel;
import io.github.attn4j.core.kernel.Session;
import io.github.attn4j.core.kernel.StagedInputs;
import io.github.attn4j.core.layer.AttentionTensors;
import io.github.attn4j.core.layer.DeviceTensor;
import io.github.attn4j.core.layer.LayerCase;
import io.github.attn4j.core.layer.LayerComparison;
import io.github.attn4j.core.layer.LayerGrid;
import io.github.attn4j.core.layer.Layers;
import io.github.attn4j.core.result.AttentionOutput;
import io.github.attn4j.core.spec.AttentionSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Every layer of the JVM against its oracle, and attention on tensors of layers. */
class JavaLayersTest {
  private static Session open() {
    JavaBackend backend = new JavaBackend();
    return backend.open(backend.devices().getFirst());
  }

  @Test
  void everyCaseOfTheGridIsWithinItsBudget() {
    List<String> failures = new ArrayList<>();
    try (Session session = open()) {
      for (LayerCase one : LayerGrid.cases()) {
        LayerComparison comparison = one.check(session.layers());
        if (!comparison.passed()) {
          failures.add("%s: %s".formatted(one, comparison));
        }
      }
    }
    assertThat(failures).isEmpty();
  }

  @Test
  void everyOperationOfTheGridHasItsConstant() {
    assertThat(Stream.of(JavaLayer.values()).map(JavaLayer::id))
        .containsExactlyInAnyOrderElementsOf(
            LayerGrid.cases().stream().map(LayerCase::operation).collect(Collectors.toSet()));
  }

  @Test
  void attentionReadsAndWritesTensorsInPlace() {
    AttentionSpec spec =
        AttentionSpec.builder()
            .batch(2)
            .heads(3)
            .length(29)
            .dim(16)
            .keyLengths(List.of(29, 7))
            .bshd()
            .build();
    AttentionInputs inputs = AttentionInputs.generate(spec, InputFamily.NORMAL, 5);
    try (Session session = open()) {
      AttentionOutput expected = AttentionOutput.allocate(spec);
      try (StagedInputs staged = session.stage(inputs);
          PreparedKernel kernel = session.prepare(JavaKernel.FLASH, staged)) {
        kernel.run(expected);
      }
      Layers layers = session.layers();
      DeviceTensor v = layers.upload("V", inputs.v());
      try (DeviceTensor q = layers.upload("Q", inputs.q());
          DeviceTensor k = layers.upload("K", inputs.k());
          DeviceTensor o = layers.allocate("O", spec.outputElements() + 3);
          StagedInputs staged = session.stage(spec, new AttentionTensors(q, k, v, o));
          PreparedKernel kernel = session.prepare(JavaKernel.FLASH, staged)) {
        kernel.run();
        assertThat(o.read(spec.outputElements())).isEqualTo(expected.o());
        assertThat(kernel.read().o()).isEqualTo(expected.o());
        assertThat(kernel.read().lse()).isEqualTo(expected.lse());
        // What is written to a tensor is what the next run reads.
        q.write(0, new float[inputs.q().length]);
        kernel.run();
        assertThat(o.read(spec.outputElements())).isNotEqualTo(expected.o());
        v.close();
        assertThatThrownBy(kernel::run)
            .isInstanceOf(IllegalStateException.class)
            .hasMessage("'V' is closed");
      }
    }
  }

  @Test
  void tensorsOfAnotherSessionAreRefused() {
    try (Session session = open();
        Session other = open()) {
      DeviceTensor foreign = other.layers().allocate("foreign", 64);
      DeviceTensor own = session.layers().allocate("own", 64);
      DeviceTensor o = session.layers().allocate("O", 64);
      AttentionSpec spec = AttentionSpec.builder().length(4).dim(8).build();
      assertThatThrownBy(() -> session.stage(spec, new AttentionTensors(own, foreign, own, o)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("'foreign', given as K, belongs to another session");
    }
  }
}
