package io.github.attn4j.core.report;

import io.github.attn4j.core.kernel.DeviceInfo;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Reports of different runs side by side: cells that are the same in both, by their share of what
 * the device gave in each run, or by their ratio to a peer of the same run. Times of different runs
 * are not compared where there is a share: a machine that others use gives more at one hour than at
 * another.
 */
public final class ReportComparison {
  /** What cannot be compared, and why: devices or conventions differ. */
  public static final class NotComparable extends Exception {
    private static final long serialVersionUID = 1L;

    /** With the reasons, a line each. */
    NotComparable(List<String> reasons) {
      super(String.join("\n", reasons));
    }
  }

  /**
   * A report and what to call it.
   *
   * @param name as rows refer to it
   * @param origin its file
   * @param report what it holds
   */
  public record Named(String name, String origin, Report report) {}

  private final double threshold;
  private final List<RegressionRow> rows = new ArrayList<>();
  private final List<UnmatchedCell> unmatched = new ArrayList<>();
  private final Set<String> remarks = new LinkedHashSet<>();

  private ReportComparison(double threshold) {
    this.threshold = threshold;
  }

  /**
   * Holds each report against the first.
   *
   * @param environment of this comparison
   * @param reports two or more, all of them sweeps or all ratios to peers
   * @param rule what is slower
   * @param acrossDevices whether other devices and conventions are remarks and no hindrance
   * @throws NotComparable naming the devices or conventions that differ
   * @throws IllegalArgumentException if they are not of one kind
   */
  public static RegressionReport of(
      Environment environment, List<Named> reports, RegressionRule rule, boolean acrossDevices)
      throws NotComparable {
    Named base = reports.getFirst();
    List<String> hindrances = new ArrayList<>();
    for (Named other : reports.subList(1, reports.size())) {
      if (other.report().getClass() != base.report().getClass()) {
        throw new IllegalArgumentException(
            "%s holds a sweep's cells and %s ratios to peers, or the reverse: compare reports of one kind"
                .formatted(base.origin(), other.origin()));
      }
      hindrances.addAll(differences(base, other));
    }
    if (!acrossDevices && !hindrances.isEmpty()) {
      throw new NotComparable(hindrances);
    }
    ReportComparison comparison = new ReportComparison(rule.threshold());
    comparison.remarks.addAll(hindrances);
    for (Named other : reports.subList(1, reports.size())) {
      comparison.add(base, other);
      comparison.remark(base, other);
    }
    return new RegressionReport(
        RegressionReport.SCHEMA_VERSION,
        "compare",
        environment,
        reports.stream()
            .map(named -> Contestant.of(named.name(), named.origin(), named.report()))
            .toList(),
        rule,
        comparison.rows,
        comparison.unmatched,
        List.copyOf(comparison.remarks),
        true);
  }

  // ---- What must be the same -----------------------------------------------------------------

  private static List<String> differences(Named base, Named other) {
    List<String> found = new ArrayList<>();
    compare(found, base, other, "FLOP convention", flops(base.report()), flops(other.report()));
    if (base.report() instanceof PeerReport one && other.report() instanceof PeerReport two) {
      compare(found, base, other, "timed region", one.timedRegion(), two.timedRegion());
    }
    Map<String, String> before = devicesByClass(base.report());
    Map<String, String> after = devicesByClass(other.report());
    for (String deviceClass : before.keySet()) {
      String there = after.get(deviceClass);
      if (there != null) {
        compare(found, base, other, deviceClass, before.get(deviceClass), there);
      }
    }
    return found;
  }

  private static void compare(
      List<String> found, Named base, Named other, String what, String one, String two) {
    if (!one.equals(two)) {
      found.add("%s of %s: %s; of %s: %s".formatted(what, base.name(), one, other.name(), two));
    }
  }

  private static String flops(Report report) {
    return switch (report) {
      case BenchReport bench -> bench.flopConvention();
      case PeerReport peers -> peers.flopConvention();
    };
  }

  /**
   * By backend and class, what computes there. A newer driver is another figure, no other device.
   */
  private static Map<String, String> devicesByClass(Report report) {
    DeviceClasses classes = classes(report);
    Map<String, String> names = new LinkedHashMap<>();
    for (String[] used : devicesUsed(report)) {
      String backend = used[0].contains(":") ? used[0].substring(0, used[0].indexOf(':')) : used[0];
      String units =
          classes
              .device(used[0])
              .map(device -> ", %d compute units".formatted(device.computeUnits()))
              .orElse("");
      names.put("%s device (%s)".formatted(backend, classes.of(used[0])), used[1] + units);
    }
    return names;
  }

