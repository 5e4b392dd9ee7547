package io.github.attn4j.opencl;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The quick grid notices mutants of the flash kernels: docs/mutation.md has the score of 60 each.
 * Here a few, drawn with another seed, so that the score is not of one draw alone.
 */
class MutationScoreTest {
  private static final long OTHER_SEED = 2;

  @TempDir Path folder;

  static Stream<OpenClKernel> kernels() {
    return Mutant.KERNELS_ASKED.stream();
  }

  @Tag("exhaustive")
  @ParameterizedTest
  @MethodSource("kernels")
  void theQuickGridNoticesMutantsOfAnotherDraw(OpenClKernel kernel) {
    TestDevices.openPreferred().close(); // skips without a device
    MutationRun run = new MutationRun(kernel, folder);
    assertThat(run.draw(12, OTHER_SEED, Duration.ofMinutes(10))).as("in time").isTrue();
    assertThat(run.survivors(OTHER_SEED, Duration.ofMinutes(10), false)).isTrue();
    Map<String, String> equivalent = EquivalentMutants.of(kernel);
    assertThat(run.judged().values())
        .filteredOn(one -> one.verdict().counts() && !equivalent.containsKey(one.id()))
        .hasSizeGreaterThan(8)
        .allMatch(one -> one.verdict().noticedByTheGrid());
  }
}
