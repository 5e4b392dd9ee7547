package io.github.attn4j.bench.measure;

import java.util.EnumMap;
import java.util.Map;
import java.util.TreeMap;
import org.openjdk.jmh.util.SampleBuffer;

/** What a cell's launches and checks report, beside the wall time that JMH takes itself. */
final class CellLog {
  /** Times that many events leave. */
  enum Series {
    /** Device time of a launch. */
    KERNEL,
    /** Device time of a launch, the mean over a round of one on each input set. */
    ROUND,
    /** Device time of a launch after the caches were filled with something else. */
    COLD,
    /** Device time of a launch of the same kernel on the same data without the mask. */
    DENSE,
    /** Device time in which plain multiply-adds beside the kernel were as many as its own. */
    PLAIN_FMA,
    /** Device time in which plain reads beside the kernel moved the compulsory bytes. */
    PLAIN_READ,
    /** Wall time of a launch less its device time. */
    OVERHEAD,
    /** Time of a download of O and LSE. */
    DOWNLOAD,
    /** Beside a peer: device time within our call. */
    OURS_KERNEL,
    /** Beside a peer: wall time of the call that launches and reads O and LSE. */
    OURS,
    /** Wall time of a peer's call. */
    PEER,
    /** A peer's time over ours of the same round, in millionths. */
    RATIO_MILLIONTHS,
    /** A peer's time over the device time within ours, in millionths. */
    KERNEL_RATIO_MILLIONTHS;

    /** What JMH's results call it. */
    String label() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  private final Map<Series, SampleBuffer> series = new EnumMap<>(Series.class);
  private final Map<String, Double> scalars = new TreeMap<>();

  /** One event. */
  void add(Series name, long nanos) {
    series.computeIfAbsent(name, _ -> new SampleBuffer()).add(Math.max(0, nanos));
  }

  /** Events of a series since the iteration began. */
  long count(Series name) {
    SampleBuffer samples = series.get(name);
    return samples == null ? 0 : samples.count();
  }

  /** A figure of the whole cell; the largest over the iterations counts. */
  void scalar(String name, double value) {
    scalars.merge(name, value, Math::max);
  }

  /** Forgets events, not scalars: a new iteration begins. */
  void clearSeries() {
    series.clear();
  }

  /** The events since then; series without any are left out. */
  Map<Series, SampleBuffer> series() {
    return series;
  }

  /** The largest of each. */
  Map<String, Double> scalars() {
    return scalars;
  }
}
