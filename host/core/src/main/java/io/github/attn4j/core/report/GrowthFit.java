package io.github.attn4j.core.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.apache.commons.math3.distribution.TDistribution;
import org.apache.commons.math3.stat.descriptive.rank.Median;
import org.apache.commons.math3.stat.regression.SimpleRegression;

/** Fits {@link Growth} to the cells of a run. */
public final class GrowthFit {
  /** Width of the exponent's interval: 95 %. */
  private static final double SIGNIFICANCE = 0.05;

  /** A step that takes so much longer than the others say is no noise but a cliff. */
  private static final double CLIFF = 0.15;

  /** Fewer steps than this have no median that one cliff leaves alone. */
  private static final int LEAST_STEPS = 3;

  private GrowthFit() {}

  /** What cells of one line share. */
  private record Line(String kernel, String deviceId, String input, String family) {}

  /**
   * A line for each kernel, device, input and family with at least two measured contexts from
   * {@value Growth#LEAST_LENGTH} on. Shapes of models, of which each stands for itself, make none.
   */
  public static List<Growth> of(List<BenchCell> cells) {
    Map<Line, List<BenchCell>> lines = new LinkedHashMap<>();
    Families families = new Families(cells);
    for (BenchCell cell : cells) {
      if (cell.measurement() != null
          && cell.model().isEmpty()
          && cell.keyLength() >= Growth.LEAST_LENGTH) {
        lines
            .computeIfAbsent(
                new Line(cell.kernel(), cell.deviceId(), cell.input(), families.of(cell)),
                line -> new ArrayList<>())
            .add(cell);
      }
    }
    List<Growth> fits = new ArrayList<>();
    lines.forEach((line, ofLine) -> {
      if (ofLine.size() >= 2) {
        fit(line, ofLine).ifPresent(fits::add);
      }
    });
    return fits;
  }

  /** None where the work is the same in all contexts, as of one query behind a window. */
  private static Optional<Growth> fit(Line line, List<BenchCell> unordered) {
    List<BenchCell> cells =
        unordered.stream().sorted(Comparator.comparingInt(BenchCell::keyLength)).toList();
    // Only where a mask hides pairs do tiles grow otherwise than contexts do.
    boolean masked = cells.stream().anyMatch(GrowthFit::hidesPairs);
    boolean byTiles = masked && cells.stream().allMatch(cell -> cell.visitedTiles() > 0);
    double[] work =
        cells.stream()
            .mapToDouble(cell -> byTiles ? cell.visitedTiles() : cell.keyLength())
            .toArray();
    double[] nanos = cells.stream().mapToDouble(GrowthFit::nanos).toArray();
    if (work[0] == work[work.length - 1]) {
      return Optional.empty();
    }
    SimpleRegression all = regression(work, nanos, -1);
    List<Growth.Point> points = new ArrayList<>();
    for (int i = 0; i < work.length; i++) {
      points.add(
          new Growth.Point(
              cells.get(i).keyLength(),
              work[i],
              nanos[i],
              residualPercent(work, nanos, i),
              cliff(cells, work, nanos, i)));
    }
    return Optional.of(
        new Growth(
            line.kernel(),
            line.deviceId(),
            line.input(),
            line.family(),
            byTiles ? "visited tiles" : "N",
            all.getSlope(),
            work.length < 3 ? Double.NaN : halfWidth(all),
            work.length - 1 >= LEAST_STEPS,
            points));
  }

  private static boolean hidesPairs(BenchCell cell) {
    return cell.visiblePairs()
        < (long) cell.batch() * cell.queryHeads() * cell.queryLength() * cell.keyLength();
  }

  /**
   * The tenth percentile: what disturbs a launch only ever adds to it, and a median under a
   * neighbour says more of the neighbour. Seen on a shared machine: 1.99 +- 0.08 where medians gave
   * 1.94 +- 0.13; on a quiet one both agree.
   */
  private static double nanos(BenchCell cell) {
    return Objects.requireNonNull(cell.measurement()).kernelNanos().p10();
  }

  private static SimpleRegression regression(double[] work, double[] nanos, int leftOut) {
    SimpleRegression regression = new SimpleRegression();
    for (int i = 0; i < work.length; i++) {
      if (i != leftOut) {
        regression.addData(Math.log(work[i]), Math.log(nanos[i]));
      }
    }
    return regression;
  }

  /** Its own interval method refuses points without any scatter, whose interval is 0 wide. */
  private static double halfWidth(SimpleRegression regression) {
    double quantile =
        new TDistribution(regression.getN() - 2.0)
            .inverseCumulativeProbability(1 - SIGNIFICANCE / 2);
    return quantile * regression.getSlopeStdErr();
  }

  /** Against the line through the others, which a cliff does not bend. */
  private static double residualPercent(double[] work, double[] nanos, int point) {
    if (work.length < 3) {
      return Double.NaN;
    }
    double predicted = regression(work, nanos, point).predict(Math.log(work[point]));
    return 100 * (nanos[point] / Math.exp(predicted) - 1);
  }

  /**
   * Whether the step from the point before took longer than the slope of the other steps says, by
   * more than {@value #CLIFF} and what the medians are uncertain by.
   */
  private static boolean cliff(List<BenchCell> cells, double[] work, double[] nanos, int point) {
    if (point == 0 || work.length - 1 < LEAST_STEPS) {
      return false;
    }
    List<Double> otherSlopes = new ArrayList<>();
    for (int i = 1; i < work.length; i++) {
      if (i != point) {
        otherSlopes.add(Math.log(nanos[i] / nanos[i - 1]) / Math.log(work[i] / work[i - 1]));
      }
    }
    double slope =
        new Median().evaluate(otherSlopes.stream().mapToDouble(Double::doubleValue).toArray());
    double expected = nanos[point - 1] * Math.pow(work[point] / work[point - 1], slope);
    double uncertain =
        (halfWidthPercent(cells.get(point - 1)) + halfWidthPercent(cells.get(point))) / 100;
    return nanos[point] / expected > 1 + CLIFF + uncertain;
  }

  private static double halfWidthPercent(BenchCell cell) {
    return Objects.requireNonNull(cell.measurement()).halfWidthPercent();
  }
}
