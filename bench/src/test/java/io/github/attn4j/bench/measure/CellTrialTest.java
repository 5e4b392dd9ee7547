package io.github.attn4j.bench.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.bench.fault.Cheat;
import io.github.attn4j.bench.fault.CheatingSession;
import io.github.attn4j.bench.shape.Shape;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.input.InputFamily;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.Session;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class CellTrialTest {
  private static final int LAUNCHES = 6;
  private final CellLog log = new CellLog();

  private CellTrial trial(Session session, String kernel, Shape shape, long seed) {
    KernelVariant variant = new Backends().kernel(kernel);
    List<AttentionInputs> sets =
        IntStream.range(0, 2)
            .mapToObj(set -> AttentionInputs.generate(shape.spec(), InputFamily.NORMAL, seed + set))
            .toList();
    return new CellTrial(session, variant, sets, seed, CheckedRows.WORK_LIMIT, log);
  }

  private static Session open(String kernel) {
    Backends backends = new Backends();
    KernelVariant variant = backends.kernel(kernel);
    return backends.backend(variant.backend()).open(backends.deviceFor(variant, null));
  }

  private static void iterate(CellTrial trial) {
    iterate(trial, LAUNCHES);
  }

  private static void iterate(CellTrial trial, int launches) {
    for (int launch = 0; launch < launches; launch++) {
      trial.refresh();
      trial.launch();
    }
    trial.check();
  }

  /** Ten seeds: caught each time, not by luck of the row that is replaced. */
  @ParameterizedTest
  @EnumSource(
      mode = EnumSource.Mode.EXCLUDE,
      names = {"NONE", "WORKS_EVERY_OTHER_LAUNCH", "FILLS_GIVEN_ARRAYS_ONCE"})
  void aCheatIsCaughtEachTime(Cheat cheat) {
    for (long seed = 1; seed <= 10; seed++) {
      long drawn = seed;
      try (Session session = new CheatingSession(open("java:flash"), cheat)) {
        assertThatThrownBy(
                () -> iterate(trial(session, "java:flash", Shape.square(2, 70, 16, "full"), drawn)))
            .as("%s, seed %d", cheat, drawn)
            .isInstanceOf(CellFailure.Wrong.class);
      }
    }
  }

  /**
   * Of an iteration the last launch is checked, so one that works by turns is caught in half of
   * them; a cell has ten, of as many launches as the clock lets them have.
   */
  @Test
  void aKernelThatWorksByTurnsDoesNotGetThroughACell() {
    for (long seed = 1; seed <= 10; seed++) {
      Random lengths = new Random(seed);
      long drawn = seed;
      try (Session session =
          new CheatingSession(open("java:flash"), Cheat.WORKS_EVERY_OTHER_LAUNCH)) {
        assertThatThrownBy(
                () -> {
                  CellTrial trial =
                      trial(session, "java:flash", Shape.square(2, 70, 16, "full"), drawn);
                  for (int iteration = 0; iteration < 10; iteration++) {
                    iterate(trial, 1 + lengths.nextInt(12));
                  }
                })
            .as("seed %d", drawn)
            .isInstanceOf(CellFailure.Wrong.class);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"full", "causal", "window(5,3)"})
  void anHonestKernelPassesUnderTheSameEyes(String mask) {
    try (Session session = new CheatingSession(open("java:flash"), Cheat.NONE)) {
      Shape shape = new Shape("", 2, 4, 2, 33, 70, 16, 24, mask, 0);
      CellTrial trial = trial(session, "java:flash", shape, 5);
      assertThatCode(
              () -> {
                iterate(trial);
                iterate(trial);
              })
          .doesNotThrowAnyException();
    }
  }

  @Test
  void decodingOneQueryOfOneHeadIsMeasuredToo() {
    try (Session session = open("java:flash")) {
      CellTrial trial =
          trial(session, "java:flash", new Shape("", 1, 1, 1, 1, 40, 8, 8, "causal", 0), 3);
      assertThatCode(() -> iterate(trial)).doesNotThrowAnyException();
      assertThat(log.scalars()).containsEntry("checkedRows", 1.0);
    }
  }

  @Test
  void aLaunchOnColdCachesIsOfItsOwnSeries() {
    try (Session session = open("java:flash")) {
      CellTrial trial = trial(session, "java:flash", Shape.square(1, 32, 8, "full"), 3);
      iterate(trial);
      trial.launchCold(3, Long.MAX_VALUE);
      trial.check();
      assertThat(log.count(CellLog.Series.COLD)).isEqualTo(3);
      assertThat(log.count(CellLog.Series.KERNEL)).isEqualTo(LAUNCHES);
      trial.launchCold(3, 0);
      assertThat(log.count(CellLog.Series.COLD)).as("at least one").isEqualTo(4);
    }
  }

  @Test
  void everyRowCountsAsCheckedWhereTheLimitAllowsIt() {
    try (Session session = open("java:flash")) {
      iterate(trial(session, "java:flash", Shape.square(3, 50, 8, "full"), 3));
      assertThat(log.scalars())
          .containsEntry("checkedRows", 150.0)
          .containsEntry("checkedElements", 150.0 * (8 + 1));
    }
  }
}
