package io.github.attn4j.opencl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.input.InputFamily;
import io.github.attn4j.core.kernel.PreparedKernel;
import io.github.attn4j.core.kernel.StagedInputs;
import io.github.attn4j.core.result.AttentionOutput;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.Mask;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Several sessions in several threads are right; one session in several threads at once is refused.
 */
class ConcurrentSessionsTest {
  private static final int THREADS = 4;
  private static final List<OpenClKernel> KERNELS =
      List.of(OpenClKernel.NAIVE, OpenClKernel.ONLINE_SOFTMAX, OpenClKernel.FLASH_QUERY_LANES);

  /** Programs that nobody has compiled before, so that all threads compile at once. */
  @Test
  @Tag("full")
  void aSessionForEachThreadGivesTheBitsOfOneThread() throws Exception {
    String nonce = "// " + System.nanoTime() + "\n";
    List<AttentionInputs> inputs = inputs(THREADS);
    List<List<AttentionOutput>> expected = new ArrayList<>();
    try (OpenClSession session = TestDevices.openPreferred()) {
      for (AttentionInputs each : inputs) {
        expected.add(launches(session, each));
      }
    }
    CountDownLatch all = new CountDownLatch(THREADS);
    List<Callable<Boolean>> tasks = new ArrayList<>();
    for (int thread = 0; thread < THREADS; thread++) {
      int own = thread;
      tasks.add(() -> {
        all.countDown();
        all.await();
        for (int round = 0; round < 3; round++) {
          try (OpenClSession session =
              TestDevices.openPreferred(file -> nonce + KernelSource.load(file))) {
            requireSame(launches(session, inputs.get(own)), expected.get(own));
          }
        }
        return true;
      });
    }
    assertThat(together(tasks)).hasSize(THREADS).doesNotContain(false);
  }

  /** The first thread is held while its program is read, so the others come upon it for certain. */
  @Test
  void aSecondThreadIsRefusedByNameAndTheFirstGoesOn() throws Exception {
    CountDownLatch inside = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    AttentionInputs inputs = inputs(1).getFirst();
    try (OpenClSession session =
            TestDevices.openPreferred(file -> {
              inside.countDown();
              awaitQuietly(goOn);
              return KernelSource.load(file);
            });
        StagedInputs staged = session.stage(inputs);
        ExecutorService pool = Executors.newSingleThreadExecutor(r -> new Thread(r, "the first"))) {
      Future<AttentionOutput> first =
          pool.submit(() -> launch(session, OpenClKernel.NAIVE, staged));
      inside.await();
      assertThatIllegalStateException()
          .isThrownBy(() -> session.stage(inputs).close())
          .withMessageContaining("the first")
          .withMessageContaining(Thread.currentThread().getName())
          .withMessageContaining(session.device().name())
          .withMessageContaining("open a session for each thread");
      assertThatIllegalStateException().isThrownBy(session::evictCaches);
      assertThatIllegalStateException().isThrownBy(() -> staged.refreshQueries(0, 1));
      assertThatIllegalStateException().isThrownBy(session::close);
      goOn.countDown();
      AttentionOutput output = first.get();
      requireSame(List.of(launch(session, OpenClKernel.NAIVE, staged)), List.of(output));
    }
  }

  /** Each launch is right or refused, whatever meets it. */
  @Test
  void threadsThatShareASessionNeverGetWrongResults() throws Exception {
    List<AttentionInputs> inputs = inputs(THREADS);
    AtomicInteger right = new AtomicInteger();
    AtomicInteger refused = new AtomicInteger();
    try (OpenClSession session = TestDevices.openPreferred()) {
      List<PreparedKernel> prepared = new ArrayList<>();
      List<AttentionOutput> expected = new ArrayList<>();
      for (AttentionInputs each : inputs) {
        StagedInputs staged = session.stage(each);
        PreparedKernel kernel = session.prepare(OpenClKernel.NAIVE, staged);
        kernel.run();
        expected.add(kernel.read());
        prepared.add(kernel);
      }
      List<Callable<Boolean>> tasks = new ArrayList<>();
      for (int thread = 0; thread < THREADS; thread++) {
        int own = thread;
        tasks.add(() -> {
          AttentionOutput output = AttentionOutput.allocate(inputs.get(own).spec());
          for (int round = 0; round < 300; round++) {
            try {
              prepared.get(own).run(output);
            } catch (IllegalStateException e) {
              assertThat(e).hasMessageContaining("open a session for each thread");
              refused.incrementAndGet();
              continue;
            }
            requireSame(List.of(output), List.of(expected.get(own)));
            right.incrementAndGet();
          }
          return true;
        });
      }
      together(tasks);
      assertThat(right.get() + refused.get()).isEqualTo(300 * THREADS);
      assertThat(right).hasPositiveValue();
      // And everything works on once they are done.
      prepared.getFirst().run();
      requireSame(List.of(prepared.getFirst().read()), List.of(expected.getFirst()));
    }
  }

  private static List<AttentionInputs> inputs(int count) {
    List<AttentionInputs> inputs = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      AttentionSpec spec =
          AttentionSpec.builder().heads(2).lengths(33 + i, 70).dim(64).mask(Mask.causal()).build();
      inputs.add(AttentionInputs.generate(spec, InputFamily.NORMAL, i));
    }
    return inputs;
  }

  private static List<AttentionOutput> launches(OpenClSession session, AttentionInputs inputs) {
    List<AttentionOutput> outputs = new ArrayList<>();
    try (StagedInputs staged = session.stage(inputs)) {
      for (OpenClKernel kernel : KERNELS) {
        outputs.add(launch(session, kernel, staged));
      }
    }
    return outputs;
  }

  private static AttentionOutput launch(
      OpenClSession session, OpenClKernel kernel, StagedInputs staged) {
    try (PreparedKernel prepared = session.prepare(kernel, staged)) {
      prepared.run();
      return prepared.read();
    }
  }

  private static void requireSame(List<AttentionOutput> outputs, List<AttentionOutput> expected) {
    for (int i = 0; i < outputs.size(); i++) {
      // Arrays.equals compares bits, NaN included.
      assertThat(Arrays.equals(outputs.get(i).o(), expected.get(i).o())).isTrue();
      assertThat(Arrays.equals(outputs.get(i).lse(), expected.get(i).lse())).isTrue();
    }
    assertThat(outputs).hasSameSizeAs(expected);
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

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }
}
