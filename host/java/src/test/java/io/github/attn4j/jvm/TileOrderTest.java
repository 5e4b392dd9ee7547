package io.github.attn4j.jvm;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.input.InputFamily;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.Mask;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The order in which threads draw tiles. */
class TileOrderTest {
  private static final int HEADS = 3;

  private static FlashProblem problem(AttentionSpec spec, JavaSession session) {
    JavaStagedInputs staged =
        (JavaStagedInputs) session.stage(AttentionInputs.generate(spec, InputFamily.NORMAL, 1));
    return new FlashProblem(spec, staged.buffers());
  }

  private static JavaSession session() {
    JavaBackend backend = new JavaBackend();
    return (JavaSession) backend.open(backend.devices().getFirst());
  }

  @Test
  void a_heads_tiles_stay_together_and_its_longest_come_first() {
    AttentionSpec spec =
        AttentionSpec.builder()
            .heads(HEADS, HEADS)
            .length(5 * MicroKernels.WIDTH)
            .dim(16)
            .mask(Mask.causal())
            .build();
    try (JavaSession session = session()) {
      FlashProblem problem = problem(spec, session);
      int[] order = problem.tilesByLength();
      assertThat(Arrays.stream(order).map(problem::kvHeadOf))
          .containsExactlyElementsOf(
              IntStream.range(0, 5 * HEADS).map(i -> i / 5).boxed().toList());
      // Under a causal mask the last rows of a head see most.
      assertThat(Arrays.stream(order, 0, 5).map(problem::firstRowOf))
          .containsExactlyElementsOf(
              IntStream.of(4, 3, 2, 1, 0).map(i -> i * MicroKernels.WIDTH).boxed().toList());
    }
  }

  @Test
  void the_batch_with_the_longest_tile_comes_first_and_none_is_lost() {
    AttentionSpec spec =
        AttentionSpec.builder()
            .batch(3)
            .heads(2, 2)
            .lengths(2 * MicroKernels.WIDTH, 300)
            .dim(16)
            .keyLengths(List.of(70, 300, 10))
            .build();
    try (JavaSession session = session()) {
      FlashProblem problem = problem(spec, session);
      int[] order = problem.tilesByLength();
      assertThat(Arrays.stream(order).map(problem::batchOf))
          .containsExactly(1, 1, 1, 1, 0, 0, 0, 0, 2, 2, 2, 2);
      assertThat(Arrays.stream(order).sorted())
          .containsExactlyElementsOf(IntStream.range(0, 12).boxed().toList());
    }
  }

  @Test
  void sequencesHaveTheTilesOfTheirOwnQueries() {
    int width = MicroKernels.WIDTH;
    AttentionSpec spec =
        AttentionSpec.builder()
            .batch(4)
            .heads(2, 2)
            .lengths(3 * width, 300)
            .dim(16)
            .queryLengths(List.of(0, 3 * width, 0, 1))
            .build();
    try (JavaSession session = session()) {
      FlashProblem problem = problem(spec, session);
      int[] order = problem.tilesByLength();
      assertThat(FlashProblem.tileCount(spec)).isEqualTo(order.length);
      assertThat(Arrays.stream(order).map(problem::batchOf))
          .containsExactly(1, 1, 1, 1, 1, 1, 3, 3);
      assertThat(Arrays.stream(order).map(problem::kvHeadOf))
          .containsExactly(0, 0, 0, 1, 1, 1, 0, 1);
      assertThat(Arrays.stream(order).map(problem::firstRowOf))
          .containsExactly(0, width, 2 * width, 0, width, 2 * width, 0, 0);
    }
  }
}
