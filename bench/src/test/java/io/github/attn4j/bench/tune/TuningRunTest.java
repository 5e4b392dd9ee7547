package io.github.attn4j.bench.tune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.bench.InputSource;
import io.github.attn4j.bench.shape.Shape;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.Session;
import io.github.attn4j.core.tuning.TuningFile;
import io.github.attn4j.core.tuning.TuningRecord;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TuningRunTest {
  private static final InputSource NORMAL = InputSource.of("normal");
  private static final Shape SHORT = Shape.square(4, 96, 32, "full");
  private static final Shape CAUSAL = Shape.square(4, 96, 32, "causal");

  @TempDir private Path folder;
  private final List<String> trials = new ArrayList<>();
  private final List<String> complaints = new ArrayList<>();
  private Session session;
  private KernelVariant kernel;

  @BeforeEach
  void open() {
    open(4);
  }

  @AfterEach
  void close() {
    session.close();
    assertThat(complaints).isEmpty();
  }

  private void open(int defaultRuns) {
    Backends backends = new Backends(List.of(new TunableBackend(defaultRuns)));
    kernel = backends.kernel("java:flash");
    session = backends.backend("java").open(backends.devices().getFirst());
  }

  private TuningFile database() {
    return new TuningFile(folder.resolve("tuning.json"));
  }

  private TuningRun planned(boolean again, Shape... shapes) {
    TuningRun run =
        new TuningRun(database(), 1, again, new TuningSearch.Pace(0.03, 0.1), complaints::add);
    for (Shape shape : shapes) {
      assertThat(run.plan(session, kernel, NORMAL, shape)).isEmpty();
    }
    return run;
  }

  private List<TuningRun.Row> run(TuningRun run, double seconds, Consumer<TuningRun.Row> done) {
    run.run(System.nanoTime() + (long) (seconds * 1e9), trials::add, done);
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
    assertThat(row.note()).contains("the next run searches on");
    TuningRun.Row next = run(planned(false, SHORT), 60, one -> {}).getFirst();
    assertThat(next.stored()).isFalse();
    assertThat(next.record().orElseThrow().tuning()).isEqualTo("RUNS=1 SHORTCUT=0");
  }

  @Test
  void oneProblemStandsForItsClass() {
    TuningRun run = planned(false, SHORT, Shape.square(4, 100, 32, "full"), CAUSAL);
    assertThat(run.tasks()).extracting(TuningRun.Task::shape).containsExactly(SHORT, CAUSAL);
  }
}
