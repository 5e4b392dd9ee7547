package io.github.attn4j.model.decoder;

import io.github.attn4j.core.layer.Rotation;
import io.github.attn4j.core.spec.Layout;

/**
 * The sizes of a transformer block that normalises before it computes (Xiong et al. 2020, "On layer
 * normalization in the transformer architecture"), with grouped heads (Ainslie et al. 2023, "GQA").
 *
 * @param modelDim d_model, elements of a token's vector
 * @param queryHeads Hq
 * @param kvHeads Hkv, a divisor of {@code queryHeads}
 * @param headDim D, elements of a query, key and value; even, since rotary positions turn pairs
 * @param feedForwardDim width inside the feed-forward part
 */
public record BlockShape(
    int modelDim, int queryHeads, int kvHeads, int headDim, int feedForwardDim) {
  /** The base of rotary frequencies (Su et al. 2021, section 3.2.2), of every such block. */
  public static final double ROTARY_BASE = 10000;

  /** Refuses what no block has, naming the value. */
  public BlockShape {
    requirePositive("d_model", modelDim);
    requirePositive("the number of heads", queryHeads);
    requirePositive("the number of key-value heads", kvHeads);
    requirePositive("the head dimension", headDim);
    requirePositive("the feed-forward width", feedForwardDim);
    if (queryHeads % kvHeads != 0) {
      throw new IllegalArgumentException(
          "%d key-value heads do not divide %d heads: each must serve as many queries as the others"
              .formatted(kvHeads, queryHeads));
    }
    if (headDim % 2 != 0) {
      throw new IllegalArgumentException(
          "the head dimension is %d: rotary positions turn pairs, so it must be even"
              .formatted(headDim));
    }
    // What is addressed by an int: the largest matrices, with their biases.
    Math.multiplyExact(modelDim + 1, Math.multiplyExact(queryHeads + 2 * kvHeads, headDim));
    Math.multiplyExact(modelDim + 1, feedForwardDim + 1);
  }

  private static void requirePositive(String what, int value) {
    if (value < 1) {
      throw new IllegalArgumentException("%s is %d, it must be at least 1".formatted(what, value));
    }
  }

  /** Elements of a token's queries, and of O: Hq D. */
  public int queryWidth() {
    return queryHeads * headDim;
  }

  /** Elements of a token's keys, and of its values: Hkv D. */
  public int keyWidth() {
    return kvHeads * headDim;
  }

  /** Elements of a token's queries, keys and values, which lie side by side in this order. */
  public int projectedWidth() {
    return queryWidth() + 2 * keyWidth();
  }

  /** Elements of all matrices, biases and normalisations. */
  public long parameters() {
    return (modelDim + 1L) * projectedWidth()
        + (queryWidth() + 1L) * modelDim
        + (modelDim + 1L) * feedForwardDim
        + (feedForwardDim + 1L) * modelDim
        + 4L * modelDim;
  }

  /** Queries and keys, which lie side by side: positions turn both, and values not at all. */
  public Rotation rotation() {
    return new Rotation(0, projectedWidth(), queryHeads + kvHeads, headDim);
  }

  /** Where queries lie in [rows, projectedWidth]. */
  public Layout queries(int rows) {
    return part(0, rows);
  }

  /** Where keys lie in [rows, projectedWidth]. */
  public Layout keys(int rows) {
    return part(queryWidth(), rows);
  }

  /** Where values lie in [rows, projectedWidth]. */
  public Layout values(int rows) {
    return part(queryWidth() + keyWidth(), rows);
  }

  private Layout part(int from, int rows) {
    return new Layout(from, (long) rows * projectedWidth(), headDim, projectedWidth());
  }
}
