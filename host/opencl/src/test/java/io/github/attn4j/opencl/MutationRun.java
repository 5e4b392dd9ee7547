package io.github.attn4j.opencl;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Draws mutants of a kernel, tries each, and keeps what became of it in a file, so that a run which
 * was stopped goes on where it was. A changed kernel begins anew; a changed grid has its survivors
 * tried again by who removes their lines.
 */
final class MutationRun {
  private static final Duration SANITIZER_LIMIT = Duration.ofMinutes(8);

  /** What dies or never ends has touched what it must not soon, and what it prints is kept. */
  private static final Duration CONFIRMATION_LIMIT = Duration.ofMinutes(3);

  /** A case may take this many times what the slowest takes unchanged, and no less than this. */
  private static final int PATIENCE = 10;

  private static final double SHORTEST_LIMIT_SECONDS = 20;

  /** Nor more than this, where other work has slowed down what was measured. */
  private static final double LONGEST_LIMIT_SECONDS = 90;

  /** Most mutants are noticed by the first one; each costs a second or two. */
  private static final int FIRST_PROGRAMS = 2;

  /** A process that a signal ended has an exit code above this. */
  private static final int SIGNALS = 128;

  private static final String WHOLE_GRID = "the whole grid: ";
  private static final String SANITIZED = ", and the sanitizer found nothing";
  private static final String SANITIZER_SAYS = "; the sanitizer: ";

  private final OpenClKernel kernel;
  private final Path folder;
  private final ProgramText text;
  private final Map<String, Judged> judged = new LinkedHashMap<>();
  private Map<Integer, List<Integer>> lives = Map.of();

  /**
   * What became of a mutant.
   *
   * @param id of the mutant
   * @param detail which case noticed, or what was reported
   * @param seconds of the trial
   */
  record Judged(String id, MutantVerdict verdict, String detail, double seconds) {
    /** Whether its process came to no result, and the sanitizer found what is wrong. */
    boolean confirmed() {
      return verdict.isWithoutResult() && detail.contains(SANITIZER_SAYS);
    }

    private boolean askedSanitizer() {
      return confirmed() || detail.endsWith(SANITIZED);
    }

    String line() {
      return "%s\t%s\t%.1f\t%s".formatted(id, verdict, seconds, detail.replaceAll("\\s+", " "));
    }

    static Judged parse(String line) {
      String[] parts = line.split("\t", 4);
      return new Judged(
          parts[0], MutantVerdict.valueOf(parts[1]), parts[3], Double.parseDouble(parts[2]));
    }
  }

  /** How a process ended. */
  private record Ended(int exitCode, boolean stopped, String lastLine, double slowestCase) {}

  /**
   * @param folder where results are kept
   */
  MutationRun(OpenClKernel kernel, Path folder) {
    this.kernel = kernel;
    this.folder = folder;
    this.text = ProgramText.of(kernel);
    try {
      Files.createDirectories(folder);
      if (Files.exists(results())) {
        Files.readAllLines(results()).stream()
            .map(Judged::parse)
            .forEach(one -> judged.put(one.id(), one));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + results(), e);
    }
  }

  /**
   * Arguments: a kernel's id, a folder, how many mutants, a seed, seconds to spend, and what to do:
   * {@code draw} mutants and try each on the grid's first programs, {@code survivors} of that on
   * all of them, {@code sanitize} what survives: before the whole grid too, where that takes long;
   * or {@code confirm} by the sanitizer what came to no result.
   */
  public static void main(String[] arguments) {
    MutationRun run = new MutationRun(OpenClKernel.byId(arguments[0]), Path.of(arguments[1]));
    int wanted = Integer.parseInt(arguments[2]);
    long seed = Long.parseLong(arguments[3]);
    Duration budget = Duration.ofSeconds(Long.parseLong(arguments[4]));
    boolean done =
        switch (arguments[5]) {
          case "draw" -> run.draw(wanted, seed, budget);
          case "survivors" -> run.survivors(seed, budget, false);
          case "sanitize" -> run.survivors(seed, budget, true);
          case "confirm" -> run.confirm(seed, budget);
          default ->
              throw new IllegalArgumentException(
                  "draw, survivors, sanitize or confirm, not " + arguments[5]);
        };
    System.out.println(done ? "all are judged" : "the time is spent; the rest is left");
  }

