package io.github.attn4j.bench.cli;

import io.github.attn4j.core.report.Environment;
import io.github.attn4j.core.report.JsonReport;
import io.github.attn4j.core.report.RegressionReport;
import io.github.attn4j.core.report.RegressionRule;
import io.github.attn4j.core.report.ReportComparison;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code ./attn compare}: stored reports side by side. */
@Command(
    name = "compare",
    description = {
      "Puts reports of ./attn bench side by side, the first as the base: cells that are the same in both, by their share of what the device gave in each run, or by their ratio to a peer.",
      "Lost correctness counts before speed. Times of different runs carry the machine's moods: ./attn ab alternates both versions in one run (docs/regressions.md)."
    },
    mixinStandardHelpOptions = true)
final class CompareCommand implements Callable<Integer> {
  @Spec private CommandSpec command;

  @Parameters(
      arity = "2..*",
      paramLabel = "REPORT",
      description = "report.json files, or peers.json files, the base first.")
  private List<Path> files = new ArrayList<>();

  @Option(
      names = "--across-devices",
      description =
          "Compare shares although devices or conventions differ. Without it, that is exit code 3.")
  private boolean acrossDevices;

  @Mixin private RegressionOptions options;

  @Override
  public Integer call() {
    RegressionRule rule =
        new RegressionRule(
            options.threshold(), options.gate(), options.allowMissing(), Double.NaN, 0, 0);
    options.requireWritable();
    List<ReportComparison.Named> reports =
        files.stream()
            .map(file ->
                new ReportComparison.Named(file.toString(), file.toString(), JsonReport.read(file)))
            .toList();
    Environment environment = Environment.capture(List.of(), RepeatedCommand.of(command), 0);
    RegressionReport report;
    try {
      report = ReportComparison.of(environment, reports, rule, acrossDevices);
    } catch (ReportComparison.NotComparable e) {
      command
          .commandLine()
          .getErr()
          .printf(
              "attn: not comparable: %s%nattn: --across-devices compares shares all the same%n",
              String.valueOf(e.getMessage())
                  .replace("\n", System.lineSeparator() + "attn: not comparable: "));
      command.commandLine().getErr().flush();
      return ExitCode.NOTHING_TO_DO;
    }
    options.publish(report, command.commandLine().getOut());
    return RegressionOptions.exitCode(report);
  }
}
