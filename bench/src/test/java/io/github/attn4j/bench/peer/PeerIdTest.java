package io.github.attn4j.bench.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class PeerIdTest {
  @Test
  void names_stand_for_themselves_and_a_star_for_anything() {
    assertThat(PeerId.named(List.of("torch"))).containsExactly(PeerId.TORCH);
    assertThat(PeerId.named(List.of("onnxruntime-attention", " torch* ", "torch")))
        .containsExactly(PeerId.ONNXRUNTIME_ATTENTION, PeerId.TORCH, PeerId.TORCH_FOLDED);
    assertThat(PeerId.named(List.of("*"))).containsExactly(PeerId.values());
  }

  @Test
  void an_unknown_name_is_answered_with_all_there_are() {
    assertThatThrownBy(() -> PeerId.named(List.of("tensorflow")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "no peer 'tensorflow'; there are torch, torch-folded, onnxruntime, onnxruntime-attention, onnxruntime-attention-folded");
  }
}
