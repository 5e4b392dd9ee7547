package io.github.attn4j.opencl;

import io.github.attn4j.core.kernel.BackendException;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.Tuning;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Runs kernels on Oclgrind, an OpenCL device that interprets them and reports accesses out of
 * bounds, data races, reads of what was never written and misuse of the API (Price and
 * McIntosh-Smith, "Oclgrind: an extensible OpenCL device simulator", 2015). Each run is a process
 * of its own, since the OpenCL loader looks for drivers once.
 *
 * @param library the driver
 */
public record Oclgrind(Path library) {
  private static final String FILE_NAME = "liboclgrind-rt-icd.so";

  /** Enough to understand a fault; one in a loop would fill the disk. */
  private static final String LARGEST_REPORT = "20";

  /** What a crash report names where it happened in the simulator. */
  private static final String LIBRARY_NAME = "liboclgrind";

  /** Aborted, as the JVM does where a library faults, and killed by a fault. */
  private static final List<Integer> CRASHED = List.of(128 + 6, 128 + 11);

  /** Ended by what also ends a terminal's other processes: SIGHUP, SIGINT, SIGTERM. */
  private static final List<Integer> INTERRUPTED = List.of(128 + 1, 128 + 2, 128 + 15);

  /** How Oclgrind's reports start, and its compiler's, and what ends them. */
  private static final Pattern FINDING =
      Pattern.compile(
          "Invalid (read|write)|data race|ninitialized|OCLGRIND|Oclgrind - OpenCL runtime error"
              + "|Work-group divergence|ERROR|errors? generated");

  /** What follows the first line of each report of a launch, whatever that line says. */
  private static final Pattern OF_A_LAUNCH = Pattern.compile("^\\s+Kernel: ");

  /** How a case that was not asked is printed. */
  private static final Pattern REFUSAL = Pattern.compile("^case .*: unsupported, (.*)$");

  /** How a case whose program did not build is printed. */
  private static final Pattern BUILD_FAILURE = Pattern.compile("^case .*: BUILD FAILED");

  /** What of {@link #FINDING} Oclgrind and its compiler say of a program that does not build. */
  private static final Pattern OF_A_BUILD =
      Pattern.compile(
          "errors? generated|Oclgrind - OpenCL runtime error.*\\R\\s*Function: cl(Build|Compile|Link)Program");

  private static final Pattern RIGHT =
      Pattern.compile("right: (\\d+) of (\\d+), unsupported (\\d+)");

  /**
   * What a run came to.
   *
   * @param name of what ran
   * @param checksUninitialized whether reads of what was never written were looked for
   * @param complete whether the process came to its end and counted its cases
   * @param cases how many the kernel supports
   * @param right how many of them passed the check; fewer where the process ended early
   * @param unsupported cases that the kernel refuses
   * @param findings lines of the output that report a fault, in order
   * @param exitCode of the process; -1 where it had to be stopped
   * @param output everything it printed
   * @param seconds how long it took
   */
  public record Outcome(
      String name,
      boolean checksUninitialized,
      boolean complete,
      int cases,
      int right,
      int unsupported,
      List<String> findings,
      int exitCode,
      String output,
      double seconds) {
    /** Whether every case was right and nothing was reported. */
    public boolean clean() {
      return exitCode == 0 && findings.isEmpty() && cases > 0 && right == cases;
    }

    /** Whether the kernel refused every case: neither clean nor a failure. */
    public boolean refusedAll() {
      return complete && exitCode == 0 && findings.isEmpty() && cases == 0 && unsupported > 0;
    }

    /**
     * Whether the process died within Oclgrind, before it found anything: neither right nor a
     * finding.
     */
    public boolean simulatorCrashed() {
      return findings.isEmpty() && CRASHED.contains(exitCode) && output.contains(LIBRARY_NAME);
    }

    /** Whether a signal ended the process that may have been meant for all of a terminal's. */
    public boolean wasInterrupted() {
      return INTERRUPTED.contains(exitCode);
    }

    /** This one, which came after a crash of the simulator, and says so. */
    Outcome after(Outcome crashed) {
      String said =
          "Oclgrind itself crashed (exit code %d after %.1f s): ran once more%n"
              .formatted(crashed.exitCode(), crashed.seconds());
      return new Outcome(
          name,
          checksUninitialized,
          complete,
          cases,
          right,
          unsupported,
          findings,
          exitCode,
          said + output,
          crashed.seconds() + seconds);
    }

    /**
     * Whether programs did not build, and nothing else is wrong: every case that is not right is
     * one of theirs, and so is everything that Oclgrind reported. Their logs are in the output.
     */
    public boolean onlyBuildsFailed() {
      long failed = output.lines().filter(line -> BUILD_FAILURE.matcher(line).find()).count();
      long reported = OF_A_BUILD.matcher(output).results().count();
      return complete
          && exitCode == 0
          && failed > 0
          && failed == cases - right
          && findings.size() == reported;
    }

    /** Why it refused, each reason once, in the order of the cases. */
    public List<String> refusals() {
      return output
          .lines()
          .map(REFUSAL::matcher)
          .filter(Matcher::find)
          .map(line -> line.group(1))
          .distinct()
          .toList();
    }
  }

