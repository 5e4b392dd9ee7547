package io.github.attn4j.bench.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.bench.InputSource;
import io.github.attn4j.bench.fault.Cheat;
import io.github.attn4j.bench.fault.CheatingSession;
import io.github.attn4j.bench.peer.FakePeer;
import io.github.attn4j.bench.peer.PeerId;
import io.github.attn4j.bench.shape.Shape;
import io.github.attn4j.bench.shape.Storage;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.input.InputFamily;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.Session;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.ElementType;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PeerTrialTest {
  private static final String KERNEL = "java:flash";
  private static final Shape SHAPE = Shape.square(2, 40, 16, "full");
  private final CellLog log = new CellLog();

  private static Session open() {
    Backends backends = new Backends();
    KernelVariant variant = backends.kernel(KERNEL);
    return backends.backend(variant.backend()).open(backends.deviceFor(variant, null));
  }

  private PeerTrial trial(Session session, FakePeer.Fault fault) {
    return trial(session, fault, ElementType.F32);
  }

  private PeerTrial trial(Session session, FakePeer.Fault fault, ElementType type) {
    AttentionSpec spec = SHAPE.with(Storage.of(type, type)).spec();
    List<AttentionInputs> sets =
        IntStream.range(0, 2)
            .mapToObj(set -> AttentionInputs.generate(spec, InputFamily.NORMAL, 5L + set))
            .toList();
    return new PeerTrial(
        session,
        new Backends().kernel(KERNEL),
        new FakePeer(fault),
        2,
        sets,
        5,
        CheckedRows.WORK_LIMIT,
        log);
  }

  private static void iterate(PeerTrial trial, int rounds) {
    for (int round = 0; round < rounds; round++) {
      trial.refresh();
      trial.round();
    }
    trial.check();
  }

  @Test
  void honest_contestants_have_a_time_and_a_ratio_of_every_round() {
    try (Session session = open();
        PeerTrial trial = trial(session, FakePeer.Fault.NONE)) {
      iterate(trial, 4);
      iterate(trial, 3);
      for (CellLog.Series series :
          List.of(
              CellLog.Series.OURS,
              CellLog.Series.OURS_KERNEL,
              CellLog.Series.PEER,
              CellLog.Series.RATIO_MILLIONTHS,
              CellLog.Series.KERNEL_RATIO_MILLIONTHS)) {
        assertThat(log.count(series)).as("%s", series).isEqualTo(7);
      }
      assertThat(log.scalars()).containsEntry("checkedRows", 80.0);
      assertThat(log.scalars().get("peerMaxErrorOverBudget")).isBetween(0.0, 1.0);
      assertThat(trial.method()).contains("plain attention");
    }
  }

  @Test
  void a_rival_that_computes_something_else_is_wrong_before_anything_is_timed() {
    try (Session session = open()) {
      assertThatThrownBy(() -> trial(session, FakePeer.Fault.WRONG_SCALE).close())
          .isInstanceOf(PeerTrial.PeerWrong.class)
          .hasMessageContaining("elements are wrong");
      assertThat(log.count(CellLog.Series.PEER)).isZero();
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = ElementType.class,
      names = {"F16", "BF16"})
  void half_precision_is_computed_by_both_and_checked_by_one_budget(ElementType type) {
    try (Session session = open()) {
      try (PeerTrial trial = trial(session, FakePeer.Fault.NONE, type)) {
        iterate(trial, 4);
        assertThat(trial.method()).contains("in " + type.label());
      }
      assertThat(log.scalars().get("maxErrorOverBudget")).isBetween(0.0, 1.0);
      assertThat(log.scalars().get("peerMaxErrorOverBudget")).isBetween(0.0, 1.0);
      assertThatThrownBy(() -> trial(session, FakePeer.Fault.WRONG_SCALE, type).close())
          .isInstanceOf(PeerTrial.PeerWrong.class);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = FakePeer.Fault.class,
      names = {"REMEMBERS", "MISSES_REFRESH"})
  void a_rival_that_answers_an_earlier_question_is_wrong(FakePeer.Fault fault) {
    try (Session session = open();
        PeerTrial trial = trial(session, fault)) {
      assertThatThrownBy(() -> iterate(trial, 2)).isInstanceOf(PeerTrial.PeerWrong.class);
    }
  }

  /** What the timed call left in the caller's arrays is checked, not what a read finds later. */
  @ParameterizedTest
  @EnumSource(
      value = Cheat.class,
      names = {"NEVER_WORKS", "WORKS_ONCE", "ANSWERS_FROM_MEMORY", "FILLS_GIVEN_ARRAYS_ONCE"})
  void our_own_kernel_is_held_to_what_it_put_into_the_callers_arrays(Cheat cheat) {
    try (Session session = new CheatingSession(open(), cheat)) {
      assertThatThrownBy(
              () -> {
                try (PeerTrial trial = trial(session, FakePeer.Fault.NONE)) {
                  iterate(trial, 4);
                }
              })
          .isInstanceOf(CellFailure.Wrong.class);
    }
  }

  @Test
  void our_own_kernel_is_checked_beside_it() {
    try (Session session = new CheatingSession(open(), Cheat.WORKS_EVERY_OTHER_LAUNCH)) {
      assertThatThrownBy(
              () -> {
                try (PeerTrial trial = trial(session, FakePeer.Fault.NONE)) {
                  for (int rounds = 1; rounds < 8; rounds++) {
                    iterate(trial, rounds);
                  }
                }
              })
          .isInstanceOf(CellFailure.Wrong.class);
    }
  }

  @Test
  void a_cell_survives_the_way_into_the_fork() {
    PeerCell cell =
        new PeerCell(
            PeerId.TORCH_FOLDED,
            new CellSpec(KERNEL, "java:0", InputSource.of("normal"), SHAPE, -3));
    assertThat(PeerCell.decode(cell.encode())).isEqualTo(cell);
    assertThatCode(() -> PeerCell.decode("nothing"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("nothing");
  }
}
