package io.github.attn4j.bench.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.bench.fault.Cheat;
import io.github.attn4j.bench.fault.CheatingSession;
import io.github.attn4j.bench.shape.Shape;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.input.InputFamily;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.Session;
import io.github.attn4j.core.spec.Mask;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("measures")
class DenseBesideTest {
  private static final Backends BACKENDS = new Backends();

  private final CellLog log = new CellLog();

  private static AttentionInputs masked(int length) {
    return AttentionInputs.generate(
        Shape.square(2, length, 16, "window(5,0)").spec(), InputFamily.NORMAL, 3);
  }

  private static Session open(KernelVariant kernel) {
    Assumptions.assumeFalse(
        BACKENDS.backend(kernel.backend()).devices().isEmpty(), "no device of " + kernel.backend());
    return BACKENDS.backend(kernel.backend()).open(BACKENDS.deviceFor(kernel, null));
  }

  private DenseBeside beside(Session session, KernelVariant kernel, AttentionInputs inputs) {
    return new DenseBeside(session, kernel, inputs, 3, Long.MAX_VALUE, log);
  }

  @ParameterizedTest
  @ValueSource(strings = {"java:flash", "opencl:flash", "opencl:flash_query_lanes"})
  void bothAreRightAtEveryTurn(String id) {
    KernelVariant kernel = BACKENDS.kernel(id);
    try (Session session = open(kernel)) {
      AttentionInputs inputs = masked(130);
      CellTrial trial =
          new CellTrial(
              session,
              kernel,
              List.of(inputs, masked(130)),
              3,
              CheckedRows.WORK_LIMIT,
              new CellLog());
      DenseBeside dense = beside(session, kernel, inputs);
      for (int iteration = 0; iteration < 4; iteration++) {
        for (int launch = 0; launch < 5; launch++) {
          trial.refresh();
          trial.launch();
        }
        trial.check();
        dense.slice(iteration > 1);
      }
      assertThat(log.count(CellLog.Series.DENSE)).isGreaterThan(2);
      assertThat(log.count(CellLog.Series.KERNEL)).as("the cell's own").isZero();
    }
  }

  @Test
  void slicesEndWithTheirBudgetAndOneThereIs() {
    KernelVariant kernel = BACKENDS.kernel("java:flash");
    try (Session session = open(kernel)) {
      DenseBeside dense = new DenseBeside(session, kernel, masked(130), 3, 0, log);
      dense.slice(true);
      long launches = log.count(CellLog.Series.DENSE);
      assertThat(launches).isPositive();
      dense.slice(true);
      assertThat(log.count(CellLog.Series.DENSE)).isEqualTo(launches);
    }
  }

  @Test
  void whatRunsBesideIsTheWholeProblem() {
    KernelVariant kernel = BACKENDS.kernel("java:flash");
    try (Session session = open(kernel)) {
      AttentionInputs inputs = masked(130);
      float[] before = inputs.q().clone();
      DenseBeside dense = beside(session, kernel, inputs);
      dense.slice(true);
      assertThat(dense.spec().mask()).isEqualTo(Mask.none());
      assertThat(dense.spec().toBuilder().mask(inputs.spec().mask()).build())
          .isEqualTo(inputs.spec());
      // Its changing query is not the cell's.
      assertThat(inputs.q()).isEqualTo(before);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Cheat.class,
      mode = EnumSource.Mode.EXCLUDE,
      names = {"NONE", "WORKS_EVERY_OTHER_LAUNCH"})
  void aCheatBesideIsCaught(Cheat cheat) {
    KernelVariant kernel = BACKENDS.kernel("java:flash");
    try (Session session = new CheatingSession(open(kernel), cheat)) {
      assertThatThrownBy(
              () -> {
                DenseBeside dense = beside(session, kernel, masked(70));
                dense.slice(false);
                dense.slice(true);
              })
          .isInstanceOfSatisfying(
              CellFailure.Wrong.class,
              wrong -> assertThat(wrong.withoutMask().note()).contains("without the mask"));
    }
  }

  @Test
  void itsTimeIsBoundedWhereLaunchesAreShortAndCountsTwoWhereTheyAreLong() {
    assertThat(DenseBeside.predictedSeconds(0.001, 14, 2.5)).isBetween(0.5, 0.6);
    assertThat(DenseBeside.predictedSeconds(0.5, 14, 2.5)).isEqualTo(1 + 3);
    assertThat(DenseBeside.predictedSeconds(10, 7, 2.5)).isEqualTo(20 + 12.5);
  }
}