  /**
   * Tries mutants on the grid's first programs until so many count.
   *
   * @return whether all were tried before the time was spent
   */
  boolean draw(int wanted, long seed, Duration budget) {
    long end = System.nanoTime() + budget.toNanos();
    List<Mutant> order = drawn(seed);
    double limit = limitSeconds();
    System.out.printf("%s: %d mutants to draw from%n", kernel.id(), order.size());
    int counted = 0;
    for (Mutant mutant : order) {
      if (counted >= wanted) {
        return true;
      }
      Judged known = judged.get(mutant.id());
      if (known == null) {
        if (System.nanoTime() > end) {
          return false;
        }
        known = tried(mutant, true, limit);
        keep(mutant, known);
      }
      counted += known.verdict().counts() ? 1 : 0;
    }
    return true;
  }

  /**
   * Tries survivors again, on all of the grid or under the sanitizer; not those that are argued to
   * be equivalent.
   */
  boolean survivors(long seed, Duration budget, boolean sanitize) {
    long end = System.nanoTime() + budget.toNanos();
    Map<String, String> equivalent = EquivalentMutants.of(kernel);
    double limit = limitSeconds();
    for (Mutant mutant : drawn(seed)) {
      Judged known = judged.get(mutant.id());
      if (known == null
          || known.verdict() != MutantVerdict.SURVIVED
          || equivalent.containsKey(mutant.id())
          || (!sanitize && known.detail().startsWith(WHOLE_GRID))
          || (sanitize && known.detail().endsWith(SANITIZED))) {
        continue;
      }
      if (System.nanoTime() > end) {
        return false;
      }
      keep(mutant, sanitize ? sanitized(mutant, known) : onAllOfTheGrid(mutant, known, limit));
    }
    return true;
  }

  /**
   * Asks the sanitizer of mutants whose process died, never ended or was refused a launch: what
   * they would have computed is not known, but what they touch may be.
   *
   * @return whether all were asked before the time was spent
   */
  boolean confirm(long seed, Duration budget) {
    long end = System.nanoTime() + budget.toNanos();
    for (Mutant mutant : drawn(seed)) {
      Judged known = judged.get(mutant.id());
      if (known == null || !known.verdict().isWithoutResult() || known.askedSanitizer()) {
        continue;
      }
      if (System.nanoTime() > end) {
        return false;
      }
      Oclgrind.Outcome outcome = sanitizer(mutant, CONFIRMATION_LIMIT);
      String said =
          reported(outcome)
              .map(report -> SANITIZER_SAYS + report)
              .orElseGet(() -> foundNothing(outcome));
      keep(
          mutant,
          new Judged(
              mutant.id(),
              known.verdict(),
              known.detail() + said,
              known.seconds() + outcome.seconds()));
    }
    return true;
  }

  private void keep(Mutant mutant, Judged one) {
    judged.put(mutant.id(), one);
    append(one);
    ProgramText.Line line = text.lines().get(mutant.place());
    System.out.printf(
        "%s %s %s%n     %s:%d %s%n",
        one.line(),
        mutant.operator(),
        mutant.change(text),
        line.file(),
        line.number(),
        line.text().strip());
  }

  /** In the order of the draw. */
  List<Mutant> drawn(long seed) {
    lives = liveLines();
    return Mutant.drawn(Mutant.all(kernel, text), one -> lives.containsKey(one.place()), seed);
  }

  Map<String, Judged> judged() {
    return judged;
  }

  ProgramText text() {
    return text;
  }

  private Judged tried(Mutant mutant, boolean first, double limit) {
    List<Integer> all = lives.getOrDefault(mutant.place(), List.of());
    List<Integer> programs = first ? all.subList(0, Math.min(FIRST_PROGRAMS, all.size())) : all;
    Judged one = tried(mutant.id(), programs, !first, limit);
    return one.verdict() == MutantVerdict.SURVIVED && programs.size() == all.size()
        ? new Judged(one.id(), one.verdict(), WHOLE_GRID + one.detail(), one.seconds())
        : one;
  }