  /**
   * The installed one, which packages put into a library folder beside the executable's.
   *
   * @throws BackendException.Unavailable if there is none
   */
  public static Oclgrind find() {
    for (String entry : System.getenv().getOrDefault("PATH", "").split(":", -1)) {
      Path executable = Path.of(entry.isEmpty() ? "." : entry).resolve("oclgrind");
      if (Files.isExecutable(executable)) {
        try {
          Path lib = executable.toRealPath().resolve("../../lib").normalize();
          try (Stream<Path> files = Files.find(lib, 3, (file, a) -> file.endsWith(FILE_NAME))) {
            return new Oclgrind(
                files
                    .findFirst()
                    .orElseThrow(() ->
                        new BackendException.Unavailable(
                            "%s is there, but %s is not below %s"
                                .formatted(executable, FILE_NAME, lib))));
          }
        } catch (IOException e) {
          throw new UncheckedIOException("cannot look for Oclgrind's driver", e);
        }
      }
    }
    throw new BackendException.Unavailable("Oclgrind not found: apt-get install oclgrind");
  }

  /**
   * Runs a kernel of OpenCL.
   *
   * @param tuning values that take the place of the default's, for parameters that it has
   * @param folder for the driver list, compiled programs and output
   * @param limit after which the process is stopped
   */
  public Outcome run(
      KernelVariant kernel, SanitizedCases cases, Tuning tuning, Path folder, Duration limit) {
    if (!(kernel instanceof OpenClVariant openCl)) {
      throw new IllegalArgumentException(
          "%s is no OpenCL kernel: Oclgrind runs only those".formatted(kernel.globalId()));
    }
    SanitizedDevice device = SanitizedDevice.of(openCl).getFirst();
    return run(openCl, cases, tuning, device, folder, limit);
  }

  private Outcome run(
      OpenClVariant kernel,
      SanitizedCases cases,
      Tuning tuning,
      SanitizedDevice device,
      Path folder,
      Duration limit) {
    return run(
        kernel.globalId(),
        checksUninitialized(kernel),
        SanitizedRun.class,
        arguments(kernel, cases, tuning, device, folder),
        folder,
        limit);
  }

