package io.github.attn4j.jvm;

import io.github.attn4j.core.kernel.BackendException;
import io.github.attn4j.core.kernel.ScoreMatrix;
import io.github.attn4j.core.kernel.ScoreStage;
import io.github.attn4j.core.spec.AttentionSpec;
import java.util.Arrays;

/**
 * The score matrix of staged inputs, which {@code java:flash} never has: pair by pair from the
 * definition, in float32, on one thread. Reads Q and K where the kernel does.
 */
final class PlainScores {
  private static final int LARGEST_ARRAY = Integer.MAX_VALUE - 8;

  private final AttentionSpec spec;
  private final JavaStagedInputs.Buffers buffers;
  private final ScoreStage stage;
  private final float[] query;
  private final float[] key;

  private PlainScores(AttentionSpec spec, JavaStagedInputs.Buffers buffers, ScoreStage stage) {
    this.spec = spec;
    this.buffers = buffers;
    this.stage = stage;
    this.query = new float[spec.headDim()];
    this.key = new float[spec.headDim()];
  }

  /**
   * Computes them.
   *
   * @throws BackendException.OutOfMemory if they do not fit
   */
  static ScoreMatrix read(JavaStagedInputs staged, ScoreStage stage) {
    AttentionSpec spec = staged.spec();
    long elements = (long) spec.rows() * spec.kvLength();
    String what = "the score matrix of " + spec.label();
    if (elements > LARGEST_ARRAY) {
      throw new BackendException.OutOfMemory(
          what + " as one Java array", Float.BYTES * elements, Float.BYTES * (long) LARGEST_ARRAY);
    }
    HeapMemory.require(what, Float.BYTES * elements);
    float[] matrix = new float[(int) elements];
    Arrays.fill(matrix, stage == ScoreStage.SCORES ? Float.NEGATIVE_INFINITY : 0);
    PlainScores scores = new PlainScores(spec, staged.buffers(), stage);
    for (int b = 0; b < spec.batch(); b++) {
      for (int h = 0; h < spec.queryHeads(); h++) {
        for (int i = 0; i < spec.queryLengths().get(b); i++) {
          scores.row(b, h, i, matrix, spec.lseIndex(b, h, i) * spec.kvLength());
        }
      }
    }
    return new ScoreMatrix("java, pair by pair in float32", matrix);
  }

  private void row(int b, int h, int i, float[] matrix, int at) {
    buffers.q().read(spec.queryRow(b, h, i), query.length, -1, query, 0);
    int keys = spec.keyLengths().get(b);
    float[] scores = new float[keys];
    float maximum = Float.NEGATIVE_INFINITY;
    for (int k = 0; k < keys; k++) {
      scores[k] = spec.visible(b, h, i, k) ? score(b, h, i, k) : Float.NEGATIVE_INFINITY;
      maximum = Math.max(maximum, scores[k]); // NaN wins, as it must
    }
    if (stage == ScoreStage.WEIGHTS) {
      if (maximum == Float.NEGATIVE_INFINITY) {
        return; // an empty row's weights are 0
      }
      float sum = 0;
      for (int k = 0; k < keys; k++) {
        scores[k] =
            scores[k] == Float.NEGATIVE_INFINITY ? 0 : (float) Math.exp(scores[k] - maximum);
        sum += scores[k];
      }
      for (int k = 0; k < keys; k++) {
        scores[k] /= sum;
      }
    }
    System.arraycopy(scores, 0, matrix, at, keys);
  }

  private float score(int b, int h, int i, int k) {
    int kvHead = spec.kvHead(h);
    int scale = spec.keyValueType().scaled() ? spec.scaleIndex(b, kvHead, k) : -1;
    buffers.k().read(spec.keyRow(b, kvHead, k), key.length, scale, key, 0);
    float product = 0;
    for (int d = 0; d < key.length; d++) {
      product += query[d] * key[d];
    }
    float score = spec.scale() * product;
    if (spec.softCap() > 0) {
      score = spec.softCap() * (float) Math.tanh(score / spec.softCap());
    }
    score = spec.scoreModifier().apply(score, b, h, i, spec.position(b, i), k);
    return score + spec.mask().bias(b, h, i, k);
  }
}
