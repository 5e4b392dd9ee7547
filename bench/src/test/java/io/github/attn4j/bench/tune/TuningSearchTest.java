package io.github.attn4j.bench.tune;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.bench.measure.TuningDuel;
import io.github.attn4j.bench.shape.Shape;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.Session;
import io.github.attn4j.core.kernel.Tuning;
import io.github.attn4j.core.kernel.Tunings;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.tuning.ConformanceGate;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The search's judgement, on sittings whose results are written down here. */
class TuningSearchTest {
  private static final AttentionSpec SPEC = Shape.square(4, 96, 32, "full").spec();
  private static final Tuning SHIPPED = Tuning.parse("RUNS=4 SHORTCUT=0");
  private static final Tuning LUCKY = Tuning.parse("RUNS=2 SHORTCUT=0");
  private static final Tuning STEADY = Tuning.parse("RUNS=1 SHORTCUT=0");

  /** What a candidate 9 % ahead looks like, by luck or not: its interval is 2 % to either side. */
  private static final TuningDuel.Result AHEAD = result(1.089, 1.064, 1.11);

  private static final TuningDuel.Result NOT_AHEAD = result(0.99, 0.97, 1.012);

  /** Clear of the default, and less than the lucky one. */
  private static final TuningDuel.Result A_LITTLE_AHEAD = result(1.04, 1.03, 1.05);

  private static final TuningDuel.Result LITTLE_LESS_AHEAD = result(1.035, 1.025, 1.045);

  private final Map<Tuning, Deque<TuningDuel.Result>> script = new HashMap<>();
  private final List<Tuning> met = new ArrayList<>();

  private static TuningDuel.Result result(double speedup, double low, double high) {
    return new TuningDuel.Result(1000 / speedup, 1000, speedup, low, high, 100);
  }

  private void sittings(Tuning candidate, TuningDuel.Result... results) {
    script.put(candidate, new ArrayDeque<>(List.of(results)));
  }

  private TuningSearch.Outcome search() throws TuningDuel.Wrong {
    Backends backends = new Backends(List.of(new TunableBackend(4)));
    KernelVariant kernel = backends.kernel("java:flash");
    try (Session session =
        backends.backend("java").open(backends.devices().getFirst(), Tunings.OF_THE_KERNELS)) {
      return new TuningSearch(
              session,
              kernel,
              SPEC,
              SHIPPED,
              (candidate, seconds) -> {
                met.add(candidate);
                return Objects.requireNonNull(script.get(candidate), candidate.label()).remove();
              },
              new ConformanceGate(SPEC),
              tuning -> {},
              tuning -> 1,
              TuningSearch.Pace.USUAL,
              Long.MAX_VALUE,
              Optional.empty(),
              trial -> {})
          .run();
    }
  }

  private long sittingsOf(Tuning candidate) {
    return met.stream().filter(candidate::equals).count();
  }

  @Test
  void whoWinsTheFirstSittingAloneIsNotBelieved() throws TuningDuel.Wrong {
    sittings(SHIPPED, result(1, 0.997, 1.003));
    sittings(LUCKY, AHEAD, AHEAD, NOT_AHEAD);
    sittings(STEADY, NOT_AHEAD);
    TuningSearch.Outcome outcome = search();
    assertThat(outcome.winner()).isEqualTo(SHIPPED);
    assertThat(outcome.result()).isEqualTo(outcome.itself());
    assertThat(sittingsOf(LUCKY)).as("a trial and two of the final").isEqualTo(3);
  }

  @Test
  void norIsWhoWinsTheSecondAlone() throws TuningDuel.Wrong {
    sittings(SHIPPED, result(1, 0.997, 1.003));
    sittings(LUCKY, AHEAD, NOT_AHEAD, AHEAD);
    sittings(STEADY, NOT_AHEAD);
    assertThat(search().winner()).isEqualTo(SHIPPED);
    assertThat(sittingsOf(LUCKY)).as("who lost needs no second").isEqualTo(2);
  }

  @Test
  void whoIsAheadTwiceWinsBeforeTheLuckyOneWithTheWorseOfItsResults() throws TuningDuel.Wrong {
    sittings(SHIPPED, result(1, 0.997, 1.003));
    sittings(LUCKY, AHEAD, AHEAD, NOT_AHEAD);
    sittings(STEADY, A_LITTLE_AHEAD, A_LITTLE_AHEAD, LITTLE_LESS_AHEAD);
    TuningSearch.Outcome outcome = search();
    assertThat(outcome.winner()).isEqualTo(STEADY);
    assertThat(outcome.result()).isEqualTo(LITTLE_LESS_AHEAD);
    assertThat(outcome.complete()).isTrue();
  }

  /** On a machine on which the default is 4 % ahead of itself, 4 % say nothing. */
  @Test
  void whatTheDefaultStraysFromItselfIsNoGain() throws TuningDuel.Wrong {
    sittings(SHIPPED, result(1.01, 0.98, 1.04));
    sittings(LUCKY, NOT_AHEAD);
    sittings(STEADY, A_LITTLE_AHEAD, A_LITTLE_AHEAD, A_LITTLE_AHEAD);
    assertThat(search().winner()).isEqualTo(SHIPPED);
  }
}
