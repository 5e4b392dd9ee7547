package io.github.attn4j.bench.example;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.core.check.Expected;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.PreparedKernel;
import io.github.attn4j.core.kernel.Session;
import io.github.attn4j.core.reference.RowSample;
import io.github.attn4j.core.result.AttentionOutput;
import java.util.Arrays;
import java.util.Collections;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The ratio that docs/cascade.md states, both forms by turns in one process. */
@Tag("measures")
@Tag("full")
class PrefixSharingTimeTest {
  private static final int ROUNDS = 101;
  private static final int WARM_UPS = 20;
  private static final int SEQUENCES = 32;
  private static final int PREFIX = 1024;
  private static final int OWN = 32;

  @Test
  void aSharedPrefixIsReadOnceAndThatShowsInTheTime() {
    Backends backends = new Backends();
    KernelVariant few = backends.kernel("opencl:flash_split_kv");
    KernelVariant many = backends.kernel("opencl:flash_query_lanes");
    Assumptions.assumeFalse(backends.backend("opencl").devices().isEmpty(), "no OpenCL device");
    SharedKeys keys = SharedKeys.draw(32, 8, 128, 1, PREFIX, Collections.nCopies(SEQUENCES, OWN));
    try (Session session = backends.backend("opencl").open(backends.deviceFor(few, null));
        PreparedKernel whole = session.prepare(few, session.stage(keys.whole()));
        PreparedKernel prefix = session.prepare(many, session.stage(keys.prefix()));
        PreparedKernel own = session.prepare(few, session.stage(keys.own()))) {
      AttentionOutput plain = AttentionOutput.allocate(keys.whole().spec());
      AttentionOutput ofPrefix = AttentionOutput.allocate(keys.prefix().spec());
      AttentionOutput ofOwn = AttentionOutput.allocate(keys.own().spec());
      Runnable plainly = () -> whole.run(plain);
      Runnable inTwo =
          () -> {
            prefix.run(ofPrefix);
            own.run(ofOwn);
            PrefixSharing.merged(keys.own().spec(), ofPrefix, ofOwn);
          };
      double[] plainMillis = new double[ROUNDS];
      double[] cascadeMillis = new double[ROUNDS];
      double[] ratios = new double[ROUNDS];
      for (int round = -WARM_UPS; round < ROUNDS; round++) {
        boolean plainFirst = round % 2 == 0;
        double first = millis(plainFirst ? plainly : inTwo);
        double second = millis(plainFirst ? inTwo : plainly);
        if (round >= 0) {
          plainMillis[round] = plainFirst ? first : second;
          cascadeMillis[round] = plainFirst ? second : first;
          ratios[round] = plainMillis[round] / cascadeMillis[round];
        }
      }
      long start = System.nanoTime();
      AttentionOutput merged = PrefixSharing.merged(keys.own().spec(), ofPrefix, ofOwn);
      double mergeMillis = (System.nanoTime() - start) / 1e6;
      Expected expected = Expected.of(keys.whole(), RowSample.of(keys.whole().spec(), 64, 1));
      assertThat(expected.compare(plain).passed()).isTrue();
      assertThat(expected.compare(merged).passed()).isTrue();
      System.out.printf(
          "%s over the cascade (prefix by %s): %s times; ms %s and %s, the last merge %.3f%n",
          few.globalId(),
          many.globalId(),
          spread(ratios),
          spread(plainMillis),
          spread(cascadeMillis),
          mergeMillis);
      Arrays.sort(ratios);
      assertThat(ratios[ROUNDS / 2]).as("median of %d rounds", ROUNDS).isGreaterThan(1.5);
    }
  }

  private static double millis(Runnable work) {
    long start = System.nanoTime();
    work.run();
    return (System.nanoTime() - start) / 1e6;
  }

  /** Median and the middle four fifths. */
  private static String spread(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int tenth = sorted.length / 10;
    return "%.3f (%.3f..%.3f)"
        .formatted(sorted[sorted.length / 2], sorted[tenth], sorted[sorted.length - 1 - tenth]);
  }
}
