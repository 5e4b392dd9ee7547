package io.github.attn4j.bench.cli;

import io.github.attn4j.core.report.BenchReport;
import io.github.attn4j.core.report.VerifyReport;
import io.github.attn4j.opencl.GivenKernel;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** What to do about failures: a line for each kind that a report holds, below what happened. */
enum WayOut {
  /** A result beyond its budget. */
  INCORRECT(
      "a wrong result is the kernel's or the driver's compiler's: --untuned and another --device"
          + " tell which; please report it with the line above",
      "a wrong result is your kernel's or the driver's compiler's: another --device tells which, and"
          + " ./attn sanitize --kernel-file finds races and accesses out of bounds"),
  /** Bits that differ where equal ones were promised. */
  OTHER_BITS(
      "a kernel that gives other bits on the same inputs has a race, most likely, or reads what"
          + " nobody wrote: ./attn sanitize looks for both; please report it with the line above",
      "a kernel that gives other bits on the same inputs has a race, most likely, or reads what"
          + " nobody wrote: ./attn sanitize --kernel-file looks for both"),
  /** The compiler refused. */
  BUILD_FAILED(
      "the log names file and line below kernels/opencl, and ./attn kernel-source prints the"
          + " program; where the driver is at fault, another --device or --kernel runs",
      "the log names the lines of your file, and ./attn kernel-source --kernel-file prints the whole"
          + " program that the compiler was given"),
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

  /** Where all that failed so are kernels of the user's. */
  private final String ofOwn;

  WayOut(String advice) {
    this(advice, advice);
  }

  WayOut(String advice, String ofOwn) {
    this.advice = advice;
    this.ofOwn = ofOwn;
  }

  private String line(Set<String> kernels) {
    boolean own = kernels.stream().allMatch(kernel -> kernel.startsWith(GivenKernel.PREFIX));
    return "%s: %s"
        .formatted(name().replace('_', ' ').toLowerCase(Locale.ROOT), own ? ofOwn : advice);
  }

  /** In the order of their weight. */
  static List<String> lines(VerifyReport report) {
    Map<String, Set<String>> kernels = new HashMap<>();
    report.cases().forEach(row -> add(kernels, row.status(), row.kernel()));
    report.repeats().forEach(row -> add(kernels, row.status(), row.kernel()));
    return lines(kernels);
  }

  /** The same of a sweep; a cell that failed says itself whether it was wrong. */
  static List<String> lines(BenchReport report) {
    Map<String, Set<String>> kernels = new HashMap<>();
    report.cells().forEach(cell -> add(kernels, cell.status().name(), cell.kernel()));
    return lines(kernels);
  }

  private static void add(Map<String, Set<String>> kernels, String status, String kernel) {
    kernels
        .computeIfAbsent(
            status.toUpperCase(Locale.ROOT).replace(' ', '_'), _ -> new LinkedHashSet<>())
        .add(kernel);
  }

  private static List<String> lines(Map<String, Set<String>> kernels) {
    return EnumSet.allOf(WayOut.class).stream()
        .filter(way -> kernels.containsKey(way.name()))
        .map(way -> way.line(kernels.getOrDefault(way.name(), Set.of())))
        .toList();
  }
}
