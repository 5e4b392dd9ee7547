package io.github.attn4j.core.check;

import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.reference.RowSample;
import io.github.attn4j.core.result.AttentionOutput;
import io.github.attn4j.core.spec.AttentionSpec;
import java.util.stream.IntStream;

/**
 * Attention in float32 by online softmax, as kernels compute it and the plain version does not: in
 * blocks of keys, with dot products in several lanes. One that is right, or one with a planted
 * mistake.
 *
 * @param blockKeys keys per block
 * @param lanes partial sums per dot product
 * @param fused whether products are added without rounding them first
 * @param keyLanes partial sums over the keys of a block, added to what came before at its end; 0
 *     where every key is added to that at once
 * @param mistake what is wrong with it
 */
record OnlineAttention(int blockKeys, int lanes, boolean fused, int keyLanes, Mistake mistake) {

  /** One that adds every key to what came before at once. */
  OnlineAttention(int blockKeys, int lanes, boolean fused, Mistake mistake) {
    this(blockKeys, lanes, fused, 0, mistake);
  }

  /** What a careless change may do. */
  enum Mistake {
    NONE,
    /** The scale is 1 % too large. */
    SCALE,
    /** Queries see one key more, by a causal mask that is off by one. */
    ONE_KEY_MORE,
    /** Queries see one key less. */
    ONE_KEY_LESS,
    /** The key in the middle is left out. */
    KEY_LEFT_OUT,
    /** Earlier blocks' output is not rescaled when the maximum grows. */
    NOT_RESCALED,
    /** Heads read the next group's keys. */
    WRONG_GROUP,
    /** The score modifier comes before the soft cap. */
    MODIFIER_BEFORE_CAP
  }

  /** Computes the rows of a sample; the others stay 0. */
  AttentionOutput compute(AttentionInputs inputs, RowSample sample) {
    AttentionSpec spec = inputs.spec();
    AttentionOutput output =
        new AttentionOutput(new float[spec.outputElements()], new float[spec.rows()]);
    IntStream.of(sample.rows())
        .parallel()
        .forEach(row -> {
          int head = row / spec.queryLength();
          int b = head / spec.queryHeads();
          int h = head % spec.queryHeads();
          computeRow(inputs, output, row, b, h, row % spec.queryLength());
        });
    return output;
  }

  private void computeRow(
      AttentionInputs inputs, AttentionOutput output, int row, int b, int h, int i) {
    AttentionSpec spec = inputs.spec();
    int keys = spec.keyLengths().get(b);
    float[] accumulated = new float[spec.valueDim()];
    float maximum = Float.NEGATIVE_INFINITY;
    float sum = 0;
    float[] scores = new float[blockKeys];
    for (int first = 0; first < keys; first += blockKeys) {
      int count = Math.min(blockKeys, keys - first);
      float blockMaximum = maximum;
      for (int j = 0; j < count; j++) {
        scores[j] = score(inputs, b, h, i, first + j);
        blockMaximum = Math.max(blockMaximum, scores[j]);
      }
      if (blockMaximum == Float.NEGATIVE_INFINITY) {
        continue;
      }
      float rescale = (float) Math.exp(maximum - blockMaximum);
      maximum = blockMaximum;
      sum *= rescale;
      for (int d = 0; d < accumulated.length && mistake != Mistake.NOT_RESCALED; d++) {
        accumulated[d] *= rescale;
      }
      float[] sums = new float[Math.max(1, keyLanes)];
      float[][] outputs = new float[sums.length][accumulated.length];
      if (keyLanes == 0) {
        sums[0] = sum;
        outputs[0] = accumulated;
      }
      for (int j = 0; j < count; j++) {
        if (scores[j] == Float.NEGATIVE_INFINITY) {
          continue; // hidden: whatever its value holds
        }
        float weight = (float) Math.exp(scores[j] - maximum);
        int lane = j % sums.length;
        sums[lane] += weight;
        int value = spec.valueRow(b, kvHead(spec, h), first + j);
        for (int d = 0; d < accumulated.length; d++) {
          outputs[lane][d] = addProduct(weight, inputs.v()[value + d], outputs[lane][d]);
        }
      }
      if (keyLanes == 0) {
        sum = sums[0];
        continue;
      }
      for (int lane = 1; lane < keyLanes; lane++) {
        sums[0] += sums[lane];
        for (int d = 0; d < accumulated.length; d++) {
          outputs[0][d] += outputs[lane][d];
        }
      }
      sum += sums[0];
      for (int d = 0; d < accumulated.length; d++) {
        accumulated[d] += outputs[0][d];
      }
    }
    int target = spec.outputRow(b, h, i);
    for (int d = 0; d < accumulated.length; d++) {
      output.o()[target + d] = spec.queryType().round(sum == 0 ? 0 : accumulated[d] / sum);
    }
    output.lse()[row] = maximum + (float) Math.log(sum);
  }

  private float score(AttentionInputs inputs, int b, int h, int i, int key) {
    AttentionSpec spec = inputs.spec();
    boolean left = mistake == Mistake.KEY_LEFT_OUT && key == spec.kvLength() / 2;
    if (left || !seen(spec, b, h, i, key)) {
      return Float.NEGATIVE_INFINITY;
    }
    int query = spec.queryRow(b, h, i);
    int keyRow = spec.keyRow(b, kvHead(spec, h), key);
    float[] partial = new float[lanes];
    for (int d = 0; d < spec.headDim(); d++) {
      partial[d % lanes] =
          addProduct(inputs.q()[query + d], inputs.k()[keyRow + d], partial[d % lanes]);
    }
    float product = 0;
    for (float lane : partial) {
      product += lane;
    }
    float score = (mistake == Mistake.SCALE ? 1.01f : 1) * spec.scale() * product;
    float modified =
        mistake == Mistake.MODIFIER_BEFORE_CAP
            ? cap(spec, modified(spec, score, b, h, i, key))
            : modified(spec, cap(spec, score), b, h, i, key);
    return modified + spec.mask().bias(b, h, i, key);
  }

  private static float cap(AttentionSpec spec, float score) {
    return spec.softCap() > 0 ? spec.softCap() * (float) Math.tanh(score / spec.softCap()) : score;
  }

  private static float modified(AttentionSpec spec, float score, int b, int h, int i, int key) {
    return spec.scoreModifier().apply(score, b, h, i, spec.position(b, i), key);
  }

  private boolean seen(AttentionSpec spec, int b, int h, int i, int key) {
    return switch (mistake) {
      case ONE_KEY_MORE ->
          spec.visible(b, h, i, key) || (key > 0 && spec.visible(b, h, i, key - 1));
      case ONE_KEY_LESS ->
          spec.visible(b, h, i, key)
              && (key + 1 == spec.kvLength() || spec.visible(b, h, i, key + 1));
      default -> spec.visible(b, h, i, key);
    };
  }

  private int kvHead(AttentionSpec spec, int h) {
    int shift = mistake == Mistake.WRONG_GROUP ? 1 : 0;
    return (spec.kvHead(h) + shift) % spec.kvHeads();
  }

  private float addProduct(float a, float b, float sum) {
    return fused ? Math.fma(a, b, sum) : a * b + sum;
  }
}