  private static DeviceClasses classes(Report report) {
    return new DeviceClasses(
        report.environment(), devicesUsed(report).stream().map(used -> used[0]).toList());
  }

  /** Id and name of each. */
  private static List<String[]> devicesUsed(Report report) {
    Map<String, String> used = new LinkedHashMap<>();
    switch (report) {
      case BenchReport bench ->
          bench.cells().forEach(cell -> used.putIfAbsent(cell.deviceId(), cell.device()));
      case PeerReport peers ->
          peers.ratios().forEach(row -> used.putIfAbsent(row.deviceId(), row.device()));
    }
    return used.entrySet().stream()
        .map(entry -> new String[] {entry.getKey(), entry.getValue()})
        .toList();
  }

  // ---- What is worth a word ------------------------------------------------------------------

  private void remark(Named base, Named other) {
    for (Named one : List.of(base, other)) {
      if (!one.report().complete()) {
        remarks.add(one.name() + " was interrupted; it holds what was measured before");
      }
      if (one.report() instanceof BenchReport bench) {
        bench.noise().reasons().forEach(reason -> remarks.add(one.name() + ": " + reason));
      }
    }
    Environment before = base.report().environment();
    Environment after = other.report().environment();
    different("operating system", base, before.os(), other, after.os());
    different("processor", base, before.cpu(), other, after.cpu());
    different("JDK", base, before.jdk(), other, after.jdk());
    different(
        "seed of the inputs",
        base,
        String.valueOf(before.seed()),
        other,
        String.valueOf(after.seed()));
    different("driver", base, drivers(base.report()), other, drivers(other.report()));
    if (base.report() instanceof BenchReport one && other.report() instanceof BenchReport two) {
      different(
          "tunings",
          base,
          String.join("; ", one.tuningsUsed()),
          other,
          String.join("; ", two.tuningsUsed()));
    }
  }

  private static String drivers(Report report) {
    DeviceClasses classes = classes(report);
    Set<String> drivers = new TreeSet<>();
    for (String[] used : devicesUsed(report)) {
      classes.device(used[0]).map(DeviceInfo::driver).ifPresent(drivers::add);
    }
    return String.join("; ", drivers);
  }

  private void different(String what, Named base, String one, Named other, String two) {
    if (!one.equals(two)) {
      remarks.add(
          "%s of %s: %s; of %s: %s"
              .formatted(what, base.name(), orNone(one), other.name(), orNone(two)));
    }
  }

  private static String orNone(String text) {
    return text.isEmpty() ? "none" : text;
  }

  // ---- Cells ---------------------------------------------------------------------------------

  private void add(Named base, Named other) {
    Map<CellIdentity, Object> before = cells(base.report());
    Map<CellIdentity, Object> after = cells(other.report());
    before.forEach((identity, cell) -> {
      Object there = after.get(identity);
      if (there == null) {
        unmatched.add(new UnmatchedCell(base.name(), other.name(), true, identity, status(cell)));
      } else {
        rows.add(
            cell instanceof BenchCell one
                ? row(other.name(), identity, one, (BenchCell) there)
                : row(other.name(), identity, (PeerRatio) cell, (PeerRatio) there));
      }
    });
    after.forEach((identity, cell) -> {
      if (!before.containsKey(identity)) {
        unmatched.add(new UnmatchedCell(other.name(), base.name(), false, identity, status(cell)));
      }
    });
  }

  private static Map<CellIdentity, Object> cells(Report report) {
    DeviceClasses classes = classes(report);
    Map<CellIdentity, Object> cells = new LinkedHashMap<>();
    switch (report) {
      case BenchReport bench ->
          bench.cells().forEach(cell -> cells.putIfAbsent(CellIdentity.of(cell, classes), cell));
      case PeerReport peers ->
          peers.ratios().forEach(row -> cells.putIfAbsent(CellIdentity.of(row, classes), row));
    }
    return cells;
  }

  private static BenchCell.Status status(Object cell) {
    return cell instanceof BenchCell one ? one.status() : ((PeerRatio) cell).status();
  }

