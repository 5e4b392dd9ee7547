package io.github.attn4j.bench.tune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.bench.InputSource;
import io.github.attn4j.bench.shape.Shape;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.PreparedKernel;
import io.github.attn4j.core.kernel.Session;
import io.github.attn4j.core.kernel.Tuning;
import io.github.attn4j.core.kernel.Tunings;
import io.github.attn4j.core.run.Evaluation;
import io.github.attn4j.core.run.Watchdog;
import io.github.attn4j.core.tuning.StoredTunings;
import io.github.attn4j.core.tuning.TuningFile;
import io.github.attn4j.core.tuning.TuningRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("measures")
class TuningRunTest {
  private static final InputSource NORMAL = InputSource.of("normal");
  private static final Shape SHORT = Shape.square(4, 96, 32, "full");
  private static final Shape CAUSAL = Shape.square(4, 96, 32, "causal");

  @TempDir private Path folder;
  private final List<String> trials = new ArrayList<>();
  private final List<String> complaints = new ArrayList<>();
  private Backends backends = new Backends(List.of());
  private Session session;
  private KernelVariant kernel;

  @BeforeEach
  void open() {
    open(new TunableBackend(4), Tunings.OF_THE_KERNELS);
  }

  @AfterEach
  void close() {
    session.close();
    assertThat(complaints).isEmpty();
  }

  private void open(int defaultRuns) {
    open(new TunableBackend(defaultRuns), Tunings.OF_THE_KERNELS);
  }

  private void open(TunableBackend backend, Tunings shipped) {
    backends = new Backends(List.of(backend));
    kernel = backends.kernel("java:flash");
    session = backends.backend("java").open(backends.devices().getFirst(), shipped);
  }

  private TuningFile database() {
    return new TuningFile(folder.resolve("tuning.json"));
  }

  private TuningRun planned(boolean again, Shape... shapes) {
    return planned(again, new SessionRecheck(backends), shapes);
  }

  private TuningRun planned(boolean again, StoredTunings.Recheck recheck, Shape... shapes) {
    TuningRun run =
        new TuningRun(
            database(),
            1,
            again,
            new TuningSearch.Pace(0.01, 0.01),
            recheck,
            PreparedKernel::run,
            complaints::add);
    for (Shape shape : shapes) {
      assertThat(run.plan(session, kernel, NORMAL, shape)).isEmpty();
    }
    return run;
  }

  private List<TuningRun.Row> run(TuningRun run, double seconds, Consumer<TuningRun.Row> done) {
    run.run(System.nanoTime() + (long) (seconds * 1e9), Watchdog.OFF, trials::add, done);
    return run.rows();
  }

  @Test
  void theFastestRightCandidateWinsAndTheWrongOneIsRefusedByName() {
    TuningRun.Row row = run(planned(false, SHORT), 60, one -> {}).getFirst();
    TuningRecord record = row.record().orElseThrow();
    assertThat(record.tuning()).isEqualTo("RUNS=1 SHORTCUT=0");
    assertThat(record.defaultTuning()).isEqualTo("RUNS=4 SHORTCUT=0");
    assertThat(record.speedupLow()).isGreaterThan(1.5);
    assertThat(record.nanos()).isLessThan(record.defaultNanos());
    assertThat(record.complete()).isTrue();
    assertThat(row.refused())
        .isNotEmpty()
        .allSatisfy(line ->
            assertThat(line)
                .startsWith("REFUSED: java:flash with RUNS=")
                .contains("SHORTCUT=1")
                .contains("tails (B1 H4/2 S403x531 D32 full, normal): INCORRECT")
                .contains("worst: "));
    // No time of it exists, let alone is stored.
    assertThat(trials).noneMatch(line -> line.contains("SHORTCUT=1: ") && line.contains("speed"));
    assertThat(database().records(complaints::add)).containsExactly(record);
  }

  @Test
  void theDefaultStaysWhereNothingBeatsIt() {
    close();
    open(1);
    TuningRecord record =
        run(planned(false, SHORT), 60, one -> {}).getFirst().record().orElseThrow();
    assertThat(record.beatsDefault()).isFalse();
    assertThat(record.tuning()).isEqualTo("RUNS=1 SHORTCUT=0");
    assertThat(record.speedup()).isEqualTo(1);
  }

