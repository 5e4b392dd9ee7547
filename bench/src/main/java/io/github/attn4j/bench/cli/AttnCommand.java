package io.github.attn4j.bench.cli;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.core.input.InvalidFileException;
import io.github.attn4j.core.kernel.BackendException;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.model.ModelLoadException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.RunLast;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

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
      BundleCommand.class,
      CompletionCommand.class
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

  @Spec private CommandSpec command;

  @Option(
      names = {"-q", "--quiet"},
      scope = ScopeType.INHERIT,
      description = "Only failures, the summary and errors (docs/terminal.md).")
  private boolean quiet;

  @Option(
      names = {"-v", "--verbose"},
      scope = ScopeType.INHERIT,
      description = "Devices, tunings and where an error comes from as well.")
  private boolean verbose;

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
    IParameterExceptionHandler usual = commandLine.getParameterExceptionHandler();
    commandLine.setParameterExceptionHandler((exception, words) -> {
      CommandLine about = exception.getCommandLine();
      about.setColorScheme(Help.defaultColorScheme(Voice.ofErrors(about)));
      return usual.handleParseException(exception, words);
    });
    commandLine.setExecutionExceptionHandler(
        (exception, command, parsed) -> report(exception, command));
    return commandLine;
  }

  /** What the command runs on. Devices are looked for here and not before: help needs none. */
  Backends backends() {
    Backends found = backends.get();
    if (verbose) {
      Voice voice = Voice.of(command);
      for (DeviceInfo device : found.devices()) {
        voice.detail(
            "device %s:%d: %s, %s, driver %s"
                .formatted(
                    device.backend(),
                    device.index(),
                    device.name(),
                    device.kind(),
                    device.driver()));
      }
      found.missing().forEach(line -> voice.detail("not found: " + line));
    }
    return found;
  }

  /** Whether only failures, the summary and errors are wanted. */
  boolean quiet() {
    return quiet;
  }

  /** Whether everything that is known is wanted. */
  boolean verbose() {
    return verbose;
  }

  private static int runLast(ParseResult parsed) {
    Voice voice = Voice.of(parsed.commandSpec());
    if (voice.quiet() && voice.verbose()) {
      PrintWriter err = parsed.commandSpec().commandLine().getErr();
      err.printf(
          "%s --quiet and --verbose ask for less and for more; leave one of them out%n",
          Voice.errorPrefix(parsed.commandSpec().commandLine()));
      err.flush();
      return ExitCode.USAGE;
    }
    voice.detail(
        "%s on Java %s, %d processors, %,d MiB for the JVM"
            .formatted(
                Version.text(),
                Runtime.version(),
                Runtime.getRuntime().availableProcessors(),
                Runtime.getRuntime().maxMemory() >> 20));
    long start = System.nanoTime();
    int code = run(parsed);
    voice.detail("exit code %d after %.1f s".formatted(code, (System.nanoTime() - start) / 1e9));
    return code;
  }

  /** Picocli handles exceptions only; a heap that is full is an error. */
  private static int run(ParseResult parsed) {
    try {
      return new RunLast().execute(parsed);
    } catch (OutOfMemoryError e) {
      CommandLine commandLine = parsed.commandSpec().commandLine();
      commandLine
          .getErr()
          .printf(
              "%s the JVM's %,d MiB of memory are not enough (%s) for %s; choose a smaller"
                  + " problem (--n), or more memory: ATTN_JAVA_OPTS=-Xmx8g%n",
              Voice.errorPrefix(commandLine),
              Runtime.getRuntime().maxMemory() >> 20,
              e.getMessage(),
              RepeatedCommand.of(parsed.originalArgs()));
      commandLine.getErr().flush();
      return ExitCode.OUT_OF_MEMORY;
    }
  }

  private static int report(Exception exception, CommandLine command) {
    int code = exitCode(exception);
    PrintWriter err = command.getErr();
    String prefix = Voice.errorPrefix(command);
    if (code == ExitCode.BUG) {
      err.println(
          prefix + " this is a mistake of ours; please report the command and these lines:");
      exception.printStackTrace(err);
    } else {
      err.println(prefix + " " + exception.getMessage());
      if (Voice.of(command.getCommandSpec()).verbose()) {
        exception.printStackTrace(err);
      }
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
      return new String[] {text()};
    }

    static String text() {
      @Nullable String version = AttnCommand.class.getPackage().getImplementationVersion();
      return "attn4j " + (version == null ? "(not packaged)" : version);
    }
  }
}
