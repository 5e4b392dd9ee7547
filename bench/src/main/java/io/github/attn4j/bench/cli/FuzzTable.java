package io.github.attn4j.bench.cli;

import io.github.attn4j.core.fuzz.FuzzReport;
import io.github.attn4j.core.fuzz.KernelTally;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;

/** A fuzzing run for the terminal. */
final class FuzzTable {
  private FuzzTable() {}

  /** A row for each kernel. */
  static String of(FuzzReport report) {
    return Table.of(report.kernels())
        .name("kernel", KernelTally::kernel)
        .figure("checks", count(KernelTally::checks))
        .figure("right", count(KernelTally::right))
        .figure("wrong", count(KernelTally::wrong))
        .figure("unsupported", count(KernelTally::unsupported))
        .figure("undecided", count(KernelTally::undecided))
        .figure("undecided rows", count(KernelTally::undecidedRows))
        .figure("max error / budget", tally -> "%.3f".formatted(tally.maxErrorOverBudget()))
        .figure("in case", tally -> tally.worstCase() < 0 ? "-" : String.valueOf(tally.worstCase()))
        .text();
  }

  private static Function<KernelTally, String> count(ToLongFunction<KernelTally> value) {
    return tally -> String.valueOf(value.applyAsLong(tally));
  }

  /** What there is to say besides. */
  static List<String> notes(FuzzReport report) {
    List<String> lines = new ArrayList<>();
    for (KernelTally tally : report.kernels()) {
      if (tally.worstCase() >= 0) {
        lines.add(
            "%s: largest error in case %d, %s"
                .formatted(tally.kernel(), tally.worstCase(), tally.worst()));
      }
      if (tally.stopped()) {
        lines.add(
            "%s: wrong %d times, and left out from then on"
                .formatted(tally.kernel(), tally.wrong()));
      }
    }
    report
        .refusals()
        .forEach(
            (reason, cases) -> lines.add("unsupported, %d cases, %s".formatted(cases, reason)));
    Map<String, Long> families = new TreeMap<>(report.families());
    lines.add(
        families.entrySet().stream()
            .map(family -> family.getKey() + " " + family.getValue())
            .collect(Collectors.joining(", ", "data: ", "")));
    if (!report.lost().isEmpty()) {
      lines.add("DEVICE LOST, " + report.lost());
    }
    lines.add(
        "%,d cases from number %d in %.1f s, %.1f a second; %d programs given to the compiler; %d failures"
            .formatted(
                report.cases(),
                report.firstCase(),
                report.seconds(),
                report.casesPerSecond(),
                report.programsCompiled(),
                report.failures().size()));
    return lines;
  }
}
