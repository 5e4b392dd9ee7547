package io.github.attn4j.bench.tune;

import io.github.attn4j.bench.InputSource;
import io.github.attn4j.bench.measure.TuningDuel;
import io.github.attn4j.bench.shape.Shape;
import io.github.attn4j.core.kernel.BackendException;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.Session;
import io.github.attn4j.core.kernel.Support;
import io.github.attn4j.core.kernel.Tuning;
import io.github.attn4j.core.run.Evaluation;
import io.github.attn4j.core.run.Evaluator;
import io.github.attn4j.core.run.Watchdog;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.tuning.ConformanceGate;
import io.github.attn4j.core.tuning.ShapeClass;
import io.github.attn4j.core.tuning.StoredTunings;
import io.github.attn4j.core.tuning.TuningFile;
import io.github.attn4j.core.tuning.TuningRecord;
import io.github.attn4j.model.ModelLoadException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Searches kernel by kernel and class by class, and stores each winner as soon as it is found, so
 * that an interruption costs the class under way and the next run goes on behind it. The rival is
 * what runs without a record of the user's: what ships for the device, or the kernel's own default.
 */
public final class TuningRun {
  private final TuningFile database;
  private final long seed;
  private final boolean again;
  private final TuningSearch.Pace pace;
  private final StoredTunings.Recheck recheck;
  private final TuningDuel.Stopwatch stopwatch;
  private final Consumer<String> complaints;
  private final List<Task> tasks = new ArrayList<>();
  private final List<Row> rows = new ArrayList<>();

  /**
   * A search to be made.
   *
   * @param session open on the device, with what runs there without a record: the rival
   * @param shapes the class, of which {@code shape} is one
   */
  public record Task(
      Session session,
      KernelVariant kernel,
      InputSource source,
      Shape shape,
      AttentionSpec spec,
      ShapeClass shapes) {}

  /**
   * What came of a task.
   *
   * @param record of this run or, where {@code stored}, of an earlier one; absent where the search
   *     could not be made
   * @param note why not, or what to know; may be empty
   * @param candidates that the kernel admits
   * @param tried how many of them were
   * @param refused those that computed something wrong, each with the problem
   * @param failure of the default itself, where it does not build, launch or fit: nobody's mistake
   *     in computing, and nothing to compare with
   */
  public record Row(
      Task task,
      Optional<TuningRecord> record,
      boolean stored,
      String note,
      int candidates,
      int tried,
      List<String> refused,
      Optional<Evaluation> failure) {}

  /**
   * Nothing is searched yet.
   *
   * @param database where records go
   * @param seed of all inputs
   * @param again whether classes with a record are searched once more
   * @param pace how long candidates are measured
   * @param recheck asked before a record of an earlier run is believed, as before it is used
   * @param stopwatch of all launches that are compared
   * @param complaints hears of records that cannot be read
   */
  public TuningRun(
      TuningFile database,
      long seed,
      boolean again,
      TuningSearch.Pace pace,
      StoredTunings.Recheck recheck,
      TuningDuel.Stopwatch stopwatch,
      Consumer<String> complaints) {
    this.database = database;
    this.seed = seed;
    this.again = again;
    this.pace = pace;
    this.recheck = recheck;
    this.stopwatch = stopwatch;
    this.complaints = complaints;
  }

  /**
   * Plans a search, unless one for the same kernel, device and class is planned already.
   *
   * @return why there is nothing to search; empty where there is, or was
   */
  public Optional<String> plan(
      Session session, KernelVariant kernel, InputSource source, Shape shape) {
    AttentionSpec spec = shape.spec();
    if (kernel.tuningParameters().isEmpty()) {
      return Optional.of(kernel.globalId() + " has no tuning parameters");
    }
    if (kernel.supports(spec, session.device()) instanceof Support.No no) {
      return Optional.of(
          "%s does not take %s: %s".formatted(kernel.globalId(), spec.label(), no.reason()));
    }
    ShapeClass shapes = ShapeClass.of(spec, session.device());
    if (tasks.stream()
        .noneMatch(task -> task.kernel().equals(kernel) && task.shapes().equals(shapes))) {
      tasks.add(new Task(session, kernel, source, shape, spec, shapes));
    }
    return Optional.empty();
  }

  /** What is planned. */
  public List<Task> tasks() {
    return List.copyOf(tasks);
  }

