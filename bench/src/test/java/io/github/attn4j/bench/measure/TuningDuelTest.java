package io.github.attn4j.bench.measure;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.input.InputFamily;
import io.github.attn4j.core.kernel.PreparedKernel;
import io.github.attn4j.core.kernel.Session;
import io.github.attn4j.core.kernel.StagedInputs;
import io.github.attn4j.core.kernel.Tuning;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.jvm.JavaBackend;
import io.github.attn4j.jvm.JavaKernel;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TuningDuelTest {
  private static final AttentionSpec SPEC = AttentionSpec.builder().length(40).dim(8).build();

  /** The rounds' launches in their order, and what a stopwatch that is asked for them says. */
  private final List<PreparedKernel> launched = new ArrayList<>();

  private TuningDuel.Result duel(long... nanos) throws TuningDuel.Wrong {
    JavaBackend backend = new JavaBackend();
    try (Session session = backend.open(backend.devices().getFirst());
        TuningDuel duel =
            new TuningDuel(
                session,
                JavaKernel.FLASH,
                Tuning.NONE,
                rotation -> AttentionInputs.generate(SPEC, InputFamily.NORMAL, rotation),
                1,
                kernel -> {
                  kernel.run();
                  launched.add(kernel);
                  return nanos[(launched.size() - 1) % nanos.length];
                })) {
      return duel.against(Tuning.NONE, 0);
    }
  }

  @Test
  void theSpeedupIsTheMedianOfRoundsOfBothOnTheSameData() throws TuningDuel.Wrong {
    // Whoever goes first takes 3, the second 6: orders alternate, so neither is ahead by it.
    TuningDuel.Result result = duel(3, 6);
    assertThat(result.rounds()).isEqualTo(8);
    assertThat(launched).hasSize(16);
    assertThat(result.low()).isEqualTo(0.5);
    assertThat(result.high()).isEqualTo(2);
    assertThat(result.speedup()).isEqualTo(1.25);
    assertThat(result.nanos()).isEqualTo(result.referenceNanos()).isEqualTo(4.5);
  }

  @Test
  void aWallClockRunsFromTheCallToItsReturn() {
    JavaBackend backend = new JavaBackend();
    try (Session session = backend.open(backend.devices().getFirst());
        StagedInputs staged = session.stage(AttentionInputs.generate(SPEC, InputFamily.NORMAL, 1));
        PreparedKernel kernel = session.prepare(JavaKernel.FLASH, staged, Tuning.NONE)) {
      long before = System.nanoTime();
      long nanos = TuningDuel.Stopwatch.WALL.launch(kernel);
      assertThat(nanos).isBetween(1L, System.nanoTime() - before);
      assertThat(kernel.read().o()).doesNotContain(Float.NaN);
    }
  }
}
