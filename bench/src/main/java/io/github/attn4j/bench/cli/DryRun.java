package io.github.attn4j.bench.cli;

import java.io.PrintWriter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The option that prints a plan instead of running it. Options are checked as for a run. */
final class DryRun {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--dry-run",
      description = "Print the plan and what it will take, and end: nothing runs on a device.")
  private boolean asked;

  /** Whether it was given. */
  boolean asked() {
    return asked;
  }

  /** Prints the plan, also under {@code --quiet}: it is all that was asked for. The exit code. */
  int print(Plan plan) {
    PrintWriter out = command.commandLine().getOut();
    plan.lines().forEach(out::println);
    out.flush();
    return ExitCode.OK;
  }
}
