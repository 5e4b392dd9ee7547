package io.github.attn4j.bench.ab;

import io.github.attn4j.core.kernel.BackendException;
import io.github.attn4j.core.report.BenchReport;
import io.github.attn4j.core.report.Contestant;
import io.github.attn4j.core.report.Environment;
import io.github.attn4j.core.report.PairedRatio;
import io.github.attn4j.core.report.PairedTrials;
import io.github.attn4j.core.report.RegressionReport;
import io.github.attn4j.core.report.RegressionRule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Two versions in trials, each a fresh process: builds them, runs one trial of each that does not
 * count, then pair after pair, both of a pair in turns. What was measured so far can be had at any
 * moment. A version that gives a wrong result, or none, ends the run: correctness counts before
 * speed.
 */
public final class AbRun {
  private static final int USAGE = 2;
  private static final int UNAVAILABLE = 4;

  /**
   * What to run.
   *
   * @param baseCells options that say which kernels and problems, for the base
   * @param newCells the same for the new version; another file of a kernel's, perhaps
   * @param seconds of launches that count, for each cell of a trial
   * @param pairs of trials
   * @param seed of the orders
   * @param threshold what a median must exceed, as a share
   * @param gate whether a slowdown fails the command
   * @param allowMissing whether cells that only the base measured fail nothing
   * @param trialLimitSeconds a process that takes longer is ended
   */
  public record Settings(
      List<String> baseCells,
      List<String> newCells,
      double seconds,
      int pairs,
      long seed,
      double threshold,
      boolean gate,
      boolean allowMissing,
      double trialLimitSeconds) {
    /** Copies the lists. */
    public Settings {
      baseCells = List.copyOf(baseCells);
      newCells = List.copyOf(newCells);
    }
  }

  /** The versions cannot be held against each other, and why. */
  public static final class NotComparable extends Exception {
    private static final long serialVersionUID = 1L;

    NotComparable(String reason) {
      super(reason);
    }
  }

  private final Version base;
  private final Version now;
  private final Settings settings;
  private final Environment environment;
  private final Trials processes;
  private final Runnable pause;
  private final Supplier<Optional<String>> edited;
  private final PairedTrials trials = new PairedTrials();
  private final List<String> remarks = new ArrayList<>();
  private final AtomicReference<@Nullable BenchReport> baseReport = new AtomicReference<>();
  private final AtomicReference<@Nullable BenchReport> newReport = new AtomicReference<>();
  private final AtomicReference<@Nullable String> baseBuild = new AtomicReference<>();
  private final AtomicReference<@Nullable String> newBuild = new AtomicReference<>();
  private Protocol protocol = Protocol.TURNS;
  private double pairSeconds = Double.NaN;
  private volatile boolean ended;
  private volatile boolean inconclusive;

  /** What became of a version in the midst of the run; null as long as it is what it was. */
  private @Nullable String changed;

  /**
   * Starts nothing yet.
   *
   * @param pause called after each process, before what it left is believed: does not return where
   *     the user has interrupted, which ends trials, too
   * @param edited called after each trial: what has happened since the start to files that both are
   *     given; empty as long as they are what they were
   */
  public AbRun(
      Version base,
      Version now,
      Settings settings,
      Environment environment,
      Runnable pause,
      Supplier<Optional<String>> edited) {
    this.base = base;
    this.now = now;
    this.settings = settings;
    this.environment = environment;
    this.pause = pause;
    this.edited = edited;
    this.processes = new Trials(settings.trialLimitSeconds(), this::pauseAfter);
  }

