package io.github.attn4j.bench.cli;

import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import picocli.CommandLine.Model.CommandSpec;

/** The line that repeats a run, as reports print it: to be pasted into a shell. */
final class RepeatedCommand {
  private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_@%+=:,./-]+");

  private RepeatedCommand() {}

  /** The line that started this command. */
  static String of(CommandSpec command) {
    return of(command.root().commandLine().getParseResult().originalArgs());
  }

  static String of(List<String> arguments) {
    return arguments.stream()
        .map(RepeatedCommand::quoted)
        .collect(Collectors.joining(" ", "./attn ", ""));
  }

  /** POSIX: everything between single quotes is itself, except a single quote. */
  private static String quoted(String word) {
    return PLAIN.matcher(word).matches() ? word : "'" + word.replace("'", "'\\''") + "'";
  }
}
