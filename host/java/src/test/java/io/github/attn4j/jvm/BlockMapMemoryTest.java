package io.github.attn4j.jvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.attn4j.core.expression.MaskExpression;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.input.InputFamily;
import io.github.attn4j.core.kernel.BackendException;
import io.github.attn4j.core.kernel.Session;
import io.github.attn4j.core.kernel.StagedInputs;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.Mask;
import org.junit.jupiter.api.Test;

/** What building a block map costs, and what happens where it does not fit. */
class BlockMapMemoryTest {
  private static final AttentionSpec SPEC =
      AttentionSpec.builder()
          .lengths(8192, 8192)
          .dim(1)
          .mask(Mask.expression(MaskExpression.parse("k % 7 != p % 5")))
          .build();

  @Test
  void aMapThatDoesNotFitIsAnOutcomeOfTheDevice() {
    assertThatThrownBy(() ->
            JavaStagedInputs.built(
                SPEC,
                () -> {
                  throw new OutOfMemoryError("Java heap space");
                }))
        .isInstanceOfSatisfying(
            BackendException.OutOfMemory.class,
            e -> assertThat(e.neededBytes()).isEqualTo(4 * (129 + 2 * 128 * 128)))
        .hasMessageContaining("block map")
        .hasMessageContaining("-Xmx");
  }

  @Test
  void aMapsTimeIsItsOwnAndNoUpload() {
    JavaBackend backend = new JavaBackend();
    try (Session session = backend.open(backend.devices().getFirst());
        StagedInputs staged =
            session.stage(AttentionInputs.generate(SPEC, InputFamily.NORMAL, 1))) {
      // 16,384 blocks, each enumerated, against two arrays of 8192 floats.
      assertThat(staged.uploadNanos()).isLessThan(staged.blockMap().orElseThrow().buildNanos());
    }
  }
}
