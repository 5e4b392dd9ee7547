package io.github.attn4j.core.report;

import java.util.List;

/**
 * How a kernel's time grows: the least-squares line through log time (the tenth percentile of
 * launches) over log of the regressor.
 *
 * @param kernel global id
 * @param deviceId where it ran
 * @param input where the data came from
 * @param family the shape without its lengths, {@link Families}
 * @param regressor "N", or "visited tiles" where a mask hides pairs
 * @param exponent the line's slope; NaN (null in JSON) with fewer than two points
 * @param halfWidth half of the exponent's 95 % confidence interval, by Student's t over the
 *     residuals; NaN with fewer than three points
 * @param cliffsLookedFor whether there are steps enough, three, to tell a cliff from the rest
 * @param points the cells behind it, by N: those from {@value #LEAST_LENGTH} on, where a launch's
 *     fixed costs no longer show
 */
public record Growth(
    String kernel,
    String deviceId,
    String input,
    String family,
    String regressor,
    double exponent,
    double halfWidth,
    boolean cliffsLookedFor,
    List<Point> points) {
  /** The shortest context that counts. */
  public static final int LEAST_LENGTH = 1024;

  /** Copies the list. */
  public Growth {
    points = List.copyOf(points);
  }

  /**
   * A cell on the line or off it.
   *
   * @param length N: keys
   * @param work the regressor's value
   * @param nanos tenth percentile of kernel times: what disturbs a launch only adds to it
   * @param residualPercent how far the time lies above (or below) what the other points' line says
   *     here; NaN where too few others make no line
   * @param cliff whether the step here from the point before is steeper than the other steps by
   *     more than noise explains: a cache or a tile that no longer fits
   */
  public record Point(
      int length, double work, double nanos, double residualPercent, boolean cliff) {}
}