  @Test
  void anInterruptedRunKeepsWhatItHadAndTheNextGoesOnBehindIt() {
    TuningRun interrupted = planned(false, SHORT, CAUSAL);
    assertThatThrownBy(() ->
            run(
                interrupted,
                60,
                row -> {
                  throw new IllegalStateException("as if by Ctrl-C");
                }))
        .hasMessage("as if by Ctrl-C");
    List<TuningRecord> kept = database().records(complaints::add);
    assertThat(kept).hasSize(1);
    trials.clear();
    List<TuningRun.Row> rows = run(planned(false, SHORT, CAUSAL), 60, one -> {});
    assertThat(rows).extracting(TuningRun.Row::stored).containsExactly(true, false);
    assertThat(rows.getFirst().record()).contains(kept.getFirst());
    assertThat(trials).isNotEmpty().allMatch(line -> line.contains(" range, "));
    assertThat(database().records(complaints::add)).hasSize(2);
  }

  @Test
  void aKnownClassIsSearchedAgainOnlyWhenAsked() {
    run(planned(false, SHORT), 60, one -> {});
    trials.clear();
    assertThat(run(planned(true, SHORT), 60, one -> {}).getFirst().stored()).isFalse();
    assertThat(trials).isNotEmpty();
    assertThat(database().records(complaints::add)).hasSize(1);
  }

  @Test
  void withoutTimeNothingIsTriedAndNothingClaimed() {
    TuningRun.Row row = run(planned(false, SHORT), 0, one -> {}).getFirst();
    assertThat(row.record()).isEmpty();
    assertThat(row.note()).contains("--time-budget");
    assertThat(trials).isEmpty();
    assertThat(database().path()).doesNotExist();
  }

  @Test
  void aBudgetThatEndsWithinASearchIsRespectedAndTheSearchGoesOnNextTime() {
    long start = System.nanoTime();
    TuningRun.Row row = run(planned(false, SHORT), 0.01, one -> {}).getFirst();
    // What no search can do without: the gate and the default against itself.
    assertThat((System.nanoTime() - start) / 1e9).isLessThan(20);
    assertThat(row.tried()).isLessThan(row.candidates());
    assertThat(row.record().orElseThrow().complete()).isFalse();
    assertThat(row.note()).contains("the next run searches it again, from the best so far");
    TuningRun.Row next = run(planned(false, SHORT), 60, one -> {}).getFirst();
    assertThat(next.stored()).isFalse();
    assertThat(next.record().orElseThrow().tuning()).isEqualTo("RUNS=1 SHORTCUT=0");
  }

  /** What beats the kernel's default and not what ships would make its user slower. */
  @Test
  void theRivalIsWhatShips() {
    close();
    open(new TunableBackend(4), (variant, spec, device) -> Tuning.parse("RUNS=1 SHORTCUT=0"));
    TuningRecord record =
        run(planned(false, SHORT), 60, one -> {}).getFirst().record().orElseThrow();
    assertThat(record.defaultTuning()).isEqualTo("RUNS=1 SHORTCUT=0");
    assertThat(record.beatsDefault()).isFalse();
  }

  @Test
  void aRecordAgainstAnotherDefaultIsMeasuredAnew() {
    run(planned(false, SHORT), 60, one -> {});
    close();
    open(2);
    TuningRun.Row row = run(planned(false, SHORT), 60, one -> {}).getFirst();
    assertThat(row.stored()).isFalse();
    assertThat(row.record().orElseThrow().defaultTuning()).isEqualTo("RUNS=2 SHORTCUT=0");
    assertThat(trials)
        .anyMatch(line ->
            line.contains(
                "it was measured against 'RUNS=4 SHORTCUT=0', and without it 'RUNS=2 SHORTCUT=0'"
                    + " runs"));
  }

