package io.github.attn4j.core.report;

import static io.github.attn4j.core.report.Cells.full;
import static io.github.attn4j.core.report.Cells.masked;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntToDoubleFunction;
import org.apache.commons.math3.stat.regression.SimpleRegression;
import org.junit.jupiter.api.Test;

class GrowthFitTest {
  private static final int[] LENGTHS = {1024, 1448, 2048, 2896, 4096, 5793, 8192};

  private static List<BenchCell> sweep(IntToDoubleFunction nanos) {
    List<BenchCell> cells = new ArrayList<>();
    for (int length : LENGTHS) {
      cells.add(full("a:x", length, nanos.applyAsDouble(length)));
    }
    return cells;
  }

  private static Growth only(List<BenchCell> cells) {
    List<Growth> fits = GrowthFit.of(cells);
    assertThat(fits).hasSize(1);
    return fits.getFirst();
  }

  @Test
  void aSquareHasTheExponentTwoWithoutAnyWidth() {
    Growth growth = only(sweep(n -> 3.0 * n * n));
    assertThat(growth.exponent()).isCloseTo(2, within(1e-9));
    assertThat(growth.halfWidth()).isCloseTo(0, within(1e-6));
    assertThat(growth.regressor()).isEqualTo("N");
    assertThat(growth.points()).noneMatch(Growth.Point::cliff);
    assertThat(growth.points()).allMatch(point -> Math.abs(point.residualPercent()) < 1e-6);
  }

  @Test
  void theIntervalIsThatOfAnIndependentLibraryMethod() {
    IntToDoubleFunction noisy = n -> n * n * (1 + 0.03 * Math.sin(n));
    SimpleRegression regression = new SimpleRegression();
    for (int length : LENGTHS) {
      regression.addData(Math.log(length), Math.log(noisy.applyAsDouble(length)));
    }
    Growth growth = only(sweep(noisy));
    assertThat(growth.exponent()).isCloseTo(regression.getSlope(), within(1e-12));
    assertThat(growth.halfWidth())
        .isCloseTo(regression.getSlopeConfidenceInterval(0.05), within(1e-9))
        .isGreaterThan(0.005);
  }

  @Test
  void shortContextsDoNotCount() {
    List<BenchCell> cells = sweep(n -> 3.0 * n * n);
    cells.add(full("a:x", 512, 1e12));
    assertThat(only(cells).exponent()).isCloseTo(2, within(1e-9));
    assertThat(GrowthFit.of(List.of(full("a:x", 512, 1), full("a:x", 256, 1)))).isEmpty();
    assertThat(GrowthFit.of(List.of(full("a:x", 512, 1), full("a:x", 1024, 1)))).isEmpty();
  }

  @Test
  void twoContextsHaveASlopeButNoInterval() {
    Growth growth = only(List.of(full("a:x", 2048, 4), full("a:x", 1024, 1)));
    assertThat(growth.exponent()).isCloseTo(2, within(1e-9));
    assertThat(growth.halfWidth()).isNaN();
    assertThat(growth.points()).extracting(Growth.Point::length).containsExactly(1024, 2048);
  }

  @Test
  void behindAMaskTimeIsHeldAgainstVisitedTiles() {
    List<BenchCell> cells = new ArrayList<>();
    for (int length : LENGTHS) {
      long tiles = length / 16L + 3;
      cells.add(masked("a:x", length, 256L * length, tiles, 5.0 * tiles));
    }
    Growth growth = only(cells);
    assertThat(growth.regressor()).isEqualTo("visited tiles");
    assertThat(growth.exponent()).isCloseTo(1, within(1e-9));
  }

  @Test
  void aMaskedKernelThatSkipsNothingGrowsWithTheContext() {
    List<BenchCell> cells = new ArrayList<>();
    for (int length : LENGTHS) {
      cells.add(masked("a:x", length, 256L * length, 0, 1.0 * length * length));
    }
    assertThat(only(cells).regressor()).isEqualTo("N");
  }

  @Test
  void workThatIsTheSameInAllContextsDoesNotGrow() {
    List<BenchCell> cells = new ArrayList<>();
    for (int length : LENGTHS) {
      cells.add(masked("a:x", length, 256, 2, 100 + length % 7));
    }
    assertThat(GrowthFit.of(cells)).isEmpty();
  }

  @Test
  void threeContextsDoNotTellACliffFromTheRest() {
    List<BenchCell> cells = sweep(n -> n * (double) n);
    assertThat(only(cells.subList(0, 3)).cliffsLookedFor()).isFalse();
    assertThat(only(cells.subList(0, 4)).cliffsLookedFor()).isTrue();
  }

  @Test
  void aCacheThatNoLongerHoldsTheDataIsFlaggedWhereItBegins() {
    Growth growth = only(sweep(n -> n * (double) n * (n >= 4096 ? 1.6 : 1)));
    assertThat(growth.points().stream().filter(Growth.Point::cliff))
        .extracting(Growth.Point::length)
        .containsExactly(4096);
  }

  @Test
  void aSingleSlowContextIsFlaggedAndTheOneAfterIsNot() {
    Growth growth = only(sweep(n -> n * (double) n * (n == 2896 ? 1.4 : 1)));
    assertThat(growth.points().stream().filter(Growth.Point::cliff))
        .extracting(Growth.Point::length)
        .containsExactly(2896);
    assertThat(growth.points().get(3).residualPercent()).isCloseTo(40, within(1e-6));
  }

  @Test
  void aStepWithinTheMediansOwnUncertaintyIsNoCliff() {
    List<BenchCell> cells = new ArrayList<>();
    for (int length : LENGTHS) {
      double nanos = length * (double) length * (length == 4096 ? 1.3 : 1);
      cells.add(Cells.cell("a:x", length, "full", 8L * length * length, 0, nanos, 10, 0, false));
    }
    assertThat(only(cells).points()).noneMatch(Growth.Point::cliff);
  }

  @Test
  void cellsOfSeveralTypesAreOnLinesOfTheirOwn() {
    List<BenchCell> cells = new ArrayList<>();
    for (int length : new int[] {1024, 2048, 4096}) {
      BenchCell wide = Cells.full("a:x", length, 4.0 * length * length);
      cells.add(wide);
      cells.add(Cells.stored(Cells.full("a:x", length, length), "f16", "f16", "", 0));
    }
    List<Growth> lines = GrowthFit.of(cells);
    assertThat(lines)
        .extracting(Growth::family)
        .containsExactly("B1 H8 D64 full", "B1 H8 D64 full f16");
    assertThat(lines.get(0).exponent()).isCloseTo(2, within(1e-9));
    assertThat(lines.get(1).exponent()).isCloseTo(1, within(1e-9));
  }
}