  /**
   * Tries one mutant in a process of its own.
   *
   * @param programs which of the grid's programs to ask for
   * @param askCompiler whether to ask a compiler first if it makes other code of the mutant at all
   * @throws IllegalStateException if the trial itself failed, which says nothing of the mutant
   */
  Judged tried(String id, List<Integer> programs, boolean askCompiler, double limitSeconds) {
    long start = System.nanoTime();
    Ended ended = process(id, programs, askCompiler, limitSeconds);
    double seconds = (System.nanoTime() - start) / 1e9;
    boolean inACase =
        ended.lastLine().startsWith("case ") && !ended.lastLine().startsWith(MutantTrial.NO_CASE);
    if (inACase && ended.stopped()) {
      return new Judged(id, MutantVerdict.NEVER_ENDED, ended.lastLine(), seconds);
    }
    if (inACase && ended.exitCode() > SIGNALS) {
      return new Judged(
          id,
          MutantVerdict.CRASHED,
          "signal %d in %s".formatted(ended.exitCode() - SIGNALS, ended.lastLine()),
          seconds);
    }
    if (!ended.lastLine().startsWith("verdict ")) {
      throw new IllegalStateException(
          "the trial of %s failed with exit code %d after '%s'; its output is %s"
              .formatted(id, ended.exitCode(), ended.lastLine(), output()));
    }
    String[] verdict = ended.lastLine().substring("verdict ".length()).split("\t", -1);
    return new Judged(id, MutantVerdict.valueOf(verdict[0]), verdict[1], seconds);
  }

  /** What the sanitizer said before is not forgotten. */
  private Judged onAllOfTheGrid(Mutant mutant, Judged survived, double limit) {
    Judged one = tried(mutant, false, limit);
    return one.verdict() == MutantVerdict.SURVIVED && survived.detail().endsWith(SANITIZED)
        ? new Judged(one.id(), one.verdict(), one.detail() + SANITIZED, one.seconds())
        : one;
  }

  private Judged sanitized(Mutant mutant, Judged survived) {
    Oclgrind.Outcome outcome = sanitizer(mutant, SANITIZER_LIMIT);
    double seconds = survived.seconds() + outcome.seconds();
    return reported(outcome)
        .map(report -> new Judged(mutant.id(), MutantVerdict.SANITIZER, report, seconds))
        .orElseGet(() ->
            new Judged(
                mutant.id(),
                MutantVerdict.SURVIVED,
                survived.detail() + foundNothing(outcome),
                seconds));
  }

  /**
   * The first finding. Wrong results on that device count, too: a few mistakes show where items run
   * in another order.
   */
  private static Optional<String> reported(Oclgrind.Outcome outcome) {
    if (outcome.findings().isEmpty() && outcome.complete() && outcome.right() < outcome.cases()) {
      return Optional.of("%d of %d right".formatted(outcome.right(), outcome.cases()));
    }
    return outcome.findings().stream()
        // Threads print by turns: what counts reports may come before them.
        .min(Comparator.comparing(line -> line.contains(" generated")));
  }

  private static String foundNothing(Oclgrind.Outcome outcome) {
    return outcome.complete() ? SANITIZED : "; not all of it" + SANITIZED;
  }

  private Oclgrind.Outcome sanitizer(Mutant mutant, Duration limit) {
    String[] change = mutant.textAndReplacement();
    Path own = folder.resolve(kernel.id() + "-sanitizer");
    boolean mma = kernel == OpenClKernel.FLASH_MMA;
    List<String> arguments = new ArrayList<>(List.of(own.resolve("programs").toString()));
    if (!mma) {
      arguments.add(kernel.id());
    }
    arguments.addAll(List.of(change));
    if (mma) {
      arguments.add("more");
    }
    return Oclgrind.find()
        .run(
            kernel.globalId(),
            Oclgrind.checksUninitialized(kernel),
            mma ? SanitizedTensorCores.class : SanitizedMutant.class,
            arguments,
            own,
            limit);
  }