  /** Of {@link SanitizedRun#main}. */
  static List<String> arguments(
      OpenClVariant kernel,
      SanitizedCases cases,
      Tuning tuning,
      SanitizedDevice device,
      Path folder) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                folder.resolve("programs").toString(),
                kernel.id(),
                cases.encode(),
                tuning.label(),
                device.name()));
    if (kernel instanceof GivenKernel given) {
      arguments.add(given.file().toString());
      arguments.add(given.descriptorFile().toString());
      arguments.add(given.sourceDigest());
    }
    return arguments;
  }

  /** Runs what {@code --full} consists of. */
  public Outcome run(SanitizedSubject subject, Path folder, Duration limit) {
    OpenClKernel kernel = subject.kernel();
    if (kernel != null) {
      return run(
          kernel, SanitizedSubject.cases(), subject.tuning(), subject.device(), folder, limit);
    }
    SanitizedSupport support = subject.requireSupport();
    List<String> arguments =
        List.of(folder.resolve("programs").toString(), support.name(), subject.device().name());
    return run(
        support.file(),
        support.checksUninitialized(),
        SanitizedRun.class,
        arguments,
        folder,
        limit);
  }

  /**
   * Runs a class that prints what {@link SanitizedRun} does. Where Oclgrind itself crashes, once
   * more, which the output says: its race detector did once in hundreds of runs, on a machine with
   * more to do than it has cores.
   *
   * @param uninitialized whether reads of what was never written are looked for
   */
  Outcome run(
      String name,
      boolean uninitialized,
      Class<?> main,
      List<String> arguments,
      Path folder,
      Duration limit) {
    Outcome first = once(name, uninitialized, main, arguments, folder, limit);
    if (!first.simulatorCrashed()) {
      return first;
    }
    Outcome second = once(name, uninitialized, main, arguments, folder, limit);
    return second.after(first);
  }

  private Outcome once(
      String name,
      boolean uninitialized,
      Class<?> main,
      List<String> arguments,
      Path folder,
      Duration limit) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add("-XX:ErrorFile=" + folder.resolve("crash-of-the-simulator.log"));
    command.add("-XX:-CreateCoredumpOnCrash");
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(main.getName());
    command.addAll(arguments);
    try {
      Path vendors = Files.createDirectories(folder.resolve("vendors"));
      Files.writeString(vendors.resolve("oclgrind.icd"), library + "\n");
      Path output = folder.resolve("output.txt");
      ProcessBuilder builder =
          new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
      builder.environment().putAll(environment(uninitialized, vendors));
      builder.environment().keySet().removeAll(List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS"));
      long start = System.nanoTime();
      Process process = builder.start();
      boolean ended = waitFor(process, limit);
      return outcome(
          name,
          uninitialized,
          ended ? process.exitValue() : -1,
          Files.readString(output, StandardCharsets.UTF_8),
          (System.nanoTime() - start) / 1e9);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot run Oclgrind in " + folder, e);
    }
  }

  /**
   * Whether reads of what was never written are looked for: everywhere but in {@code
   * flash_split_kv}, in which that check of Oclgrind 21.10 crashes, in a copy of its own beyond
   * what it has, on every spec; without the check the same runs end, and find nothing.
   */
  static boolean checksUninitialized(OpenClVariant kernel) {
    return kernel != OpenClKernel.FLASH_SPLIT_KV;
  }

  private static boolean waitFor(Process process, Duration limit) {
    try {
      if (process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
        return true;
      }
      process.destroyForcibly().waitFor();
      return false;
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while Oclgrind ran", e);
    }
  }

  private static Map<String, String> environment(boolean uninitialized, Path vendors) {
    Map<String, String> environment = new java.util.TreeMap<>();
    environment.put("OCL_ICD_VENDORS", vendors.toString());
    environment.put("OCLGRIND_DATA_RACES", "1");
    environment.put("OCLGRIND_CHECK_API", "1");
    environment.put("OCLGRIND_MAX_ERRORS", LARGEST_REPORT);
    // The check for uninitialized values stops at LLVM's freeze, which only the optimizer writes.
    environment.put("OCLGRIND_BUILD_OPTIONS", "-cl-opt-disable");
    if (uninitialized) {
      environment.put("OCLGRIND_UNINITIALIZED", "1");
    }
    return environment;
  }

  static Outcome outcome(
      String name, boolean uninitialized, int exitCode, String output, double seconds) {
    Matcher right = RIGHT.matcher(output);
    boolean complete = right.find();
    int cases = complete ? Integer.parseInt(right.group(2)) : 0;
    int passed = complete ? Integer.parseInt(right.group(1)) : 0;
    int unsupported = complete ? Integer.parseInt(right.group(3)) : 0;
    return new Outcome(
        name,
        uninitialized,
        complete,
        cases,
        passed,
        unsupported,
        findings(output.lines().toList()),
        exitCode,
        output,
        seconds);
  }

  /** A load from where a vector is not aligned, for one, has none of the known words. */
  private static List<String> findings(List<String> lines) {
    return IntStream.range(0, lines.size())
        .filter(at ->
            FINDING.matcher(lines.get(at)).find()
                || (at + 1 < lines.size() && OF_A_LAUNCH.matcher(lines.get(at + 1)).find()))
        .mapToObj(at -> lines.get(at).strip())
        .toList();
  }
}
