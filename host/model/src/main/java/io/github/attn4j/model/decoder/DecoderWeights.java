package io.github.attn4j.model.decoder;

import java.util.ArrayList;
import java.util.List;

/**
 * All parameters of a {@link DecoderModel}, drawn from a seed.
 *
 * @param words [vocabulary, d_model], which is also the unembedding
 * @param blocks from the first to the last
 * @param norm behind the last
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record DecoderWeights(
    float[] words, List<BlockWeights> blocks, BlockWeights.Normalisation norm) {
  /** Small beside what blocks add, so that the most likely next token is not the last one again. */
  private static final double WORD_DEVIATION = 0.05;

  /** Copies the list. */
  public DecoderWeights {
    blocks = List.copyOf(blocks);
  }

  /** Draws; equal seeds, equal parameters, bit for bit, on any machine. */
  public static DecoderWeights draw(DecoderShape shape, long seed) {
    float[] words =
        BlockWeights.normal(shape.vocabulary() * shape.modelDim(), WORD_DEVIATION, seed, 0);
    BlockWeights.Normalisation norm = BlockWeights.Normalisation.draw(shape.modelDim(), seed, 1);
    List<BlockWeights> blocks = new ArrayList<>();
    for (int layer = 0; layer < shape.layers(); layer++) {
      blocks.add(BlockWeights.draw(shape.block(), seed, 3 + layer * BlockWeights.STREAMS));
    }
    return new DecoderWeights(words, blocks, norm);
  }

  /**
   * Checks that they are of a shape.
   *
   * @throws IllegalArgumentException naming what has other sizes
   */
  void requireOf(DecoderShape shape) {
    if (words.length != shape.vocabulary() * shape.modelDim() || blocks.size() != shape.layers()) {
      throw new IllegalArgumentException(
          "%,d elements of word vectors and %d blocks, where the shape has %,d x %,d and %d: draw or read weights of the model's own shape"
              .formatted(
                  words.length,
                  blocks.size(),
                  shape.vocabulary(),
                  shape.modelDim(),
                  shape.layers()));
    }
    for (int layer = 0; layer < blocks.size(); layer++) {
      blocks.get(layer).requireOf(shape.block(), "block " + layer);
    }
    BlockWeights.require(norm, "the last normalisation", shape.modelDim());
  }
}
