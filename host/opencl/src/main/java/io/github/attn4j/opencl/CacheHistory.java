package io.github.attn4j.opencl;

import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.kernel.CacheFullException;
import io.github.attn4j.core.kernel.CachePages;
import io.github.attn4j.core.kernel.CacheShape;
import io.github.attn4j.core.spec.AttentionSpec;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * A cache and its model, to which the same drawn things happen: what the sanitizer and the tests
 * run appends over.
 */
final class CacheHistory implements AutoCloseable {
  private final OpenClCache cache;
  private final CacheModel model;
  private final Random random;
  private final int seed;
  private int copies;
  private int full;

  CacheHistory(OpenClSession session, CacheShape shape, int seed) {
    cache = (OpenClCache) session.openCache(shape);
    model = new CacheModel(shape);
    random = new Random(seed);
    this.seed = seed;
  }

  OpenClCache cache() {
    return cache;
  }

  int seed() {
    return seed;
  }

  /** Appends so far that had to copy a page first. */
  int copies() {
    return copies;
  }

  /** Appends so far for which there was no room. */
  int full() {
    return full;
  }

  /** Lets something happen so many times. */
  void play(int steps) {
    for (int step = 0; step < steps; step++) {
      int sequence = random.nextInt(cache.shape().sequences());
      switch (random.nextInt(8)) {
        case 0 -> evict(sequence);
        case 1 -> truncate(sequence, random.nextInt(1 + cache.length(sequence)));
        case 2 -> share(sequence, random.nextInt(cache.shape().sequences()));
        case 3 -> append(sequence, 1);
        case 4 -> appendAndTakeBack(sequence);
        default -> append(sequence, 1 + random.nextInt(40));
      }
      cache.pages().requireConsistent();
    }
  }

  private void evict(int sequence) {
    cache.evict(sequence);
    model.truncate(sequence, 0);
  }

  private void truncate(int sequence, int length) {
    cache.truncate(sequence, length);
    model.truncate(sequence, length);
  }

  private void share(int from, int to) {
    if (from == to) {
      return;
    }
    evict(to);
    int pages = cache.length(from) / cache.shape().pageSize();
    int rows = random.nextInt(1 + pages) * cache.shape().pageSize();
    cache.sharePrefix(from, to, rows);
    model.share(from, to, rows);
    if (rows > 0 && random.nextBoolean()) {
      truncate(to, rows - 1 - random.nextInt(15)); // goes on within a page that is not its own
      append(to, 1 + random.nextInt(3));
    }
  }

  /** What is left behind a sequence's end must not show. */
  private void appendAndTakeBack(int sequence) {
    int length = cache.length(sequence);
    append(sequence, 1 + random.nextInt(20));
    truncate(sequence, length);
  }

  private void append(int sequence, int rows) {
    CacheShape shape = cache.shape();
    float[] k = growing(random, shape.kvHeads(), rows, shape.headDim());
    float[] v = growing(random, shape.kvHeads(), rows, shape.valueDim());
    CachePages.Append plan;
    try {
      plan = cache.pages().plan(sequence, rows);
    } catch (CacheFullException e) {
      full++;
      return;
    }
    copies += plan.copy() == null ? 0 : 1;
    cache.append(sequence, k, v);
    model.append(sequence, k, v);
  }

  /** Every row of every sequence is what the model says, bit for bit. */
  void requireSameRows() {
    requireSameRows(cache, model, seed);
  }

  /**
   * The same of any cache and its model.
   *
   * @param seed to name it by
   */
  static void requireSameRows(OpenClCache cache, CacheModel model, int seed) {
    CacheShape shape = cache.shape();
    List<Integer> all = IntStream.range(0, shape.sequences()).boxed().toList();
    AttentionSpec spec = cache.spec(all).build();
    AttentionInputs inputs = cache.read(spec, new float[spec.queryElements()]);
    for (int sequence : all) {
      if (cache.length(sequence) != model.length(sequence)) {
        throw new AssertionError(
            "history %d: sequence %d has %d rows, not %d"
                .formatted(seed, sequence, cache.length(sequence), model.length(sequence)));
      }
      for (int row = 0; row < model.length(sequence); row++) {
        CacheModel.Row expected = model.rows(sequence).get(row);
        for (int head = 0; head < shape.kvHeads(); head++) {
          int k = spec.keyRow(sequence, head, row);
          int v = spec.valueRow(sequence, head, row);
          requireSame(seed, inputs.k(), k, expected.k(), head, shape.headDim());
          requireSame(seed, inputs.v(), v, expected.v(), head, shape.valueDim());
        }
      }
    }
  }

  private static void requireSame(
      int seed, float[] read, int at, float[] expected, int head, int columns) {
    for (int d = 0; d < columns; d++) {
      if (Float.compare(read[at + d], expected[head * columns + d]) != 0) {
        throw new AssertionError(
            "history %d: head %d, column %d is %s, not %s"
                .formatted(seed, head, d, read[at + d], expected[head * columns + d]));
      }
    }
  }

  /** Normal numbers. */
  static float[] normal(Random random, int count) {
    float[] values = new float[count];
    for (int index = 0; index < count; index++) {
      values[index] = (float) random.nextGaussian();
    }
    return values;
  }

  /** Rows of magnitudes that differ, so that scales change while runs grow. */
  static float[] growing(Random random, int heads, int rows, int columns) {
    float[] values = normal(random, heads * rows * columns);
    for (int row = 0; row < rows; row++) {
      float factor = (float) Math.exp(random.nextGaussian());
      for (int head = 0; head < heads; head++) {
        for (int d = 0; d < columns; d++) {
          values[(head * rows + row) * columns + d] *= factor;
        }
      }
    }
    return values;
  }

  /** Rows begin to end of [heads, rows, columns]. */
  static float[] rows(float[] tensor, int heads, int begin, int end, int columns) {
    int all = tensor.length / heads / columns;
    float[] some = new float[heads * (end - begin) * columns];
    for (int head = 0; head < heads; head++) {
      System.arraycopy(
          tensor,
          (head * all + begin) * columns,
          some,
          head * (end - begin) * columns,
          (end - begin) * columns);
    }
    return some;
  }

  @Override
  public void close() {
    cache.close();
  }
}
