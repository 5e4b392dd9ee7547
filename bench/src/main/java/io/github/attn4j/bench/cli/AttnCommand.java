package io.github.attn4j.bench.cli;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.core.input.InvalidFileException;
import io.github.attn4j.core.kernel.BackendException;
import io.github.attn4j.model.ModelLoadException;
import java.io.UncheckedIOException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.RunLast;

/** The command line's entry: {@code ./attn}. */
@Command(
    name = "attn",
    description =
        "Attention kernels: checked against a float64 reference, measured against the hardware.",
    mixinStandardHelpOptions = true,
    versionProvider = AttnCommand.Version.class,
    subcommands = {
      DevicesCommand.class,
      VerifyCommand.class,
      ConformCommand.class,
      SanitizeCommand.class,
      FuzzCommand.class,
      ReplayCommand.class,
      BenchCommand.class,
      TuneCommand.class,
      MaskCommand.class,
      MasksCommand.class,
      ModelCommand.class,
      CrossCommand.class,
      ExplainCommand.class,
      SparsityCommand.class,
      ReportCommand.class,
      CompareCommand.class,
      AbCommand.class,
      TrialCommand.class,
      KernelSourceCommand.class,
      NewKernelCommand.class,
      BundleCommand.class
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:done, all checks passed",
      "1:a check or gate failed",
      "2:the command line does not make sense",
      "3:not comparable, or nothing to do",
      "4:backend or device not available, or lost on the way",
      "5:out of memory, the device's or the JVM's",
      "6:a kernel does not build",
      "7:a kernel never ended (--watchdog)",
      "8:a file could not be read or written",
      "70:a mistake of ours",
      "130:interrupted (Ctrl-C); what was found before is kept"
    })
public final class AttnCommand {
  private final Supplier<Backends> backends;

  private AttnCommand(Supplier<Backends> backends) {
    this.backends = backends;
  }

  /** Runs a command and exits with its code. */
  public static void main(String[] args) {
    System.exit(commandLine().execute(args));
  }

  static CommandLine commandLine() {
    return commandLine(Backends::new);
  }

  /** A command line whose every command runs on these backends. */
  static CommandLine commandLine(Supplier<Backends> backends) {
    CommandLine commandLine = new CommandLine(new AttnCommand(backends));
    commandLine.setCaseInsensitiveEnumValuesAllowed(true);
    commandLine.setExecutionStrategy(AttnCommand::runLast);
    commandLine.setExecutionExceptionHandler(
        (exception, command, parsed) -> report(exception, command));
    return commandLine;
  }

  /** What the command runs on. Devices are looked for here and not before: help needs none. */
  Backends backends() {
    return backends.get();
  }

  /** Picocli handles exceptions only; a heap that is full is an error. */
  private static int runLast(ParseResult parsed) {
    try {
      return new RunLast().execute(parsed);
    } catch (OutOfMemoryError e) {
      CommandLine commandLine = parsed.commandSpec().commandLine();
      commandLine
          .getErr()
          .printf(
              "attn: the JVM's %,d MiB of memory are not enough (%s) for %s; choose a smaller"
                  + " problem (--n), or more memory: ATTN_JAVA_OPTS=-Xmx8g%n",
              Runtime.getRuntime().maxMemory() >> 20,
              e.getMessage(),
              RepeatedCommand.of(parsed.originalArgs()));
      commandLine.getErr().flush();
      return ExitCode.OUT_OF_MEMORY;
    }
  }

  private static int report(Exception exception, CommandLine command) {
    int code = exitCode(exception);
    if (code == ExitCode.BUG) {
      command
          .getErr()
          .println("attn: this is a mistake of ours; please report the command and these lines:");
      exception.printStackTrace(command.getErr());
    } else {
      command.getErr().println("attn: " + exception.getMessage());
    }
    return code;
  }

  static int exitCode(Exception exception) {
    return switch (exception) {
      case BackendException.Unavailable e -> ExitCode.UNAVAILABLE;
      case BackendException.OutOfMemory e -> ExitCode.OUT_OF_MEMORY;
      case BackendException.BuildFailed e -> ExitCode.BUILD_FAILED;
      case BackendException.LaunchFailed e -> ExitCode.CHECK_FAILED;
      case InvalidFileException e -> ExitCode.FILE;
      case ModelLoadException e -> ExitCode.UNAVAILABLE;
      case UncheckedIOException e -> ExitCode.FILE;
      case IllegalArgumentException e -> ExitCode.USAGE;
      default -> ExitCode.BUG;
    };
  }

  /** The version in the jar's manifest. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      @Nullable String version = AttnCommand.class.getPackage().getImplementationVersion();
      return new String[] {"attn4j " + (version == null ? "(not packaged)" : version)};
    }
  }
}
