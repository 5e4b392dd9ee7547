package io.github.attn4j.bench.cli;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code ./attn completion}: what makes a shell complete this command line. */
@Command(
    name = "completion",
    description = {
      "Prints a script that makes a shell complete commands, options, kernels and presets.",
      "To install it: source <(./attn completion bash), in ~/.bashrc with the launcher's whole path."
    },
    mixinStandardHelpOptions = true)
final class CompletionCommand implements Callable<Integer> {
  private static final String OURS = "completion.bash";

  /** The shells that are known. Zsh takes bash's script, which loads what it needs of bash. */
  enum Shell {
    /** GNU bash. */
    BASH,
    /** The Z shell, by its bashcompinit. */
    ZSH;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  @Spec private CommandSpec command;

  @Parameters(paramLabel = "SHELL", description = "Which: ${COMPLETION-CANDIDATES}.")
  private Shell shell = Shell.BASH;

  @Override
  public Integer call() {
    PrintWriter out = command.commandLine().getOut();
    out.printf("# For %s.%n", shell);
    out.print(AutoComplete.bash(command.root().name(), command.root().commandLine()));
    out.print(ours());
    out.flush();
    return ExitCode.OK;
  }

  private static String ours() {
    try (InputStream script =
        requireNonNull(CompletionCommand.class.getResourceAsStream(OURS), OURS)) {
      return new String(script.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(OURS + " of this build cannot be read", e);
    }
  }
}
