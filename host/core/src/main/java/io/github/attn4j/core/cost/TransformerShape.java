package io.github.attn4j.core.cost;

import java.util.Objects;

/**
 * The sizes that decide what a transformer costs (Vaswani et al. 2017, section 3; grouped heads:
 * Ainslie et al. 2023; gated feed-forward: Shazeer 2020). Dense ones: no experts, no latent
 * compression of keys and values.
 *
 * @param name as options and reports call it
 * @param source where the numbers are from, and what was left out
 * @param modelDim d_model, elements of a token's vector between blocks
 * @param queryHeads heads of Q in a block
 * @param kvHeads heads of K and V in a block; a divisor of {@code queryHeads}
 * @param headDim elements of a query, key and value
 * @param layers blocks
 * @param feedForwardDim width inside the feed-forward part
 * @param gated whether that has a third matrix, the gate
 * @param vocabulary tokens that have an embedding
 * @param unembedding how logits are made
 * @param causal whether a token sees only itself and what is before it
 * @param context most tokens that it was made for
 * @param learnedPositions positions with a vector of their own; 0 for rotary or computed ones
 * @param segments kinds of segments with a vector of their own, 0 in decoders
 * @param attentionBias which projections have a bias
 * @param feedForwardBias whether the feed-forward matrices have
 * @param normVectorsOfBlock vectors of d_model elements that a block's normalisations hold: 2 for
 *     two RMS norms, 4 for two LayerNorms with scale and shift
 * @param normVectorsOutside the same outside of blocks: the last normalisation, or that of the
 *     embeddings
 */
public record TransformerShape(
    String name,
    String source,
    int modelDim,
    int queryHeads,
    int kvHeads,
    int headDim,
    int layers,
    int feedForwardDim,
    boolean gated,
    int vocabulary,
    Unembedding unembedding,
    boolean causal,
    int context,
    int learnedPositions,
    int segments,
    Bias attentionBias,
    boolean feedForwardBias,
    int normVectorsOfBlock,
    int normVectorsOutside) {

  /** How the last vector becomes a number for each token. */
  public enum Unembedding {
    /** By a matrix of its own. */
    OWN,
    /** By the embedding's, used a second time: Press and Wolf 2017. */
    TIED,
    /** Not at all: an encoder's vectors are the result. */
    NONE
  }

  /** Which projections of attention add a vector. */
  public enum Bias {
    /** None of them. */
    NONE,
    /** Queries, keys and values. */
    QKV,
    /** Those and the output. */
    ALL
  }

  /** Refuses sizes that make no sense, naming the value. */
  public TransformerShape {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(source, "source");
    Objects.requireNonNull(unembedding, "unembedding");
    Objects.requireNonNull(attentionBias, "attentionBias");
    requireAtLeast("d_model", modelDim, 1);
    requireAtLeast("heads", queryHeads, 1);
    requireAtLeast("key-value heads", kvHeads, 1);
    requireAtLeast("head dimension", headDim, 1);
    requireAtLeast("layers", layers, 1);
    requireAtLeast("feed-forward width", feedForwardDim, 0);
    requireAtLeast("vocabulary", vocabulary, 0);
    requireAtLeast("context", context, 1);
    requireAtLeast("learned positions", learnedPositions, 0);
    requireAtLeast("segments", segments, 0);
    requireAtLeast("norm vectors of a block", normVectorsOfBlock, 0);
    requireAtLeast("norm vectors outside", normVectorsOutside, 0);
    if (queryHeads % kvHeads != 0) {
      throw new IllegalArgumentException(
          "%d key-value heads do not divide %d heads: each must serve as many queries as the others"
              .formatted(kvHeads, queryHeads));
    }
  }

  /** Query heads that share a key-value head; 1 without grouping. */
  public int groupSize() {
    return queryHeads / kvHeads;
  }

  private static void requireAtLeast(String what, int value, int least) {
    if (value < least) {
      throw new IllegalArgumentException(
          "%s is %d, it must be at least %d".formatted(what, value, least));
    }
  }
}
