package io.github.attn4j.jvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.attn4j.core.expression.MaskExpression;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.input.InputFamily;
import io.github.attn4j.core.kernel.BackendException;
import io.github.attn4j.core.kernel.PreparedKernel;
import io.github.attn4j.core.kernel.Session;
import io.github.attn4j.core.kernel.StagedInputs;
import io.github.attn4j.core.result.AttentionOutput;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.AttentionSpecBuilder;
import io.github.attn4j.core.spec.ElementType;
import io.github.attn4j.core.spec.Layout;
import io.github.attn4j.core.spec.Mask;
import io.github.attn4j.testing.MemoryGrowth;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * What the Java backend opens it gives back; threads have sessions of their own, or are refused.
 */
class JavaHygieneTest {
  /** Ten cycles each. */
  private static final int SESSIONS = 1000;

  private static final int WARM_UP = 100;
  private static final int THREADS = 4;

  /** Of a half 800 bytes a cycle: less than what the smallest of the specs stages. */
  private static final long LARGEST_HEAP_GROWTH = 4 << 20;

  /** O of 8 GB, by its layout; Q, K and V are small. */
  private static final AttentionSpec TOO_LARGE =
      spec()
          .layouts(
              Layout.bhsd(1, 17, 8),
              Layout.bhsd(1, 19, 8),
              Layout.bhsd(1, 19, 8),
              new Layout(0, 0, 0, 134_000_000))
          .build();

  private static final List<AttentionSpec> SPECS =
      List.of(
          spec().build(),
          spec().lengths(1, 70).heads(4, 2).build(),
          spec().batch(3).lengths(9, 21).keyLengths(List.of(21, 0, 5)).mask(Mask.causal()).build(),
          spec().mask(Mask.expression(MaskExpression.parse("k % 3 != 1"))).build(),
          spec().storage(ElementType.F16).build());

  private final JavaBackend backend = new JavaBackend();

  private static AttentionSpecBuilder spec() {
    return AttentionSpec.builder().lengths(17, 19).dim(8);
  }

  private Session open() {
    return backend.open(backend.devices().getFirst());
  }

  @Test
  @Tag("full")
  void tenThousandCyclesWithFailuresAmongThemHoldWhatOneDoes() throws Exception {
    List<AttentionInputs> inputs = SPECS.stream().map(JavaHygieneTest::drawn).toList();
    AttentionInputs tooLarge = drawn(TOO_LARGE);
    long others = workers(Long.MAX_VALUE); // of tests that ran before
    for (int session = 0; session < WARM_UP; session++) {
      tenCycles(inputs, tooLarge, session);
    }
    long[] growth =
        MemoryGrowth.over(
            SESSIONS,
            session -> tenCycles(inputs, tooLarge, session),
            () -> {
              // A thread that has not ended yet holds its tiles.
              assertThat(workers(others)).as("threads of sessions").isLessThanOrEqualTo(others);
              return MemoryGrowth.heapBytes();
            });
    assertThat(growth[0]).as("heap").isLessThan(LARGEST_HEAP_GROWTH);
  }

  /** A session's, whose threads are what it holds; every fifth one fails. */
  private void tenCycles(List<AttentionInputs> inputs, AttentionInputs tooLarge, int number) {
    boolean fits = Runtime.getRuntime().maxMemory() > 8L << 30;
    try (Session session = open()) {
      for (int cycle = 0; cycle < 10; cycle++) {
        StagedInputs staged = session.stage(inputs.get(cycle % inputs.size()));
        PreparedKernel prepared = session.prepare(JavaKernel.FLASH, staged);
        if ((number + cycle) % 5 == 2) {
          staged.close(); // the launch fails, and the session closes what is left
          assertThatIllegalStateException()
              .isThrownBy(prepared::run)
              .withMessageContaining("closed");
        } else {
          prepared.run();
          prepared.read();
          prepared.close();
          staged.close();
        }
      }
      // Asking for memory that is not there has the JVM collect garbage first.
      if (number % 25 == 0 && !fits) {
        assertThatThrownBy(() -> session.stage(tooLarge).close())
            .isInstanceOf(BackendException.OutOfMemory.class);
      }
    }
  }

  @Test
  void closingASessionClosesAllThatBelongsToItAndTwiceIsOnce() {
    Session session = open();
    StagedInputs staged = session.stage(drawn(SPECS.getFirst()));
    PreparedKernel prepared = session.prepare(JavaKernel.FLASH, staged);
    prepared.run();
    session.close();
    session.close();
    prepared.close();
    staged.close();
    staged.close();
    assertThatIllegalStateException().isThrownBy(prepared::run).withMessageContaining("closed");
    assertThatIllegalStateException().isThrownBy(prepared::read).withMessageContaining("closed");
    assertThatIllegalStateException()
        .isThrownBy(() -> staged.refreshQueries(0, 1))
        .withMessageContaining("closed");
    assertThatIllegalStateException()
        .isThrownBy(() -> session.stage(drawn(SPECS.getFirst())).close())
        .withMessageContaining("closed");
    assertThatIllegalStateException()
        .isThrownBy(() -> session.prepare(JavaKernel.FLASH, staged).close())
        .withMessageContaining("closed");
  }

