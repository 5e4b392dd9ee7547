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
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.tuning.ConformanceGate;
import io.github.attn4j.core.tuning.ShapeClass;
import io.github.attn4j.core.tuning.TuningFile;
import io.github.attn4j.core.tuning.TuningRecord;
import io.github.attn4j.model.ModelLoadException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Searches kernel by kernel and class by class, and stores each winner as soon as it is found, so
 * that an interruption costs the class under way and the next run goes on behind it.
 */
public final class TuningRun {
  private final TuningFile database;
  private final long seed;
  private final boolean again;
  private final TuningSearch.Pace pace;
  private final Consumer<String> complaints;
  private final List<Task> tasks = new ArrayList<>();
  private final List<Row> rows = new ArrayList<>();

  /**
   * A search to be made.
   *
   * @param session open on the device, with the kernels' own defaults
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
   */
  public record Row(
      Task task,
      Optional<TuningRecord> record,
      boolean stored,
      String note,
      int candidates,
      int tried,
      List<String> refused) {}

  /**
   * Nothing is searched yet.
   *
   * @param database where records go
   * @param seed of all inputs
   * @param again whether classes with a record are searched once more
   * @param pace how long candidates are measured
   * @param complaints hears of records that cannot be read
   */
  public TuningRun(
      TuningFile database,
      long seed,
      boolean again,
      TuningSearch.Pace pace,
      Consumer<String> complaints) {
    this.database = database;
    this.seed = seed;
    this.again = again;
    this.pace = pace;
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
   * Searches everything that is planned.
   *
   * @param deadlineNanos on {@link System#nanoTime}; what is left of it is shared by the tasks left
   * @param trials hears of each candidate
   * @param done hears of each task
   */
  public void run(long deadlineNanos, Consumer<String> trials, Consumer<Row> done) {
    Set<Task> open = new HashSet<>(tasks);
    for (Task task : tasks) {
      Optional<TuningRecord> known = again ? Optional.empty() : known(task);
      if (known.isPresent()) {
        open.remove(task);
        keep(new Row(task, known, true, "", 0, 0, List.of()), done);
      }
    }
    for (Task task : tasks.stream().filter(open::contains).toList()) {
      long now = System.nanoTime();
      Row row =
          now >= deadlineNanos
              ? without(task, "not searched: the time budget was spent (--time-budget)")
              : search(task, now + (deadlineNanos - now) / open.size(), trials);
      open.remove(task);
      keep(row, done);
    }
  }

  private void keep(Row row, Consumer<Row> done) {
    synchronized (this) {
      rows.add(row);
    }
    done.accept(row);
  }

  /** A finished search for this very program on this very driver. */
  private Optional<TuningRecord> known(Task task) {
    return database.records(complaints).stream()
        .filter(record -> record.complete() && sameProgram(record, task))
        .findFirst();
  }

  private static boolean sameProgram(TuningRecord record, Task task) {
    DeviceInfo device = task.session().device();
    return record.kernel().equals(task.kernel().globalId())
        && record.backend().equals(device.backend())
        && record.device().equals(device.name())
        && record.driver().equals(device.driver())
        && record.source().equals(task.kernel().sourceDigest())
        && record.shapes().equals(task.shapes());
  }

  private Row search(Task task, long deadlineNanos, Consumer<String> trials) {
    DeviceInfo device = task.session().device();
    Tuning shipped = task.kernel().defaultTuning(task.spec(), device);
    ConformanceGate gate = new ConformanceGate(task.spec());
    Optional<ConformanceGate.Refusal> wrongDefault =
        gate.refusal(task.session(), task.kernel(), shipped);
    if (wrongDefault.isPresent()) {
      return refusedDefault(task, shipped, wrongDefault.get().label());
    }
    List<String> refused = new ArrayList<>();
    CostModel model = new CostModel(task.kernel(), task.spec(), device, task.spec()::blockMap);
    try (TuningDuel duel =
        new TuningDuel(
            task.session(),
            task.kernel(),
            shipped,
            rotation -> task.source().inputs(task.spec(), seed, rotation),
            seed)) {
      TuningSearch.Outcome outcome =
          new TuningSearch(
                  task.session(),
                  task.kernel(),
                  task.spec(),
                  duel,
                  gate,
                  model::of,
                  pace,
                  deadlineNanos,
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
      database.put(record, complaints);
      return new Row(
          task,
          Optional.of(record),
          false,
          outcome.complete() ? "" : "the time was up; the next run searches on (--time-budget)",
          outcome.candidates(),
          outcome.trials().size(),
          refused);
    } catch (TuningDuel.Wrong e) {
      return refusedDefault(task, shipped, task.spec().label() + ": " + e.getMessage());
    } catch (ModelLoadException e) {
      return without(task, "not searched: " + e.getMessage());
    } catch (BackendException.OutOfMemory e) {
      return without(task, "not searched: " + e.description());
    }
  }

  private static TuningRecord record(Task task, TuningSearch.Outcome outcome, Tuning shipped) {
    DeviceInfo device = task.session().device();
    boolean stayed = outcome.winner().equals(shipped);
    TuningDuel.Result result = outcome.result();
    return new TuningRecord(
        device.backend(),
        device.name(),
        device.driver(),
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
    return new Row(task, Optional.empty(), false, note, 0, 0, List.of());
  }

  private static Row refusedDefault(Task task, Tuning shipped, String why) {
    return new Row(
        task,
        Optional.empty(),
        false,
        "nothing to compare with: the default is wrong",
        0,
        0,
        List.of(refusal(task, shipped, why)));
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
