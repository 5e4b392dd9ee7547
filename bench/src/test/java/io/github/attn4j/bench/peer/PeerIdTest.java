package io.github.attn4j.bench.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.ElementType;
import java.util.List;
import org.junit.jupiter.api.Test;

class PeerIdTest {
  @Test
  void names_stand_for_themselves_and_a_star_for_anything() {
    assertThat(PeerId.named(List.of("torch"))).containsExactly(PeerId.TORCH);
    assertThat(PeerId.named(List.of("onnxruntime-attention", " torch* ", "torch")))
        .containsExactly(PeerId.ONNXRUNTIME_ATTENTION, PeerId.TORCH, PeerId.TORCH_FOLDED);
    assertThat(PeerId.named(List.of("torch-via*")))
        .containsExactly(PeerId.TORCH_VIA_F32, PeerId.TORCH_VIA_F32_FOLDED);
    assertThat(PeerId.named(List.of("torch*", "torch-via-f32")))
        .containsExactly(PeerId.TORCH, PeerId.TORCH_FOLDED, PeerId.TORCH_VIA_F32);
    assertThat(PeerId.named(List.of("*")))
        .containsExactly(
            PeerId.TORCH,
            PeerId.TORCH_FOLDED,
            PeerId.ONNXRUNTIME,
            PeerId.ONNXRUNTIME_ATTENTION,
            PeerId.ONNXRUNTIME_ATTENTION_FOLDED);
  }

  @Test
  void an_unknown_name_is_answered_with_all_there_are() {
    assertThatThrownBy(() -> PeerId.named(List.of("tensorflow")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "no peer 'tensorflow'; there are torch, torch-folded, torch-via-f32, torch-via-f32-folded, onnxruntime, onnxruntime-attention, onnxruntime-attention-folded");
  }

  @Test
  void over_half_precision_libtorch_brings_its_form_by_way_of_float32_along() {
    AttentionSpec whole = AttentionSpec.builder().heads(4, 2).lengths(1, 9).dim(16).build();
    for (ElementType type : List.of(ElementType.F16, ElementType.BF16)) {
      AttentionSpec half = whole.toBuilder().storage(type).build();
      assertThat(PeerId.TORCH.formsFor(half)).containsExactly(PeerId.TORCH, PeerId.TORCH_VIA_F32);
      assertThat(PeerId.TORCH_FOLDED.formsFor(half))
          .containsExactly(PeerId.TORCH_FOLDED, PeerId.TORCH_VIA_F32_FOLDED);
      assertThat(PeerId.ONNXRUNTIME.formsFor(half)).containsExactly(PeerId.ONNXRUNTIME);
    }
    for (PeerId id : PeerId.values()) {
      assertThat(id.formsFor(whole)).containsExactly(id);
    }
  }
}