  /**
   * Searches everything that is planned, each class to its end while there is time: shares would
   * leave every class half searched, run after run.
   *
   * @param deadlineNanos on {@link System#nanoTime}
   * @param watchdog told of what is launched next
   * @param trials hears of each candidate
   * @param done hears of each task
   */
  public void run(
      long deadlineNanos, Watchdog watchdog, Consumer<String> trials, Consumer<Row> done) {
    List<TuningRecord> stored = database.records(complaints);
    List<Task> open = new ArrayList<>();
    Map<Task, TuningRecord> unfinished = new HashMap<>();
    for (Task task : tasks) {
      watchdog.step(watched(task, "the check of its stored tuning"));
      Optional<TuningRecord> known = known(task, stored, trials);
      watchdog.rest();
      if (known.isPresent() && known.get().complete() && !again) {
        keep(new Row(task, known, true, "", 0, 0, List.of(), Optional.empty()), done);
      } else {
        open.add(task);
        known.ifPresent(record -> unfinished.put(task, record));
      }
    }
    for (Task task : open) {
      keep(
          System.nanoTime() >= deadlineNanos
              ? without(task, "not searched: the time budget was spent (--time-budget)")
              : search(
                  task, Optional.ofNullable(unfinished.get(task)), deadlineNanos, watchdog, trials),
          done);
    }
  }

  private void keep(Row row, Consumer<Row> done) {
    synchronized (this) {
      rows.add(row);
    }
    done.accept(row);
  }

  /** What runs without a record, and what a record must have been measured against to count. */
  private static Tuning rival(Task task) {
    return task.session().tunings().of(task.kernel(), task.spec(), task.session().device());
  }

  /**
   * A record of this very program on this very driver, against what runs without it today, that
   * would still be used: one that is passed over with "./attn tune measures it anew" must not be
   * what keeps it from being measured.
   */
  private Optional<TuningRecord> known(
      Task task, List<TuningRecord> stored, Consumer<String> trials) {
    for (TuningRecord record : stored) {
      if (sameProgram(record, task)) {
        String fault = fault(record, task);
        if (fault.isEmpty()) {
          return Optional.of(record);
        }
        trials.accept(
            "%s, %s: searched, since the record '%s' is not used: %s"
                .formatted(record.kernel(), record.shapes().label(), record.tuning(), fault));
      }
    }
    return Optional.empty();
  }

  private String fault(TuningRecord record, Task task) {
    DeviceInfo device = task.session().device();
    Tuning tuning = Tuning.parse(record.tuning());
    String rival = rival(task).label();
    if (!record.defaultTuning().equals(rival)) {
      return "it was measured against '%s', and without it '%s' runs"
          .formatted(record.defaultTuning(), rival);
    }
    return switch (task.kernel().admits(tuning, task.spec(), device)) {
      case Support.No no -> no.reason();
      case Support.Yes yes ->
          recheck
              .failure(task.kernel(), tuning, task.spec(), device)
              .map(failure -> "it fails its check: " + failure)
              .orElse("");
    };
  }

  private static boolean sameProgram(TuningRecord record, Task task) {
    DeviceInfo device = task.session().device();
    return record.kernel().equals(task.kernel().globalId())
        && record.backend().equals(device.backend())
        && record.device().equals(device.name())
        && record.driver().equals(device.driver())
        && record.computeUnits() == device.computeUnits()
        && record.source().equals(task.kernel().sourceDigest())
        && record.shapes().equals(task.shapes());
  }

