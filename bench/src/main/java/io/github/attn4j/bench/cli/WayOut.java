package io.github.attn4j.bench.cli;

import io.github.attn4j.core.report.BenchCell;
import io.github.attn4j.core.report.BenchReport;
import io.github.attn4j.core.report.KernelRepeats;
import io.github.attn4j.core.report.VerifyCase;
import io.github.attn4j.core.report.VerifyReport;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What to do about failures: a line for each kind that a report holds, below what happened. */
enum WayOut {
  /** A result beyond its budget. */
  INCORRECT(
      "a wrong result is the kernel's or the driver's compiler's: --untuned and another --device"
          + " tell which; please report it with the line above"),
  /** Bits that differ where equal ones were promised. */
  OTHER_BITS(
      "a kernel that gives other bits on the same inputs has a race, most likely, or reads what"
          + " nobody wrote: ./attn sanitize looks for both; please report it with the line above"),
  /** The compiler refused. */
  BUILD_FAILED(
      "the log names file and line below kernels/opencl, and ./attn kernel-source prints the"
          + " program; where the driver is at fault, another --device or --kernel runs"),
  /** The driver refused. */
  LAUNCH_FAILED(
      "./attn devices shows the device's limits; --untuned runs the kernel's own tuning, and"
          + " another --device or --kernel may run"),
  /** Memory is too short. */
  OUT_OF_MEMORY(
      "choose a smaller problem (--n, --batch, --heads), a fused kernel instead of one that keeps"
          + " the scores, or a device with more memory (--device)"),
  /** The device is gone. */
  DEVICE_LOST(
      "./attn devices says whether the device is back; what was found before is kept, and the same"
          + " command runs all of it anew"),
  /** The watchdog barked. */
  NEVER_ENDED(
      "a kernel that hangs is a mistake in it or in the driver: --untuned and another --device tell"
          + " which; one that is right but slow needs a larger --watchdog");

  private final String advice;

  WayOut(String advice) {
    this.advice = advice;
  }

  private String line() {
    return "%s: %s".formatted(name().replace('_', ' ').toLowerCase(Locale.ROOT), advice);
  }

  /** In the order of their weight. */
  static List<String> lines(VerifyReport report) {
    Set<String> statuses =
        Stream.concat(
                report.cases().stream().map(VerifyCase::status),
                report.repeats().stream().map(KernelRepeats::status))
            .map(status -> status.toUpperCase(Locale.ROOT).replace(' ', '_'))
            .collect(Collectors.toSet());
    return EnumSet.allOf(WayOut.class).stream()
        .filter(way -> statuses.contains(way.name()))
        .map(WayOut::line)
        .toList();
  }

  /** The same of a sweep; a cell that failed says itself whether it was wrong. */
  static List<String> lines(BenchReport report) {
    Set<String> statuses =
        report.cells().stream()
            .map(BenchCell::status)
            .map(BenchCell.Status::name)
            .collect(Collectors.toSet());
    return EnumSet.allOf(WayOut.class).stream()
        .filter(way -> statuses.contains(way.name()))
        .map(WayOut::line)
        .toList();
  }
}
