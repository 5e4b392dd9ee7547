package io.github.attn4j.opencl;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.core.expression.ScoreExpression;
import io.github.attn4j.core.kernel.Tuning;
import io.github.attn4j.core.run.Evaluation;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.RowPlacement;
import io.github.attn4j.core.spec.ScoreModifier;
import io.github.attn4j.core.tuning.ConformanceGate;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What stands between a fast candidate and a record. */
class ConformanceGateTest {
  private static final OpenClKernel KERNEL = OpenClKernel.FLASH_QUERY_LANES;
  private static final AttentionSpec SPEC = AttentionSpec.builder().heads(8).length(512).build();

  /**
   * With this tuning alone, every other tile of keys is left out: half the work, and no error that
   * a compiler or a driver could notice.
   */
  private static final String LOOP = "key_begin < end_key; key_begin += BLOCK_KV)";

  private static final String SHORTCUT =
      "key_begin < end_key; key_begin += (BLOCK_KV == 192 ? 2 : 1) * BLOCK_KV)";

  @Test
  void aFastCandidateThatLeavesTilesOutIsRefusedByTheCaseThatShowsIt() {
    try (OpenClSession session =
        TestDevices.openPreferred(PlantedSource.replacing(LOOP, SHORTCUT))) {
      TestDevices.assumeSupported(KERNEL, SPEC, session);
      Tuning shipped = KERNEL.defaultTuning(SPEC, session.device());
      ConformanceGate gate = new ConformanceGate(SPEC);
      assertThat(gate.refusal(session, KERNEL, shipped)).isEmpty();
      Optional<ConformanceGate.Refusal> refusal =
          gate.refusal(session, KERNEL, shipped.with("BLOCK_KV", 192));
      assertThat(refusal).isPresent();
      assertThat(refusal.get().wrong()).isTrue();
      assertThat(refusal.get().label())
          .startsWith("tails (B1 H4/2 S403x531 D64 full, normal): INCORRECT, ")
          .contains("worst: ");
    }
  }

  /** Items hold up to 384 queries: a shorter problem has no second one behind its mask. */
  @Test
  void whatChangesTheProgramOrTheItemsIsAsked() {
    assertThat(new ConformanceGate(SPEC).problems())
        .anySatisfy(spec -> {
          assertThat(spec.queryLength()).isGreaterThan(384);
          assertThat(spec.canonicalMask().right()).isZero();
        })
        .anySatisfy(spec -> assertThat(spec.q().offset()).isPositive())
        .anySatisfy(spec -> assertThat(spec.q().rowStride()).isEqualTo(4L * spec.headDim()))
        .anySatisfy(spec -> assertThat(spec.queryOffsets()).contains(101))
        .anySatisfy(spec -> {
          assertThat(spec.queryPlacement()).isInstanceOf(RowPlacement.Packed.class);
          assertThat(spec.keyPlacement()).isInstanceOf(RowPlacement.Packed.class);
          assertThat(spec.queryLengths()).contains(0, 1);
        })
        .noneSatisfy(
            spec -> assertThat(spec.scoreModifier()).isInstanceOf(ScoreModifier.Expression.class));
    AttentionSpec modified =
        SPEC.toBuilder()
            .scoreModifier(ScoreModifier.expression(ScoreExpression.parse("s - slope(h)")))
            .build();
    assertThat(new ConformanceGate(modified).problems())
        .anySatisfy(
            spec -> assertThat(spec.scoreModifier()).isInstanceOf(ScoreModifier.Expression.class));
  }

  @Test
  void whatDoesNotBuildIsRefusedAndNotCalledWrong() {
    try (OpenClSession session =
        TestDevices.openPreferred(
            PlantedSource.replacing(
                "#define TILE_Q",
                "#if BLOCK_KV == 96\n#error too large\n#endif\n#define TILE_Q"))) {
      TestDevices.assumeSupported(KERNEL, SPEC, session);
      Tuning candidate = KERNEL.defaultTuning(SPEC, session.device()).with("BLOCK_KV", 96);
      ConformanceGate.Refusal refusal =
          new ConformanceGate(SPEC).refusal(session, KERNEL, candidate).orElseThrow();
      assertThat(refusal.wrong()).isFalse();
      assertThat(refusal.evaluation()).isInstanceOf(Evaluation.BuildFailed.class);
      assertThat(refusal.label()).contains("too large");
    }
  }
}
