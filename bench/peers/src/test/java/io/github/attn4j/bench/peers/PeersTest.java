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
import io.github.attn4j.core.spec.ElementType;
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
    List<AttentionSpec> whole =
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
    List<AttentionSpec> half =
        Stream.of(plain, plain.toBuilder().mask(Mask.causal()).build(), GROUPED, decoding)
            .flatMap(spec ->
                Stream.of(ElementType.F16, ElementType.BF16)
                    .map(type -> spec.toBuilder().storage(type).build()))
            .toList();
    return Stream.concat(whole.stream(), half.stream())
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
    boolean half = spec.queryType() != ElementType.F32;
    boolean bf16 = spec.queryType() == ElementType.BF16;
    boolean supported =
        switch (id) {
          case TORCH -> true;
          case TORCH_FOLDED -> grouped && !causal;
          case TORCH_VIA_F32 -> half;
          case TORCH_VIA_F32_FOLDED -> half && grouped && !causal;
          case ONNXRUNTIME -> !bf16 && !grouped;
          case ONNXRUNTIME_ATTENTION -> !bf16;
          case ONNXRUNTIME_ATTENTION_FOLDED -> !bf16 && grouped && !causal;
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
      if (half) {
        assertThat(prepared.method()).contains(spec.queryType().label());
      }
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
  void queries_and_keys_of_several_types_are_refused_and_so_is_bf16_by_onnx_runtime()
      throws Exception {
    AttentionSpec half = GROUPED.toBuilder().storage(ElementType.F16).build();
    for (PeerId id : PeerId.values()) {
      Peer peer = load(id);
      for (ElementType type : List.of(ElementType.BF16, ElementType.I8, ElementType.F8E4M3)) {
        assertThat(peer.supports(half.toBuilder().keyValueType(type).build()))
            .as("%s, %s", id, type)
            .isInstanceOf(Support.No.class);
      }
    }
    AttentionSpec bf16 = GROUPED.toBuilder().storage(ElementType.BF16).build();
    for (PeerId id : List.of(PeerId.ONNXRUNTIME_ATTENTION, PeerId.ONNXRUNTIME_ATTENTION_FOLDED)) {
      assertThat(load(id).supports(bf16))
          .isEqualTo(Support.no("takes queries of f32, f16, not of bf16"));
    }
    assertThat(load(PeerId.TORCH_VIA_F32).supports(GROUPED))
        .isEqualTo(
            Support.no("has nothing to convert: queries are f32 already, which torch is for"));
  }

  /** What it says of its time holds only if every call converts: changed keys have to arrive. */
  @Test
  void by_way_of_float32_each_call_converts_and_says_so() throws Exception {
    AttentionSpec spec = GROUPED.toBuilder().storage(ElementType.BF16).build();
    AttentionInputs inputs = AttentionInputs.generate(spec, InputFamily.NORMAL, 1);
    try (PreparedPeer direct = load(PeerId.TORCH).prepare(inputs, THREADS);
        PreparedPeer converting = load(PeerId.TORCH_VIA_F32).prepare(inputs, THREADS)) {
      assertThat(direct.method()).contains("in bf16").doesNotContain("convert");
      assertThat(converting.method()).contains("converted to f32", "back to bf16", "timed");
    }
    float[] others = AttentionInputs.generate(spec, InputFamily.NORMAL, 2).k();
    AttentionInputs withOthers =
        new AttentionInputs(spec, "other keys", inputs.q(), others, inputs.v());
    try (TorchCall call = new TorchCall(inputs, true);
        TorchCall fresh = new TorchCall(withOthers, true)) {
      call.run();
      float[] before = call.read();
      call.keys().write(others, 0, others.length);
      call.run();
      fresh.run();
      assertThat(call.read()).isEqualTo(fresh.read()).isNotEqualTo(before);
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
