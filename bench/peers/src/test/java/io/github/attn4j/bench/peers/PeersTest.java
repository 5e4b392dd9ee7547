package io.github.attn4j.bench.peers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.attn4j.bench.peer.FoldedPeer;
import io.github.attn4j.bench.peer.Peer;
import io.github.attn4j.bench.peer.PeerId;
import io.github.attn4j.bench.peer.PreparedPeer;
import io.github.attn4j.core.check.Comparison;
import io.github.attn4j.core.check.Expected;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.input.InputFamily;
import io.github.attn4j.core.kernel.Support;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.Mask;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Every rival computes what the oracle says, from the bits that it is given. */
class PeersTest {
  private static final int THREADS = 2;

  private static final AttentionSpec GROUPED =
      AttentionSpec.builder().batch(2).heads(6, 2).lengths(3, 70).dims(32, 32).build();

  private static Peer load(PeerId id) throws Exception {
    Peer peer =
        Class.forName(id.className()).asSubclass(Peer.class).getDeclaredConstructor().newInstance();
    return id.folded() ? new FoldedPeer(peer) : peer;
  }

  static Stream<Arguments> problems() {
    AttentionSpec plain =
        AttentionSpec.builder().batch(2).heads(3).lengths(65, 65).dims(64, 64).build();
    AttentionSpec decoding =
        AttentionSpec.builder().heads(8, 2).lengths(1, 333).dims(128, 128).build();
    List<AttentionSpec> specs =
        List.of(
            plain,
            plain.toBuilder().mask(Mask.causal()).build(),
            plain.toBuilder().scale(0.3f).build(),
            AttentionSpec.builder().heads(2).lengths(40, 90).dims(16, 48).build(),
            GROUPED,
            decoding,
            decoding.toBuilder().mask(Mask.causal()).build(),
            AttentionSpec.builder()
                .heads(4, 2)
                .lengths(33, 33)
                .dims(32, 32)
                .mask(Mask.causal())
                .build());
    return specs.stream()
        .flatMap(
            spec -> Stream.of(PeerId.values()).map(id -> Arguments.of(id, spec.label(), spec)));
  }

  @ParameterizedTest(name = "{0} over {1}")
  @MethodSource("problems")
  void a_supported_problem_is_computed_within_the_budget_of_our_own_kernels(
      PeerId id, String label, AttentionSpec spec) throws Exception {
    Peer peer = load(id);
    boolean grouped = spec.queryHeads() != spec.kvHeads();
    boolean causal =
        spec.visiblePairs()
            < (long) spec.batch() * spec.queryHeads() * spec.queryLength() * spec.kvLength();
    boolean supported =
        switch (id) {
          case TORCH, ONNXRUNTIME_ATTENTION -> true;
          case TORCH_FOLDED, ONNXRUNTIME_ATTENTION_FOLDED -> grouped && !causal;
          case ONNXRUNTIME -> !grouped;
        };
    assertThat(peer.supports(spec) instanceof Support.Yes).as(label).isEqualTo(supported);
    if (!supported) {
      return;
    }
    AttentionInputs inputs = AttentionInputs.generate(spec, InputFamily.NORMAL, 3);
    try (PreparedPeer prepared = peer.prepare(inputs, THREADS)) {
      assertThat(prepared.run()).isPositive();
      assertPasses(inputs, prepared.read());

      // Another query, the last row's: only that row may change, and it must.
      int from = inputs.q().length - spec.headDim();
      for (int d = 0; d < spec.headDim(); d++) {
        inputs.q()[from + d] = 0.75f * inputs.q()[d];
      }
      prepared.refreshQueries(from, spec.headDim());
      prepared.clearOutput();
      prepared.run();
      assertPasses(inputs, prepared.read());
      assertThat(prepared.method()).contains("output");
    }
  }

  private static void assertPasses(AttentionInputs inputs, float[] o) {
    Comparison comparison = Expected.of(inputs).compareOutput(o);
    assertThat(comparison.passed()).as("%s", comparison.worst()).isTrue();
  }

  @ParameterizedTest
  @EnumSource(
      value = PeerId.class,
      names = {"TORCH", "ONNXRUNTIME_ATTENTION"})
  void a_cleared_output_is_none(PeerId id) throws Exception {
    AttentionInputs inputs = AttentionInputs.generate(GROUPED, InputFamily.NORMAL, 1);
    try (PreparedPeer prepared = load(id).prepare(inputs, THREADS)) {
      prepared.run();
      prepared.clearOutput();
      if (id == PeerId.TORCH) {
        assertThatThrownBy(prepared::read).isInstanceOf(IllegalStateException.class);
      } else {
        assertThat(prepared.read()).containsOnly(Float.NaN);
      }
    }
  }

  @Test
  void libtorch_takes_its_fused_path_and_threads_of_openmp_sleep() throws Exception {
    AttentionSpec spec = AttentionSpec.builder().heads(2).lengths(64, 64).dims(64, 64).build();
    AttentionInputs inputs = AttentionInputs.generate(spec, InputFamily.NORMAL, 1);
    try (PreparedPeer prepared = load(PeerId.TORCH).prepare(inputs, THREADS)) {
      assertThat(prepared.method()).contains("flash path");
    }
    assertThat(OpenMp.waitPolicy()).isEqualTo("passive");
  }
}