  /**
   * Has both versions build themselves where they are not built, and finds out how trials are asked
   * of them. Nothing is built after this, whatever happens to the sources.
   *
   * @param chosen how trials are to be asked; empty for what both know
   * @param running the folder that this process runs from, which its launcher has built: to build
   *     there again would wait for this process to end; null where there is none
   * @throws BackendException.Unavailable with the last words of a version that does not start
   */
  public void prepare(Optional<Protocol> chosen, @Nullable Path running) {
    // A build may take minutes, and its limit is not a trial's.
    Trials patient = new Trials(Math.max(settings.trialLimitSeconds(), 3600), this::pauseAfter);
    for (Version version : List.of(base, now)) {
      TrialProcess.Ended started =
          patient.run(version, List.of("--version"), !isSame(version.folder(), running));
      if (started.exitCode() != 0) {
        throw new BackendException.Unavailable(
            "%s (%s) does not start: %s"
                .formatted(version.name(), version.origin(), started.words()));
      }
    }
    protocol = chosen.isPresent() ? required(chosen.get()) : bestThatBothKnow();
    if (protocol == Protocol.TURNS) {
      Trials.requireTurns();
    }
    if (protocol == Protocol.BENCH) {
      remarks.add(
          "trials are runs of ./attn bench with one fork%s"
              .formatted(chosen.isPresent() ? "" : ", since not both versions know ./attn trial"));
    } else if (protocol == Protocol.TRIAL) {
      remarks.add(
          "trials ran one after the other%s, so that what the machine did for longer than a fraction of a second hit one of a pair alone"
              .formatted(chosen.isPresent() ? "" : ", since not both versions can take turns"));
    }
  }

  private Protocol bestThatBothKnow() {
    return Stream.of(base, now)
        .map(this::bestThatIsKnown)
        .max(Comparator.naturalOrder()) // the older one's
        .orElseThrow();
  }

  /** By what it says of itself: help is given for any words, known or not. */
  private Protocol bestThatIsKnown(Version version) {
    TrialProcess.Ended asked = processes.run(version, List.of("trial", "--help"), false);
    if (asked.exitCode() != 0) {
      throw new BackendException.Unavailable(
          "%s (%s) does not say what it knows: %s"
              .formatted(version.name(), version.origin(), asked.words()));
    }
    String help = asked.output();
    if (!help.contains("Usage: attn trial ")) {
      return Protocol.BENCH;
    }
    return help.contains("--turns") ? Protocol.TURNS : Protocol.TRIAL;
  }

  private Protocol required(Protocol chosen) {
    for (Version version : List.of(base, now)) {
      Protocol best = bestThatIsKnown(version);
      if (chosen.compareTo(best) < 0) {
        throw new IllegalArgumentException(
            "--protocol %s: %s (%s) knows %s at best; leave the option out"
                .formatted(word(chosen), version.name(), version.origin(), word(best)));
      }
    }
    return chosen;
  }

  private static String word(Protocol protocol) {
    return protocol.name().toLowerCase(Locale.ROOT);
  }

  private static boolean isSame(Path folder, @Nullable Path other) {
    try {
      return other != null && Files.isSameFile(folder, other);
    } catch (IOException e) {
      return false; // one of them is not there
    }
  }