  /** Whoever is told that a record fails its check is told to tune, which must then help. */
  @Test
  void aRecordThatFailsItsCheckIsMeasuredAnew() throws IOException {
    run(planned(false, SHORT), 60, one -> {});
    for (String bad : List.of("RUNS=1 SHORTCUT=1", "RUNS=3 SHORTCUT=0")) {
      String text = Files.readString(database().path());
      String right = "\"tuning\" : \"RUNS=1 SHORTCUT=0\"";
      assertThat(text).contains(right);
      Files.writeString(database().path(), text.replace(right, "\"tuning\" : \"" + bad + "\""));
      TuningRun.Row row = run(planned(false, SHORT), 60, one -> {}).getFirst();
      assertThat(row.stored()).as(bad).isFalse();
      assertThat(database().records(complaints::add))
          .extracting(TuningRecord::tuning)
          .containsExactly("RUNS=1 SHORTCUT=0");
    }
  }

  @Test
  void aSearchThatIsCutOffTakesNothingFromWhatWasConfirmed() {
    run(planned(false, SHORT), 60, one -> {});
    List<TuningRecord> before = database().records(complaints::add);
    // Believed at once, so that the time is up in the search and not before it: on a machine with
    // much to do the shortest is up before the first candidate is known.
    double seconds = 0.01;
    TuningRun.Row row;
    do {
      seconds *= 2;
      row = run(planned(true, StoredTunings.Recheck.NONE, SHORT), seconds, one -> {}).getFirst();
    } while (row.candidates() == 0);
    assertThat(row.tried()).isLessThan(row.candidates());
    assertThat(row.stored()).isTrue();
    assertThat(row.record()).contains(before.getFirst());
    assertThat(database().records(complaints::add)).isEqualTo(before);
  }

  @Test
  void aSearchBeginsWithTheBestThatAnEarlierOneKnew() throws IOException {
    run(planned(false, SHORT), 60, one -> {});
    String text = Files.readString(database().path());
    Files.writeString(
        database().path(),
        text.replace("\"complete\" : true", "\"complete\" : false")
            .replace("\"tuning\" : \"RUNS=1 ", "\"tuning\" : \"RUNS=2 "));
    trials.clear();
    TuningRun.Row row = run(planned(false, SHORT), 60, one -> {}).getFirst();
    assertThat(trials.getFirst()).contains("RUNS=2 SHORTCUT=0: ");
    assertThat(row.record().orElseThrow().tuning()).isEqualTo("RUNS=1 SHORTCUT=0");
    assertThat(row.record().orElseThrow().complete()).isTrue();
  }

  /** A limit of the device's is no mistake in what the kernel computes. */
  @Test
  void aDefaultThatDoesNotBuildIsNotCalledWrong() {
    close();
    open(new TunableBackend(4, tuning -> tuning.get("RUNS") == 4), Tunings.OF_THE_KERNELS);
    TuningRun.Row row = run(planned(false, SHORT), 60, one -> {}).getFirst();
    assertThat(row.record()).isEmpty();
    assertThat(row.refused()).isEmpty();
    assertThat(row.failure()).containsInstanceOf(Evaluation.BuildFailed.class);
    assertThat(row.note()).contains("no such instruction");
  }

  @Test
  void aFinalistThatFailsInTheFinalLosesItAlone() {
    close();
    AtomicBoolean failing = new AtomicBoolean();
    open(
        new TunableBackend(4, tuning -> failing.get() && tuning.get("RUNS") == 1),
        Tunings.OF_THE_KERNELS);
    TuningRun run = planned(false, SHORT);
    run.run(
        System.nanoTime() + 60_000_000_000L,
        Watchdog.OFF,
        line -> {
          trials.add(line);
          failing.compareAndSet(false, line.contains("RUNS=2 SHORTCUT=0: "));
        },
        one -> {});
    assertThat(trials).anyMatch(line -> line.contains("RUNS=1 SHORTCUT=0: refused: "));
    assertThat(run.rows().getFirst().record().orElseThrow().tuning())
        .isEqualTo("RUNS=2 SHORTCUT=0");
  }

  @Test
  void oneProblemStandsForItsClass() {
    TuningRun run = planned(false, SHORT, Shape.square(4, 100, 32, "full"), CAUSAL);
    assertThat(run.tasks()).extracting(TuningRun.Task::shape).containsExactly(SHORT, CAUSAL);
  }
}
