package io.github.attn4j.core.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class NoiseTest {
  private static DeviceCeiling drifting(double percent) {
    return new DeviceCeiling("a:0", new Ceiling(1, "x", 1, percent, List.of()), List.of());
  }

  private static List<BenchCell> cells(int steady, int disturbed, int unsettled, double nanos) {
    List<BenchCell> cells = new ArrayList<>();
    for (int i = 0; i < steady + disturbed + unsettled; i++) {
      boolean drops = i >= steady && i < steady + disturbed;
      boolean settled = i < steady + disturbed;
      cells.add(Cells.cell("a:x", 64, "full", 1, 0, nanos, 1, drops ? 6 : 0, settled));
    }
    return cells;
  }

  @Test
  void aSteadyRunIsNotNoisy() {
    assertThat(Noise.of(List.of(drifting(4.9)), cells(40, 2, 0, 1e7)))
        .isEqualTo(new Noise(false, List.of()));
    assertThat(Noise.of(List.of(), List.of()).noisy()).isFalse();
  }

  @Test
  void aDriftingCeilingIsNamed() {
    Noise noise = Noise.of(List.of(drifting(5.1)), cells(10, 0, 0, 1e7));
    assertThat(noise.noisy()).isTrue();
    assertThat(noise.reasons())
        .containsExactly("the FMA ceiling of a:0 drifted by 5.1 % within the run");
  }

  @Test
  void moreThanOneDisturbedOrUnsettledCellInTwentyIsTooMany() {
    assertThat(Noise.of(List.of(), cells(17, 3, 0, 1e7)).reasons())
        .containsExactly(
            "3 of 20 cells of 1 ms or more ran beside a ceiling more than 5 % below the run's best");
    assertThat(Noise.of(List.of(), cells(17, 0, 3, 1e7)).reasons())
        .containsExactly("3 of 20 cells of 1 ms or more did not settle");
  }

  @Test
  void shortCellsDoNotCount() {
    assertThat(Noise.of(List.of(), cells(0, 5, 5, 9e5)).noisy()).isFalse();
  }
}
