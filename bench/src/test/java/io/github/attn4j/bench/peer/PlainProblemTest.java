package io.github.attn4j.bench.peer;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.core.check.Expected;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.input.InputFamily;
import io.github.attn4j.core.kernel.Support;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.ElementType;
import io.github.attn4j.core.spec.Mask;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PlainProblemTest {
  private static final AttentionSpec SQUARE =
      AttentionSpec.builder().batch(2).heads(4, 2).lengths(33, 33).dims(16, 16).build();

  private static String refusal(AttentionSpec spec) {
    return PlainProblem.support(spec) instanceof Support.No no ? no.reason() : "";
  }

  @Test
  void full_and_causal_squares_are_plain_and_so_is_decoding_behind_either() {
    AttentionSpec decoding = AttentionSpec.builder().heads(4, 2).lengths(1, 50).dim(16).build();
    assertThat(refusal(SQUARE)).isEmpty();
    assertThat(refusal(SQUARE.toBuilder().mask(Mask.causal()).build())).isEmpty();
    assertThat(refusal(decoding)).isEmpty();
    assertThat(refusal(decoding.toBuilder().mask(Mask.causal()).build())).isEmpty();
    assertThat(PlainProblem.hidesPairs(SQUARE.toBuilder().mask(Mask.causal()).build())).isTrue();
    assertThat(PlainProblem.hidesPairs(decoding.toBuilder().mask(Mask.causal()).build())).isFalse();
  }

  @Test
  void what_libraries_do_otherwise_is_refused_with_its_reason() {
    AttentionSpec chunk =
        AttentionSpec.builder().heads(2).lengths(5, 9).dim(16).mask(Mask.causal()).build();
    assertThat(refusal(chunk)).contains("top-left", "5 and 9");
    assertThat(refusal(SQUARE.toBuilder().mask(Mask.window(4, 0)).build())).contains("window(4,0)");
    assertThat(refusal(SQUARE.toBuilder().softCap(30).build())).contains("soft cap", "30");
    assertThat(refusal(SQUARE.toBuilder().bshd().build())).contains("contiguous");
    assertThat(refusal(SQUARE.toBuilder().keyLengths(List.of(33, 20)).build())).contains("20");
  }

  private static String refusalInAnyType(AttentionSpec spec) {
    return PlainProblem.support(spec, PlainProblem.UNSCALED_TYPES) instanceof Support.No no
        ? no.reason()
        : "";
  }

  @Test
  void half_precision_is_plain_for_those_who_have_it_if_all_tensors_are_of_one_type() {
    for (ElementType type : List.of(ElementType.F16, ElementType.BF16)) {
      AttentionSpec half = SQUARE.toBuilder().storage(type).build();
      assertThat(refusal(half)).contains("queries of f32", "not of " + type.label());
      assertThat(refusalInAnyType(half)).isEmpty();
      assertThat(refusalInAnyType(half.toBuilder().softCap(30).build())).contains("soft cap");
    }
    assertThat(refusalInAnyType(SQUARE)).isEmpty();
    AttentionSpec half = SQUARE.toBuilder().storage(ElementType.F16).build();
    assertThat(refusalInAnyType(half.toBuilder().keyValueType(ElementType.I8).build()))
        .contains("keys and values of f32, f16, bf16", "not of i8");
    assertThat(refusalInAnyType(half.toBuilder().keyValueType(ElementType.BF16).build()))
        .contains("one type", "queries of f16", "values of bf16");
    assertThat(refusal(SQUARE.toBuilder().keyValueType(ElementType.F16).build()))
        .contains("keys and values of f32", "not of f16");
  }

  @ParameterizedTest
  @EnumSource(
      value = ElementType.class,
      names = {"F32", "F16", "BF16"})
  void folding_grouped_heads_into_rows_computes_the_same(ElementType type) {
    AttentionSpec spec =
        AttentionSpec.builder()
            .batch(2)
            .heads(6, 2)
            .lengths(3, 40)
            .dims(16, 24)
            .storage(type)
            .build();
    FoldedPeer folded = new FoldedPeer(new FakePeer(FakePeer.Fault.NONE));
    assertThat(folded.supports(spec)).isInstanceOf(Support.Yes.class);
    AttentionInputs inputs = AttentionInputs.generate(spec, InputFamily.NORMAL, 7);
    try (PreparedPeer prepared = folded.prepare(inputs, 1)) {
      prepared.run();
      assertThat(Expected.of(inputs).compareOutput(prepared.read()).passed()).isTrue();
      assertThat(prepared.method()).contains("folded");

      for (int d = 0; d < spec.headDim(); d++) {
        inputs.q()[d] = -inputs.q()[d];
      }
      prepared.refreshQueries(0, spec.headDim());
      prepared.run();
      assertThat(Expected.of(inputs).compareOutput(prepared.read()).passed()).isTrue();
    }
  }

  @Test
  void folding_refuses_single_heads_and_causal_masks() {
    FoldedPeer folded = new FoldedPeer(new FakePeer(FakePeer.Fault.NONE));
    AttentionSpec single = AttentionSpec.builder().heads(2).lengths(3, 3).dim(16).build();
    assertThat(folded.supports(single)).isInstanceOf(Support.No.class);
    assertThat(folded.supports(SQUARE.toBuilder().mask(Mask.causal()).build()))
        .isInstanceOf(Support.No.class);
  }
}
