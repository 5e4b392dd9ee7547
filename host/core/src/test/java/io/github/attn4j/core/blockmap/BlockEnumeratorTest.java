package io.github.attn4j.core.blockmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.github.attn4j.core.expression.Domain;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Blocks asked pair by pair. */
class BlockEnumeratorTest {

  @Test
  void decidesBlocksOnSeveralThreads() {
    assumeThat(Runtime.getRuntime().availableProcessors()).isGreaterThan(1);
    Set<Long> threads = ConcurrentHashMap.newKeySet();
    CountDownLatch two = new CountDownLatch(2);
    BlockEnumerator enumerator =
        BlockEnumerator.of(
            (b, h, q, p, k) -> {
              if (threads.add(Thread.currentThread().threadId())) {
                two.countDown();
              }
              await(two);
              return k < 8;
            },
            Domain.of(1, 64),
            new BlockSize(8, 8));
    BlockKind[] kinds = new BlockKind[8];
    enumerator.decide(0, 0, new int[8], new int[] {0, 1, 2, 3, 4, 5, 6, 7}, 8, kinds);
    assertThat(threads).hasSizeGreaterThan(1);
    assertThat(kinds[0]).isEqualTo(BlockKind.FULL);
    assertThat(kinds).filteredOn(kind -> kind == BlockKind.EMPTY).hasSize(7);
  }

  private static void await(CountDownLatch latch) {
    try {
      if (!latch.await(1, TimeUnit.SECONDS)) {
        latch.countDown(); // alone: the assertion says so
        latch.countDown();
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void refusesMoreRangesThanAnArrayHolds() {
    assertThatCode(() -> BlockPlane.TooManyRanges.unlessAddressable((1 << 30) - 5L))
        .doesNotThrowAnyException();
    assertThatThrownBy(() -> BlockPlane.TooManyRanges.unlessAddressable(1L << 30))
        .isInstanceOfSatisfying(
            BlockPlane.TooManyRanges.class, e -> assertThat(e.bytes()).isEqualTo(1L << 33))
        .hasMessageContaining("1,073,741,824 ranges");
  }
}