  /** The slowest case unchanged, many times; measured once. */
  private double limitSeconds() {
    try {
      Path file = folder.resolve(kernel.id() + ".seconds");
      if (!Files.exists(file)) {
        Ended ended = process(MutantTrial.UNCHANGED, List.of(0), false, 300);
        if (!ended.lastLine().startsWith("verdict " + MutantVerdict.SURVIVED)) {
          throw new IllegalStateException(
              "%s does not pass the quick grid as it is: %s"
                  .formatted(kernel.id(), ended.lastLine()));
        }
        Files.writeString(file, String.valueOf(ended.slowestCase()));
      }
      return Math.clamp(
          PATIENCE * Double.parseDouble(Files.readString(file)),
          SHORTEST_LIMIT_SECONDS,
          LONGEST_LIMIT_SECONDS);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot keep a time in " + folder, e);
    }
  }

  /** From a line's place to the programs that have it; asked once. */
  private Map<Integer, List<Integer>> liveLines() {
    if (!lives.isEmpty()) {
      return lives;
    }
    try {
      Path file =
          folder.resolve(
              "%s.%s.%s.lines"
                  .formatted(
                      kernel.id(),
                      KernelSource.digest(kernel.file()),
                      MutantGrid.digestOfPrograms(kernel)));
      if (!Files.exists(file)) {
        Files.write(
            file,
            MutantGrid.liveLines(kernel, text).entrySet().stream()
                .map(line -> line.getKey() + " " + joined(line.getValue()))
                .toList());
      }
      return Files.readAllLines(file).stream()
          .map(line -> line.split(" ", 2))
          .collect(
              Collectors.toMap(
                  line -> Integer.valueOf(line[0]),
                  line -> Arrays.stream(line[1].split(",", -1)).map(Integer::valueOf).toList()));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot keep lines in " + folder, e);
    }
  }

  private static String joined(List<Integer> numbers) {
    return numbers.stream().map(String::valueOf).collect(Collectors.joining(","));
  }

  private Path output() {
    return folder.resolve(kernel.id() + ".output");
  }

  private Path results() {
    return folder.resolve(kernel.id() + "." + KernelSource.digest(kernel.file()) + ".tsv");
  }

  private void append(Judged one) {
    try {
      Files.writeString(
          results(), one.line() + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + results(), e);
    }
  }

  private static String emptied(Path cache) throws IOException {
    if (Files.exists(cache)) {
      try (Stream<Path> files = Files.walk(cache)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
    return Files.createDirectories(cache).toString();
  }

  /** Runs {@link MutantTrial}; stops it where its output does not grow for so long. */
  private Ended process(
      String id, List<Integer> programs, boolean askCompiler, double limitSeconds) {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:+SuppressFatalErrorMessage", // a crash is a result here, and leaves no files
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                MutantTrial.class.getName(),
                kernel.id(),
                id,
                joined(programs)));
    if (askCompiler) {
      command.add("compiler");
    }
    Path output = output();
    try {
      ProcessBuilder builder =
          new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
      // Whatever is tried is compiled: what the slowest case takes says how long others may.
      builder.environment().put("POCL_CACHE_DIR", emptied(folder.resolve(kernel.id() + ".pocl")));
      Process process = builder.start();
      long size = -1;
      long grown = System.nanoTime();
      double slowest = 0;
      boolean stopped = false;
      while (!process.waitFor(50, TimeUnit.MILLISECONDS)) {
        long now = Files.size(output);
        double silent = (System.nanoTime() - grown) / 1e9;
        if (now != size) {
          slowest = size < 0 ? slowest : Math.max(slowest, silent);
          size = now;
          grown = System.nanoTime();
        } else if (silent > limitSeconds) {
          stopped = true;
          process.destroyForcibly().waitFor();
        }
      }
      List<String> lines = Files.readString(output).lines().toList();
      String last =
          lines.stream()
              .filter(line -> line.startsWith("case ") || line.startsWith("verdict "))
              .reduce("no case", (before, line) -> line);
      return new Ended(process.exitValue(), stopped, last, slowest);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot run a mutant in " + folder, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while a mutant ran", e);
    }
  }
}