  /**
   * A signal that ended a trial may be meant for this process, which hears of it a little later.
   */
  private void pauseAfter(TrialProcess.Ended ended) {
    if (ended.wasInterrupted()) {
      try {
        TimeUnit.SECONDS.sleep(1);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    pause.run();
  }

  /** How trials are asked. */
  public Protocol protocol() {
    return protocol;
  }

  /**
   * Runs a trial of each that counts for its results and not for its times: it compiles, and fills
   * caches on the disk.
   *
   * @throws NotComparable if the base gives no result, the devices differ, or something is no
   *     longer what it was
   * @throws BackendException.Unavailable if there is no device for them
   * @throws IllegalArgumentException if the pairs are too few for so many cells
   */
  public void warmUp() throws NotComparable {
    TrialProcess.Ended one = trial(true, 0);
    requireResult(base, one);
    if (!one.complete()) {
      throw new NotComparable(
          "%s has no result for every cell: %s".formatted(base.name(), one.words()));
    }
    TrialProcess.Ended two = trial(false, 0);
    if (changed != null) {
      throw new NotComparable(changed);
    }
    if (two.report() == null && (two.exitCode() == USAGE || two.exitCode() == UNAVAILABLE)) {
      requireResult(now, two);
    }
    pairSeconds = one.seconds() + two.seconds();
    // Not while a trial runs: whoever interrupts asks for what there is.
    synchronized (this) {
      trials.add(kept(baseReport, one), true);
      takeNew(two);
      if (!trials.differentDevices().isEmpty()) {
        throw new NotComparable(String.join("\n", trials.differentDevices()));
      }
      int least = PairedRatio.leastPairs(RegressionRule.significance(trials.size()));
      if (settings.pairs() < least) {
        throw new IllegalArgumentException(
            "--pairs %d: with %d cell%s no slowdown can be told from chance by fewer than %d pairs; give more, or fewer cells"
                .formatted(settings.pairs(), trials.size(), trials.size() == 1 ? "" : "s", least));
      }
      if (one.exitCode() == TrialProcess.WATCHDOG) {
        ended = true; // each other trial would wait for it again
        inconclusive = true;
        remarks.add("no pairs were measured: a kernel of %s never ended".formatted(base.name()));
      } else if (!ended && !trials.anyMeasuredInBoth()) {
        ended = true;
        inconclusive = true;
        remarks.add("no pairs were measured: no cell has a time in both versions");
      }
    }
  }

  private static void requireResult(Version version, TrialProcess.Ended trial)
      throws NotComparable {
    if (trial.report() != null) {
      return;
    }
    String message = "%s gives no result: %s".formatted(version.name(), trial.words());
    if (trial.exitCode() == UNAVAILABLE) {
      throw new BackendException.Unavailable(message);
    }
    throw new NotComparable(message);
  }

  private static BenchReport kept(
      AtomicReference<@Nullable BenchReport> place, TrialProcess.Ended trial) {
    BenchReport report = Objects.requireNonNull(trial.report());
    place.compareAndSet(null, report);
    return report;
  }

  /** Takes what the new version's trial says but for its times; ends the run where it is broken. */
  private synchronized void takeNew(TrialProcess.Ended trial) {
    if (trial.report() != null) {
      trials.add(kept(newReport, trial), false);
    }
    if (!trial.complete()) {
      trials.fail(false, trial.report(), trial.words());
      ended = true;
      remarks.add("ended early: %s gave no result for every cell".formatted(now.name()));
    } else if (trial.exitCode() == TrialProcess.WATCHDOG) {
      ended = true;
      remarks.add(
          "ended early: a kernel of %s never ended; cells after it were not asked for again"
              .formatted(now.name()));
    }
  }

  /**
   * Whether the base stopped giving results, or a version is not what it was: nothing is left to
   * compare.
   */
  public boolean inconclusive() {
    return inconclusive;
  }

  /** What all pairs will take, by the trials that did not count. */
  public double predictedSeconds() {
    return pairSeconds * settings.pairs();
  }

  /** Runs the pairs; {@code done} hears of each. */
  public void run(Consumer<String> done) {
    List<Boolean> order = TrialOrder.of(settings.pairs(), settings.seed());
    for (int pair = 1; pair <= order.size() && !ended; pair++) {
      boolean baseFirst = order.get(pair - 1);
      Pair both = pair(baseFirst, pair);
      String trouble = protocol == Protocol.TURNS && changed == null ? trouble(both) : "";
      if (!trouble.isEmpty()) {
        oneAfterTheOther(pair, trouble, both);
        both = pair(baseFirst, pair);
      }
      take(pair, baseFirst, both.base(), both.now());
      done.accept(
          String.format(
              Locale.ROOT,
              "pair %d, %s first, %.1f s",
              pair,
              baseFirst ? "base" : "new",
              both.base().seconds() + both.now().seconds()));
    }
  }

  private synchronized void take(
      int pair, boolean baseFirst, TrialProcess.Ended one, TrialProcess.Ended two) {
    if (changed != null) {
      inconclusive = true;
      ended = true;
      remarks.add("ended early, in pair %d: %s".formatted(pair, changed));
      return;
    }
    if (!one.finished() && !two.finished()) {
      inconclusive = true;
      ended = true;
      remarks.add(
          "ended early, in pair %d: neither version gave a result for every cell, as where the machine is at fault; %s: %s; %s: %s"
              .formatted(pair, base.name(), one.words(), now.name(), two.words()));
      return;
    }
    List<String> lost =
        one.finished() ? trials.lostByBase(kept(baseReport, one)) : List.<String>of();
    if (!lost.isEmpty()) {
      inconclusive = true;
      ended = true;
      remarks.add(
          "ended early, in pair %d: the trial of %s lacks what an earlier one had: %s"
              .formatted(pair, base.name(), String.join("; ", lost)));
    }
    if (one.finished() && two.finished()) {
      trials.add(pair, baseFirst, kept(baseReport, one), kept(newReport, two));
    } else {
      takeNew(two);
    }
    if (!one.finished()) {
      inconclusive = true;
      ended = true;
      remarks.add(
          "ended early, in pair %d: %s gave no result for every cell, which it had before, so that speed cannot be judged: %s"
              .formatted(pair, base.name(), one.words()));
    }
  }

  private record Pair(TrialProcess.Ended base, TrialProcess.Ended now) {
    static Pair of(boolean baseFirst, TrialProcess.Ended first, TrialProcess.Ended second) {
      return baseFirst ? new Pair(first, second) : new Pair(second, first);
    }
  }

  private Pair pair(boolean baseFirst, int pair) {
    if (protocol != Protocol.TURNS) {
      TrialProcess.Ended first = trial(baseFirst, pair);
      return Pair.of(baseFirst, first, trial(!baseFirst, pair));
    }
    List<TrialProcess.Ended> both =
        processes.inTurns(asked(baseFirst, pair), asked(!baseFirst, pair));
    return Pair.of(baseFirst, seen(both.getFirst(), baseFirst), seen(both.getLast(), !baseFirst));
  }

  /**
   * What happened to both trials at once that did not when each ran alone: two may not fit into a
   * memory, and one that brings the device down brings down the other.
   *
   * @return in words; empty for nothing
   */
  private synchronized String trouble(Pair pair) {
    if (!pair.base().finished()) {
      return "%s gave no result for every cell (%s)".formatted(base.name(), pair.base().words());
    }
    if (!pair.now().finished() && pair.now().wasKilled()) {
      return "%s was killed (%s)".formatted(now.name(), pair.now().words()); // alone it shows why
    }
    BenchReport one = pair.base().report();
    BenchReport two = pair.now().report();
    return one == null || two == null ? "" : String.join("; ", trials.lostTogether(one, two));
  }

  /** From this pair on, which is run again; what NEW did wrong in it counts all the same. */
  private synchronized void oneAfterTheOther(int number, String trouble, Pair pair) {
    protocol = Protocol.TRIAL;
    remarks.add(
        "from pair %d on trials ran one after the other, as with --protocol trial: of two at once, %s"
            .formatted(number, trouble));
    BenchReport report = pair.now().report();
    if (report != null) {
      trials.addFailures(report);
    }
  }

  private TrialProcess.Ended trial(boolean ofBase, int pair) {
    return seen(processes.trial(protocol, asked(ofBase, pair)), ofBase);
  }

  private Trials.Asked asked(boolean ofBase, int pair) {
    return new Trials.Asked(
        ofBase ? base : now,
        ofBase ? settings.baseCells() : settings.newCells(),
        settings.seconds(),
        settings.seed() + pair);
  }

  /** Looks whether what ran is still what is compared. */
  private TrialProcess.Ended seen(TrialProcess.Ended trial, boolean ofBase) {
    Version version = ofBase ? base : now;
    AtomicReference<@Nullable String> known = ofBase ? baseBuild : newBuild;
    String build = trial.build();
    if (build != null && !known.compareAndSet(null, build) && !build.equals(known.get())) {
      changed =
          "%s in %s was built anew in the midst of the run: its application was %.12s and is %.12s; leave it alone while it is measured"
              .formatted(version.name(), version.folder(), known.get(), build);
    }
    Optional<String> edit = edited.get();
    if (edit.isPresent()) {
      changed = edit.get();
    }
    return trial;
  }

  /** All so far. */
  public synchronized RegressionReport report(boolean complete) {
    RegressionRule rule =
        new RegressionRule(
            settings.threshold(),
            settings.gate(),
            settings.allowMissing(),
            RegressionRule.significance(trials.size()),
            settings.pairs(),
            settings.seed());
    List<String> said = new ArrayList<>(remarks);
    said.addAll(trials.remarks(rule));
    return new RegressionReport(
        RegressionReport.SCHEMA_VERSION,
        "ab",
        environment,
        List.of(contestant(base, baseReport.get()), contestant(now, newReport.get())),
        rule,
        trials.rows(now.name(), rule),
        trials.unmatched(base.name(), now.name()),
        said,
        complete && !ended);
  }

  private static Contestant contestant(Version version, @Nullable BenchReport report) {
    return report == null
        ? new Contestant(
            version.name(), version.origin(), "unknown", "unknown", false, "", List.of())
        : Contestant.of(version.name(), version.origin(), report);
  }
}
