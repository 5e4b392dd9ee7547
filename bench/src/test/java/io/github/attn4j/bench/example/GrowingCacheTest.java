package io.github.attn4j.bench.example;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.bench.example.GrowingCache.Rows;
import io.github.attn4j.core.check.Comparison;
import io.github.attn4j.core.check.Expected;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.kernel.CacheFullException;
import io.github.attn4j.core.kernel.CacheShape;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.KeyValueCache;
import io.github.attn4j.core.kernel.Session;
import io.github.attn4j.core.result.AttentionOutput;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.ElementType;
import io.github.attn4j.core.spec.Mask;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** What docs/cache.md shows does what the page says. */
class GrowingCacheTest {
  private static final Backends BACKENDS = new Backends();
  private static final int HEADS = 4;
  private static final int KV_HEADS = 2;
  private static final int DIM = 64;

  private static KernelVariant kernel() {
    return BACKENDS.kernel("opencl:flash_split_kv");
  }

  private static Session open(KernelVariant kernel) {
    Assumptions.assumeFalse(
        BACKENDS.backend(kernel.backend()).devices().isEmpty(), "no device of " + kernel.backend());
    return BACKENDS.backend(kernel.backend()).open(BACKENDS.deviceFor(kernel, null));
  }

  private static CacheShape shape(int pages) {
    return new CacheShape(KV_HEADS, DIM, DIM, ElementType.F32, 16, pages, 3);
  }

  private static Rows draw(Random random, int sequence, int rows) {
    return new Rows(
        sequence, normal(random, KV_HEADS * rows * DIM), normal(random, KV_HEADS * rows * DIM));
  }

  private static float[] normal(Random random, int count) {
    float[] values = new float[count];
    for (int index = 0; index < count; index++) {
      values[index] = (float) random.nextGaussian();
    }
    return values;
  }

  @Test
  void everyStepIsTheAttentionOverAllRowsSoFar() {
    Random random = new Random(8);
    KernelVariant kernel = kernel();
    try (Session session = open(kernel);
        KeyValueCache cache = session.openCache(shape(16))) {
      Rows first = draw(random, 2, 37);
      Rows second = new Rows(0, first.k().clone(), first.v().clone()); // the same prompt
      cache.append(first.sequence(), first.k(), first.v());
      GrowingCache.branch(cache, 2, second, 37);
      assertThat(cache.freePages()).as("two shared, one each").isEqualTo(12);
      List<Rows> all = new ArrayList<>(List.of(second, first));
      for (List<Integer> queries : List.of(List.of(1, 1), List.of(1, 1), List.of(3, 1))) {
        List<Rows> latest =
            List.of(draw(random, 0, queries.getFirst()), draw(random, 2, queries.getLast()));
        all.addAll(latest);
        float[] q =
            normal(random, HEADS * DIM * queries.stream().mapToInt(Integer::intValue).sum());
        AttentionOutput output =
            GrowingCache.step(session, kernel, cache, latest, HEADS, queries, q);
        Comparison comparison = Expected.of(contiguous(all, queries, q)).compare(output);
        assertThat(comparison.passed()).as("%s", comparison.worst()).isTrue();
      }
    }
  }

  /** Sequences 0 and 2, without a cache. */
  private static AttentionInputs contiguous(List<Rows> all, List<Integer> queries, float[] q) {
    List<Integer> lengths = List.of(length(all, 0), length(all, 2));
    AttentionSpec spec =
        AttentionSpec.builder()
            .batch(2)
            .heads(HEADS, KV_HEADS)
            .dim(DIM)
            .packedQueries(queries)
            .packedKeys(lengths)
            .mask(Mask.causal())
            .build();
    float[] k = new float[spec.keyElements()];
    float[] v = new float[spec.valueElements()];
    int[] next = {0, 0};
    for (Rows rows : all) {
      int b = rows.sequence() / 2;
      int count = rows.k().length / KV_HEADS / DIM;
      for (int row = 0; row < count; row++, next[b]++) {
        for (int head = 0; head < KV_HEADS; head++) {
          int from = (head * count + row) * DIM;
          System.arraycopy(rows.k(), from, k, spec.keyRow(b, head, next[b]), DIM);
          System.arraycopy(rows.v(), from, v, spec.valueRow(b, head, next[b]), DIM);
        }
      }
    }
    return new AttentionInputs(spec, "no cache", q, k, v);
  }

  private static int length(List<Rows> all, int sequence) {
    return all.stream()
        .filter(rows -> rows.sequence() == sequence)
        .mapToInt(rows -> rows.k().length / KV_HEADS / DIM)
        .sum();
  }

  @Test
  void roomIsMadeByGivingUpSequences() {
    Random random = new Random(9);
    try (Session session = open(kernel());
        KeyValueCache cache = session.openCache(shape(4))) {
      GrowingCache.append(cache, draw(random, 0, 30), List.of());
      GrowingCache.append(cache, draw(random, 1, 20), List.of());
      assertThatExceptionOfType(CacheFullException.class)
          .isThrownBy(() -> GrowingCache.append(cache, draw(random, 2, 40), List.of(0)))
          .withMessageContaining("need 3 pages, but the cache has 2 free");
      GrowingCache.append(cache, draw(random, 2, 40), List.of(0, 1));
      assertThat(cache.length(1)).isZero();
      assertThat(cache.length(2)).isEqualTo(40);
    }
  }

  @Test
  void theJvmSaysThatItHasNoCache() {
    KernelVariant kernel = BACKENDS.kernel("java:flash");
    try (Session session = open(kernel)) {
      assertThatExceptionOfType(UnsupportedOperationException.class)
          .isThrownBy(() -> session.openCache(shape(4)).close())
          .withMessageContaining("java:0")
          .withMessageContaining("keeps no cache of 4 pages of 16 rows, H2 D64 f32");
    }
  }
}
