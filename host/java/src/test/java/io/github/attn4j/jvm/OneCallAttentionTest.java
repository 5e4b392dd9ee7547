package io.github.attn4j.jvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.attn4j.core.check.Expected;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.input.InputFamily;
import io.github.attn4j.core.kernel.Session;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.Mask;
import org.junit.jupiter.api.Test;

/** {@code session.attention(spec, q, k, v)}, for callers that name no kernel. */
class OneCallAttentionTest {
  private final AttentionSpec spec =
      AttentionSpec.builder().heads(4, 2).length(70).dim(16).mask(Mask.causal()).build();
  private final AttentionInputs inputs = AttentionInputs.generate(spec, InputFamily.NORMAL, 2);

  @Test
  void itsResultIsRight() {
    try (Session session = new JavaBackend().open()) {
      assertThat(session.kernelFor(spec)).isEqualTo(JavaKernel.FLASH);
      assertThat(
              Expected.of(inputs)
                  .compare(session.attention(spec, inputs.q(), inputs.k(), inputs.v()))
                  .passed())
          .isTrue();
    }
  }

  @Test
  void whatNoKernelTakesIsRefusedWithEachOnesReason() {
    AttentionSpec fixed = spec.toBuilder().deterministic(true).build();
    try (Session session = new JavaBackend().open()) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> session.attention(fixed, inputs.q(), inputs.k(), inputs.v()))
          .withMessageContaining("no kernel computes " + fixed.label() + " on java:0")
          .withMessageContaining("java:flash: ");
    }
  }
}
