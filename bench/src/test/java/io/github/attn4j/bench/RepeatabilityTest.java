package io.github.attn4j.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.attn4j.bench.fault.Fault;
import io.github.attn4j.bench.fault.FaultyBackend;
import io.github.attn4j.core.report.KernelRepeats;
import io.github.attn4j.core.run.Watchdog;
import io.github.attn4j.jvm.JavaBackend;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Equal bits are measured: a device that errs once is found, and whoever promised is named. */
class RepeatabilityTest {
  private static final int RUNS = 20;

  @Test
  void aKernelThatRepeatsItselfIsSaidToDoSo() {
    Repeatability repeats = measured(new FaultyBackend(new JavaBackend(), Fault.NONE, 0));
    assertThat(repeats.rows()).hasSize(2 * RepeatProblem.ALL.size());
    assertThat(repeats.rows())
        .filteredOn(row -> !row.deterministic())
        .allSatisfy(row -> {
          assertThat(row.detail()).isEmpty();
          assertThat(row.runs()).isEqualTo(RUNS);
          assertThat(row.differingRuns()).isZero();
          assertThat(row.largestRunDifference()).isZero();
          assertThat(row.sequences()).isEqualTo(6);
        });
    assertThat(repeats.rows()).noneMatch(KernelRepeats::brokeItsWord);
  }

  /** Reads 1 to 3 are the sequences alone, 4 to 23 the batch, 24 the batch in another order. */
  @ParameterizedTest
  @CsvSource({"10, 1, 0", "4, 19, 1", "24, 0, 1", "1, 0, 2"})
  void oneWrongReadIsFoundWhereItWas(int read, int runs, int sequences) {
    Repeatability repeats =
        measured(new FaultyBackend(new JavaBackend(), Fault.WRONG_ELEMENT, read));
    KernelRepeats first = repeats.rows().getFirst();
    assertThat(first.differingRuns()).isEqualTo(runs);
    assertThat(first.differingSequences()).isEqualTo(sequences);
    assertThat(first.largestRunDifference() > 0).isEqualTo(runs > 0);
    assertThat(first.largestBatchDifference() > 0).isEqualTo(sequences > 0);
    assertThat(repeats.rows().subList(2, repeats.rows().size()))
        .allMatch(row -> row.differingRuns() == 0);
  }

  @Test
  void whatTheDeviceRefusesIsAFailureAndALossEndsIt() {
    Repeatability failed = measured(new FaultyBackend(new JavaBackend(), Fault.LAUNCH_FAILS, 2));
    assertThat(failed.failures()).hasSize(1);
    assertThat(failed.rows().getFirst().detail()).contains(Fault.LAUNCH_FAILS.message());
    Repeatability lost = measured(new FaultyBackend(new JavaBackend(), Fault.LOST_AT_RUN, 2));
    assertThat(lost.lost()).contains(Fault.LOST_AT_RUN.message());
    assertThat(lost.rows()).hasSize(1);
  }

  @Test
  void bitsAreComparedAndNotNumbers() {
    assertThat(Repeatability.sameBits(new float[] {0f}, new float[] {-0f})).isFalse();
    assertThat(Repeatability.sameBits(new float[] {Float.NaN}, new float[] {Float.NaN})).isFalse();
    assertThat(Repeatability.sameBits(new float[] {1}, new float[] {1})).isTrue();
    assertThat(Repeatability.distance(new float[] {Float.NaN}, new float[] {1})).isInfinite();
    assertThat(Repeatability.distance(new float[] {1}, new float[] {1.5f})).isEqualTo(0.5);
  }

  @Test
  void oneRunIsNoComparison() {
    Backends backends = new Backends(List.of(new JavaBackend()));
    try (Sessions sessions = new Sessions(backends, null)) {
      assertThatThrownBy(() -> new Repeatability(sessions, 1, Watchdog.OFF))
          .hasMessageContaining("1 runs");
    }
  }

  private static Repeatability measured(FaultyBackend backend) {
    // Closed after a loss, too: what cannot be closed any more must not hide the loss.
    try (Sessions sessions = new Sessions(new Backends(List.of(backend)), null)) {
      Repeatability repeats = new Repeatability(sessions, RUNS, Watchdog.OFF);
      repeats.run(backend.kernels().getFirst());
      return repeats;
    }
  }
}