  private RegressionRow row(String against, CellIdentity identity, BenchCell base, BenchCell now) {
    Measurement before = base.measurement();
    Measurement after = now.measurement();
    CellSide one = side(base, before, after);
    CellSide two = side(now, after, before);
    Verdict correctness = Verdict.of(base.status(), now.status());
    if (correctness != Verdict.UNCHANGED || before == null || after == null) {
      return unjudged(against, identity, correctness, one, two);
    }
    boolean byBandwidth =
        one.shareOfBandwidth() > one.shareOfFma()
            && two.shareOfBandwidth() > 0
            && before.bandwidthLevel().equals(after.bandwidthLevel());
    if (byBandwidth) {
      return judged(
          against,
          identity,
          bothByTurns(before.shareOfPlainReads(), after.shareOfPlainReads())
              ? "share of plain reads, by turns"
              : "share of the bandwidth of " + before.bandwidthLevel(),
          one.shareOfBandwidth() / two.shareOfBandwidth(),
          one,
          two);
    }
    if (one.shareOfFma() > 0 && two.shareOfFma() > 0) {
      return judged(
          against,
          identity,
          bothByTurns(before.shareOfPlainFmas(), after.shareOfPlainFmas())
              ? "share of plain multiply-adds, by turns"
              : "share of the FMA ceiling",
          one.shareOfFma() / two.shareOfFma(),
          one,
          two);
    }
    // Without a ceiling, times say something on one device only.
    return base.device().equals(now.device())
        ? judged(against, identity, "time", two.kernelNanos() / one.kernelNanos(), one, two)
        : unjudged(against, identity, Verdict.NOT_MEASURED, one, two);
  }

  private static boolean bothByTurns(double one, double other) {
    return one > 0 && other > 0;
  }

  private RegressionRow row(String against, CellIdentity identity, PeerRatio base, PeerRatio now) {
    CellSide one = side(base);
    CellSide two = side(now);
    Verdict correctness = Verdict.of(base.status(), now.status());
    if (correctness != Verdict.UNCHANGED) {
      return unjudged(against, identity, correctness, one, two);
    }
    return judged(
        against,
        identity,
        "time over " + identity.peer() + "'s",
        one.overPeer() / two.overPeer(),
        one,
        two);
  }

  private RegressionRow judged(
      String against, CellIdentity cell, String measure, double ratio, CellSide one, CellSide two) {
    double half = Math.hypot(one.halfWidthPercent(), two.halfWidthPercent()) / 100;
    boolean known = half >= 0 && half < Double.POSITIVE_INFINITY;
    double lower = known ? ratio * Math.exp(-half) : 0;
    double upper = known ? ratio * Math.exp(half) : Double.POSITIVE_INFINITY;
    return new RegressionRow(
        against,
        cell,
        Verdict.of(ratio, lower, upper, threshold),
        measure,
        ratio,
        lower,
        upper,
        one,
        two,
        List.of());
  }

  private static RegressionRow unjudged(
      String against, CellIdentity cell, Verdict verdict, CellSide one, CellSide two) {
    return new RegressionRow(
        against, cell, verdict, "", Double.NaN, 0, Double.POSITIVE_INFINITY, one, two, List.of());
  }

  /** Shares by turns where the other one has them, too. */
  private static CellSide side(
      BenchCell cell, @Nullable Measurement own, @Nullable Measurement other) {
    if (own == null) {
      return withoutFigures(cell.device(), cell.status(), cell.note());
    }
    boolean fmaByTurns =
        other != null && bothByTurns(own.shareOfPlainFmas(), other.shareOfPlainFmas());
    boolean readsByTurns =
        other != null && bothByTurns(own.shareOfPlainReads(), other.shareOfPlainReads());
    return new CellSide(
        cell.device(),
        cell.status(),
        cell.note(),
        own.kernelNanos().median(),
        fmaByTurns ? own.shareOfPlainFmas() : own.shareOfFmaCeiling(),
        readsByTurns ? own.shareOfPlainReads() : own.shareOfBandwidth(),
        own.speedupOverJava(),
        Double.NaN,
        own.halfWidthPercent());
  }

  private static CellSide side(PeerRatio row) {
    PeerRatio.Times times = row.times();
    return times == null
        ? withoutFigures(row.device(), row.status(), row.note())
        : new CellSide(
            row.device(),
            row.status(),
            row.note(),
            times.ourNanos().median(),
            Double.NaN,
            Double.NaN,
            Double.NaN,
            times.ratio().median(),
            times.halfWidthPercent());
  }

  static CellSide withoutFigures(String device, BenchCell.Status status, String note) {
    return new CellSide(
        device,
        status,
        note,
        Double.NaN,
        Double.NaN,
        Double.NaN,
        Double.NaN,
        Double.NaN,
        Double.NaN);
  }
}
