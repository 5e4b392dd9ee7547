package io.github.attn4j.bench.measure;

import io.github.attn4j.core.report.Quantiles;
import java.util.Arrays;
import java.util.stream.DoubleStream;
import org.apache.commons.statistics.descriptive.Quantile;

/**
 * Times of many events, in nanoseconds.
 *
 * @param values in any order
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Samples(double[] values) {
  static final Samples NONE = new Samples(new double[0]);

  static Samples of(double... values) {
    return new Samples(values);
  }

  boolean isEmpty() {
    return values.length == 0;
  }

  Samples and(Samples others) {
    return new Samples(
        DoubleStream.concat(Arrays.stream(values), Arrays.stream(others.values)).toArray());
  }

  /** The smallest value alone; needs one value at least. */
  Samples least() {
    return new Samples(new double[] {Arrays.stream(values).min().orElseThrow()});
  }

  Samples scaledBy(double factor) {
    return new Samples(Arrays.stream(values).map(value -> factor * value).toArray());
  }

  /** Middle and spread; needs one value at least. */
  Quantiles quantiles() {
    double[] found = Quantile.withDefaults().evaluate(values, 0.1, 0.5, 0.9);
    return new Quantiles(found[0], found[1], found[2], values.length);
  }

  double median() {
    return quantiles().median();
  }
}
