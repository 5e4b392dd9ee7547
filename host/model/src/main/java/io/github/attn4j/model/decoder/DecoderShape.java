package io.github.attn4j.model.decoder;

/**
 * The sizes of a {@link DecoderModel}.
 *
 * @param layers blocks
 * @param modelDim d_model, elements of a token's vector; a multiple of {@code heads}
 * @param heads Hq of each block
 * @param kvHeads Hkv of each block, a divisor of {@code heads}
 * @param feedForwardDim width inside the feed-forward part
 * @param vocabulary tokens there are; ids are 0 to {@code vocabulary} - 1
 * @param context the most tokens of a sequence, for which the cache has room
 */
public record DecoderShape(
    int layers,
    int modelDim,
    int heads,
    int kvHeads,
    int feedForwardDim,
    int vocabulary,
    int context) {
  /** Refuses what no model has, naming the value. */
  public DecoderShape {
    requirePositive("the number of layers", layers);
    requirePositive("the vocabulary", vocabulary);
    requirePositive("the context", context);
    requirePositive("the number of heads", heads);
    if (modelDim % heads != 0) {
      throw new IllegalArgumentException(
          "%d heads do not divide d_model = %d: each has as many elements as the others"
              .formatted(heads, modelDim));
    }
    block(modelDim, heads, kvHeads, feedForwardDim); // refuses what is not in order
    Math.multiplyExact(vocabulary, modelDim);
  }

  private static void requirePositive(String what, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(
          "%s of a decoder is %d, it must be at least 1".formatted(what, value));
    }
  }

  private static BlockShape block(int modelDim, int heads, int kvHeads, int feedForwardDim) {
    return new BlockShape(modelDim, heads, kvHeads, modelDim / heads, feedForwardDim);
  }

  /** Of each layer. */
  public BlockShape block() {
    return block(modelDim, heads, kvHeads, feedForwardDim);
  }
}