  private Row search(
      Task task,
      Optional<TuningRecord> before,
      long deadlineNanos,
      Watchdog watchdog,
      Consumer<String> trials) {
    DeviceInfo device = task.session().device();
    Tuning shipped = rival(task);
    ConformanceGate gate = new ConformanceGate(task.spec());
    watchdog.step(watched(task, "its default " + shipped.label()));
    Optional<ConformanceGate.Refusal> wrongDefault =
        gate.refusal(task.session(), task.kernel(), shipped);
    watchdog.rest();
    if (wrongDefault.isPresent()) {
      return wrongDefault.get().wrong()
          ? refusedDefault(task, shipped, wrongDefault.get().label())
          : failedDefault(task, wrongDefault.get().label(), wrongDefault.get().evaluation());
    }
    List<String> refused = new ArrayList<>();
    CostModel model = new CostModel(task.kernel(), task.spec(), device, task.spec()::blockMap);
    watchdog.step(watched(task, "its default " + shipped.label()));
    try (TuningDuel duel =
        new TuningDuel(
            task.session(),
            task.kernel(),
            shipped,
            rotation -> task.source().inputs(task.spec(), seed, rotation),
            seed,
            stopwatch)) {
      TuningSearch.Outcome outcome =
          new TuningSearch(
                  task.session(),
                  task.kernel(),
                  task.spec(),
                  duel.reference(),
                  duel::against,
                  gate,
                  candidate -> watchdog.step(watched(task, candidate.label())),
                  model::of,
                  pace,
                  deadlineNanos,
                  before.map(record -> Tuning.parse(record.tuning())),
                  trial -> {
                    double predicted = model.of(shipped) / model.of(trial.tuning());
                    trials.accept(line(task, trial, predicted));
                    if (trial instanceof Trial.Refused one && one.wrong()) {
                      refused.add(refusal(task, one.tuning(), one.why()));
                    }
                  })
              .run();
      trials.accept(
          "%s, %s, the default against itself: %s"
              .formatted(
                  task.kernel().globalId(), task.shapes().label(), interval(outcome.itself())));
      TuningRecord record = record(task, outcome, shipped);
      // A search that was cut off says nothing against what an earlier one confirmed.
      boolean earlierStays =
          !record.complete()
              && before.isPresent()
              && before.get().speedupLow() >= record.speedupLow();
      if (!earlierStays) {
        database.put(record, complaints);
      }
      return new Row(
          task,
          Optional.of(earlierStays ? before.get() : record),
          earlierStays,
          outcome.complete()
              ? ""
              : "the time was up; the next run searches it again, from the best so far"
                  + " (--time-budget)",
          outcome.candidates(),
          outcome.trials().size(),
          refused,
          Optional.empty());
    } catch (TuningDuel.Wrong e) {
      return refusedDefault(task, shipped, task.spec().label() + ": " + e.getMessage());
    } catch (ModelLoadException e) {
      return without(task, "not searched: " + e.getMessage());
    } catch (BackendException e) {
      Evaluation failure = Evaluator.failure(e); // a lost device ends the tuner
      return failedDefault(task, task.spec().label() + ": " + failure.describe(), failure);
    } finally {
      watchdog.rest();
    }
  }

  private static String watched(Task task, String what) {
    return "%s on %s, tuning %s: %s"
        .formatted(
            task.kernel().globalId(), task.session().device().name(), task.spec().label(), what);
  }

  private static TuningRecord record(Task task, TuningSearch.Outcome outcome, Tuning shipped) {
    DeviceInfo device = task.session().device();
    boolean stayed = outcome.winner().equals(shipped);
    TuningDuel.Result result = outcome.result();
    return new TuningRecord(
        device.backend(),
        device.name(),
        device.driver(),
        device.computeUnits(),
        task.kernel().globalId(),
        task.kernel().sourceDigest(),
        task.shapes(),
        outcome.winner().label(),
        stayed ? result.referenceNanos() : result.nanos(),
        shipped.label(),
        result.referenceNanos(),
        stayed ? 1 : result.speedup(),
        stayed ? 1 : result.low(),
        outcome.complete(),
        task.spec().label(),
        Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
  }

  private static Row without(Task task, String note) {
    return new Row(task, Optional.empty(), false, note, 0, 0, List.of(), Optional.empty());
  }

  private static Row failedDefault(Task task, String why, Evaluation failure) {
    return new Row(
        task,
        Optional.empty(),
        false,
        "not searched: the default does not run here: " + why,
        0,
        0,
        List.of(),
        Optional.of(failure));
  }

  private static Row refusedDefault(Task task, Tuning shipped, String why) {
    return new Row(
        task,
        Optional.empty(),
        false,
        "nothing to compare with: the default is wrong",
        0,
        0,
        List.of(refusal(task, shipped, why)),
        Optional.empty());
  }

  private static String refusal(Task task, Tuning tuning, String why) {
    return "REFUSED: %s with %s computes something wrong and cannot win: %s"
        .formatted(task.kernel().globalId(), tuning.label(), why);
  }

  private static String interval(TuningDuel.Result result) {
    return "%.3f (%.3f to %.3f, %d rounds)"
        .formatted(result.speedup(), result.low(), result.high(), result.rounds());
  }

  private static String line(Task task, Trial trial, double predicted) {
    String what =
        switch (trial) {
          case Trial.Measured measured ->
              "%s of the default's speed, predicted %.3f"
                  .formatted(interval(measured.result()), predicted);
          case Trial.Refused refused -> "refused: " + refused.why();
        };
    return "%s, %s, %s: %s"
        .formatted(task.kernel().globalId(), task.shapes().label(), trial.tuning().label(), what);
  }

  /** What came of the tasks so far. Called from a shutdown hook too. */
  public synchronized List<Row> rows() {
    return List.copyOf(rows);
  }
}
