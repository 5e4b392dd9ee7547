package io.github.attn4j.bench.example;

import io.github.attn4j.core.kernel.CacheFullException;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.KeyValueCache;
import io.github.attn4j.core.kernel.PreparedKernel;
import io.github.attn4j.core.kernel.Session;
import io.github.attn4j.core.kernel.StagedInputs;
import io.github.attn4j.core.result.AttentionOutput;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.Mask;
import java.util.List;

/** Decoding over a cache on the device, as docs/cache.md shows it. */
@SuppressWarnings("ArrayRecordComponent") // never compared
final class GrowingCache {
  private GrowingCache() {}

  // page: step
  /** New rows of a sequence: keys [Hkv, rows, D] and values [Hkv, rows, Dv]. */
  record Rows(int sequence, float[] k, float[] v) {}

  /** Appends each sequence's rows and lets its latest queries see all that it has. */
  static AttentionOutput step(
      Session session,
      KernelVariant kernel,
      KeyValueCache cache,
      List<Rows> latest,
      int queryHeads,
      List<Integer> queries,
      float[] q) {
    latest.forEach(rows -> cache.append(rows.sequence(), rows.k(), rows.v()));
    List<Integer> sequences = latest.stream().map(Rows::sequence).toList();
    AttentionSpec spec =
        cache
            .spec(sequences)
            .heads(queryHeads, cache.shape().kvHeads())
            .packedQueries(queries) // as many of each sequence, one behind the other
            .mask(Mask.causal())
            .build();
    try (StagedInputs staged = cache.stage(sequences, spec, q);
        PreparedKernel prepared = session.prepare(kernel, staged)) {
      prepared.run();
      return prepared.read();
    }
  }

  // page: end

  // page: prompt
  /** A sequence that begins as another one does: whole pages are shared, the rest is appended. */
  static void branch(KeyValueCache cache, int from, Rows prompt, int common) {
    int shared = common / cache.shape().pageSize() * cache.shape().pageSize();
    cache.sharePrefix(from, prompt.sequence(), shared);
    int heads = cache.shape().kvHeads();
    cache.append(
        prompt.sequence(),
        from(prompt.k(), heads, shared, cache.shape().headDim()),
        from(prompt.v(), heads, shared, cache.shape().valueDim()));
  }

  // page: end

  // page: full
  /** Makes room by giving up sequences, the first named first. */
  static void append(KeyValueCache cache, Rows rows, List<Integer> mayGo) {
    for (int given = 0; ; given++) {
      try {
        cache.append(rows.sequence(), rows.k(), rows.v());
        return;
      } catch (CacheFullException e) {
        if (given == mayGo.size()) {
          throw e; // names the pages that are needed and those that are free
        }
        cache.evict(mayGo.get(given));
      }
    }
  }

  // page: end

  /** Rows from {@code first} on of [heads, rows, columns]. */
  static float[] from(float[] tensor, int heads, int first, int columns) {
    int rows = tensor.length / heads / columns;
    float[] some = new float[heads * (rows - first) * columns];
    for (int head = 0; head < heads; head++) {
      System.arraycopy(
          tensor,
          (head * rows + first) * columns,
          some,
          head * (rows - first) * columns,
          (rows - first) * columns);
    }
    return some;
  }
}
