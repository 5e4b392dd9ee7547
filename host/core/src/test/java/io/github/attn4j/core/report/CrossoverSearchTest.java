package io.github.attn4j.core.report;

import static io.github.attn4j.core.report.Cells.full;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

class CrossoverSearchTest {
  private static final List<KernelTraits> KERNELS =
      List.of(
          new KernelTraits("a:keeping", "4*B*Hq*Sq*Skv", true),
          new KernelTraits("a:fused", "0", false),
          new KernelTraits("a:slow_fused", "0", false));

  @Test
  void theLinesCrossBetweenTheContextsWhereTheWinnerChanges() {
    List<Crossover> found =
        CrossoverSearch.of(
            List.of(
                full("a:keeping", 128, 1),
                full("a:fused", 128, 2),
                full("a:slow_fused", 128, 9),
                full("a:keeping", 512, 16),
                full("a:fused", 512, 8)),
            KERNELS);
    assertThat(found).hasSize(1);
    // Twice as slow at 128, twice as fast at 512: equal in the middle of the logarithms.
    assertThat(found.getFirst().length()).isCloseTo(256, within(1e-6));
    assertThat(found.getFirst().statement())
        .isEqualTo(
            "from N = 256 on, fused kernels are faster: "
                + "a:fused 2.00 times as fast as a:keeping at N = 512");
  }

  @Test
  void aWinnerAtEveryContextIsSaidToBeOne() {
    List<Crossover> found =
        CrossoverSearch.of(
            List.of(
                full("a:keeping", 128, 3),
                full("a:fused", 128, 2),
                full("a:keeping", 512, 40),
                full("a:fused", 512, 10)),
            KERNELS);
    assertThat(found.getFirst().length()).isNaN();
    assertThat(found.getFirst().statement())
        .contains("fused kernels are faster at every context")
        .contains("1.50 times")
        .contains("4.00 times");
  }

  @Test
  void everyRatioStandsBesideTheKernelsItIsOf() {
    List<Crossover> found =
        CrossoverSearch.of(
            List.of(
                full("a:keeping", 128, 1),
                full("a:fused", 128, 2),
                full("a:keeping", 512, 16),
                full("a:fused", 512, 8),
                full("a:slow_fused", 512, 9),
                full("a:keeping", 1024, 64),
                full("a:fused", 1024, 40),
                full("a:slow_fused", 1024, 16)),
            KERNELS);
    assertThat(found.getFirst().statement())
        .contains("a:fused 2.00 times as fast as a:keeping at N = 512")
        .contains("a:slow_fused 4.00 times as fast as a:keeping at N = 1024");
  }

  @Test
  void scoreKeepingKernelsMayWinThroughout() {
    List<Crossover> found =
        CrossoverSearch.of(List.of(full("a:keeping", 128, 1), full("a:fused", 128, 2)), KERNELS);
    assertThat(found.getFirst().statement()).startsWith("score-keeping kernels are faster");
  }

  @Test
  void withoutBothKindsOnOneContextThereIsNothingToSay() {
    assertThat(
            CrossoverSearch.of(
                List.of(full("a:keeping", 128, 1), full("a:fused", 256, 2)), KERNELS))
        .isEmpty();
  }
}