  @Test
  void aSessionForEachThreadGivesTheBitsOfOneThread() throws Exception {
    List<AttentionInputs> inputs = inputs();
    List<AttentionOutput> expected = expected(inputs);
    List<Callable<Boolean>> tasks = new ArrayList<>();
    for (int thread = 0; thread < THREADS; thread++) {
      int own = thread;
      tasks.add(() -> {
        for (int round = 0; round < 20; round++) {
          try (Session session = open();
              StagedInputs staged = session.stage(inputs.get(own));
              PreparedKernel prepared = session.prepare(JavaKernel.FLASH, staged)) {
            prepared.run();
            requireSame(prepared.read(), expected.get(own));
          }
        }
        return true;
      });
    }
    assertThat(together(tasks)).containsOnly(true).hasSize(THREADS);
  }

  @Test
  void threadsThatShareASessionAreRightOrRefused() throws Exception {
    List<AttentionInputs> inputs = inputs();
    List<AttentionOutput> expected = expected(inputs);
    AtomicInteger right = new AtomicInteger();
    AtomicInteger refused = new AtomicInteger();
    try (Session session = open()) {
      List<PreparedKernel> prepared = new ArrayList<>();
      for (AttentionInputs each : inputs) {
        prepared.add(session.prepare(JavaKernel.FLASH, session.stage(each)));
      }
      CountDownLatch all = new CountDownLatch(THREADS);
      List<Callable<Boolean>> tasks = new ArrayList<>();
      for (int thread = 0; thread < THREADS; thread++) {
        int own = thread;
        tasks.add(() -> {
          all.countDown();
          all.await();
          AttentionOutput output = AttentionOutput.allocate(inputs.get(own).spec());
          // Until both have happened: some launch meets another one sooner or later.
          for (int round = 0; round < 100_000 && (round < 200 || refused.get() == 0); round++) {
            try {
              prepared.get(own).run(output);
            } catch (IllegalStateException e) {
              assertThat(e).hasMessageContaining("open a session for each thread");
              refused.incrementAndGet();
              continue;
            }
            requireSame(output, expected.get(own));
            right.incrementAndGet();
          }
          return true;
        });
      }
      assertThat(together(tasks)).containsOnly(true).hasSize(THREADS);
      assertThat(right).hasPositiveValue();
      assertThat(refused).hasPositiveValue();
      prepared.getFirst().run();
      requireSame(prepared.getFirst().read(), expected.getFirst());
    }
  }

  private List<AttentionOutput> expected(List<AttentionInputs> inputs) {
    List<AttentionOutput> outputs = new ArrayList<>();
    for (AttentionInputs each : inputs) {
      try (Session session = open();
          StagedInputs staged = session.stage(each);
          PreparedKernel prepared = session.prepare(JavaKernel.FLASH, staged)) {
        prepared.run();
        outputs.add(prepared.read());
      }
    }
    return outputs;
  }

  private static List<AttentionInputs> inputs() {
    List<AttentionInputs> inputs = new ArrayList<>();
    for (int i = 0; i < THREADS; i++) {
      AttentionSpec spec =
          AttentionSpec.builder().heads(2).lengths(60 + i, 130).dim(64).mask(Mask.causal()).build();
      inputs.add(AttentionInputs.generate(spec, InputFamily.NORMAL, i));
    }
    return inputs;
  }

  private static <T> List<T> together(List<Callable<T>> tasks) throws Exception {
    List<T> results = new ArrayList<>();
    try (ExecutorService pool = Executors.newFixedThreadPool(tasks.size())) {
      for (Future<T> each : pool.invokeAll(tasks)) {
        results.add(each.get());
      }
    }
    return results;
  }

  private static void requireSame(AttentionOutput output, AttentionOutput expected) {
    assertThat(Arrays.equals(output.o(), expected.o())).isTrue();
    assertThat(Arrays.equals(output.lse(), expected.lse())).isTrue();
  }

  private static AttentionInputs drawn(AttentionSpec spec) {
    return AttentionInputs.generate(spec, InputFamily.NORMAL, 1);
  }

  /**
   * Threads of sessions, once they are no more than that, or after a while: they end by themselves.
   */
  private static long workers(long most) {
    long count = Long.MAX_VALUE;
    for (int attempt = 0; attempt < 300; attempt++) {
      LockSupport.parkNanos(10_000_000);
      count =
          Thread.getAllStackTraces().keySet().stream()
              .filter(thread -> thread.getName().startsWith("attn4j-worker-"))
              .count();
      if (count <= most) {
        break;
      }
    }
    return count;
  }
}
