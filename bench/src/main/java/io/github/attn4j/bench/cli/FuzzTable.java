package io.github.attn4j.bench.cli;

import com.github.freva.asciitable.AsciiTable;
import com.github.freva.asciitable.Column;
import com.github.freva.asciitable.HorizontalAlign;
import io.github.attn4j.core.fuzz.FuzzReport;
import io.github.attn4j.core.fuzz.KernelTally;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;

/** A fuzzing run for the terminal. */
final class FuzzTable {
  private FuzzTable() {}

  /** A row for each kernel. */
  static String of(FuzzReport report) {
    return AsciiTable.getTable(
        report.kernels(),
        List.of(
            new Column()
                .header("kernel")
                .dataAlign(HorizontalAlign.LEFT)
                .with((KernelTally tally) -> tally.kernel()),
            count("checks", KernelTally::checks),
            count("right", KernelTally::right),
            count("wrong", KernelTally::wrong),
            count("unsupported", KernelTally::unsupported),
            count("undecided", KernelTally::undecided),
            count("undecided rows", KernelTally::undecidedRows),
            new Column()
                .header("max error / budget")
                .with(tally -> "%.3f".formatted(tally.maxErrorOverBudget())),
            new Column()
                .header("in case")
                .with(tally -> tally.worstCase() < 0 ? "-" : String.valueOf(tally.worstCase()))));
  }

  private static com.github.freva.asciitable.ColumnData<KernelTally> count(
      String header, ToLongFunction<KernelTally> value) {
    return new Column().header(header).with(tally -> String.valueOf(value.applyAsLong(tally)));
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
