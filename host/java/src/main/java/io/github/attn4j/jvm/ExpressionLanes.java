package io.github.attn4j.jvm;

import static io.github.attn4j.jvm.MicroKernels.WIDTH;

import io.github.attn4j.core.expression.PairPredicate;
import io.github.attn4j.core.expression.PairScore;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;
import org.jspecify.annotations.Nullable;

/**
 * Asks a spec's expressions about a tile, row by row: compiled expressions loop over keys, while a
 * tile's lanes are queries.
 */
final class ExpressionLanes {
  private static final VectorSpecies<Byte> BYTES = ByteVector.SPECIES_PREFERRED;

  private final @Nullable PairPredicate condition;
  private final @Nullable PairScore modifier;
  private final int[] head = new int[WIDTH];
  private final int[] query = new int[WIDTH];
  private final int[] position = new int[WIDTH];
  private final boolean[] answers = new boolean[FlashTile.KEYS];
  private final float[] row = new float[FlashTile.KEYS];

  private int batch;
  private int lanes;

  ExpressionLanes(@Nullable PairPredicate condition, @Nullable PairScore modifier) {
    this.condition = condition;
    this.modifier = modifier;
  }

  static long bytes() {
    return 3L * Integer.BYTES * WIDTH + (1L + Float.BYTES) * FlashTile.KEYS;
  }

  long allocatedBytes() {
    return (long) Integer.BYTES * (head.length + query.length + position.length)
        + answers.length
        + (long) Float.BYTES * row.length;
  }

  /** Begins another tile. */
  void clear(int b) {
    batch = b;
    lanes = 0;
  }

  /** Says whose row the next lane holds; lanes that repeat the last row are left out. */
  void add(int h, int q, int p) {
    head[lanes] = h;
    query[lanes] = q;
    position[lanes] = p;
    lanes++;
  }

  /** Lanes that hold a row of their own. */
  int lanes() {
    return lanes;
  }

  boolean hasCondition() {
    return condition != null;
  }

  boolean hasModifier() {
    return modifier != null;
  }

  /** A bit for each of up to 64 keys: whether the condition lets a lane see it. */
  long visible(int lane, int key, int keys) {
    PairPredicate asked = condition;
    if (asked == null) {
      throw new AssertionError("no condition to ask");
    }
    asked.fill(batch, head[lane], query[lane], position[lane], key, key + keys, answers, 0);
    long bits = 0;
    for (int at = 0; at < FlashTile.KEYS; at += BYTES.length()) {
      bits |= VectorMask.fromArray(BYTES, answers, at).toLong() << at;
    }
    return bits & MaskTile.firstBits(keys); // the rest are the answers of a tile before
  }

  /** Replaces scores by what the modifier makes of them; lanes that repeat a row keep theirs. */
  void modify(float[] scores, int key, int keys) {
    PairScore asked = modifier;
    if (asked == null) {
      throw new AssertionError("no modifier to ask");
    }
    for (int lane = 0; lane < lanes; lane++) {
      gather(scores, lane, keys);
      asked.apply(batch, head[lane], query[lane], position[lane], key, key + keys, row, 0);
      scatter(scores, lane, keys);
    }
  }

  private void gather(float[] scores, int lane, int keys) {
    for (int j = 0; j < keys; j++) {
      row[j] = scores[j * WIDTH + lane];
    }
  }

  private void scatter(float[] scores, int lane, int keys) {
    for (int j = 0; j < keys; j++) {
      scores[j * WIDTH + lane] = row[j];
    }
  }
}
