package io.github.attn4j.bench.cli;

import io.github.attn4j.core.kernel.ShellWord;
import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine.Model.CommandSpec;

/** The line that repeats a run, as reports print it: to be pasted into a shell. */
final class RepeatedCommand {
  private RepeatedCommand() {}

  /** The line that started this command. */
  static String of(CommandSpec command) {
    return of(command.root().commandLine().getParseResult().originalArgs());
  }

  static String of(List<String> arguments) {
    return arguments.stream()
        .map(ShellWord::quoted)
        .collect(Collectors.joining(" ", "./attn ", ""));
  }
}
