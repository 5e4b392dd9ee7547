package io.github.attn4j.model;

import java.util.List;

/**
 * What the encoder makes of a batch of texts.
 *
 * @param ids the token ids of each text, [CLS] and [SEP] included
 * @param longest positions of each text in {@code hidden}, those behind its own tokens included
 * @param width elements of a position
 * @param hidden [texts, longest, width], the last hidden state; behind a text's own tokens it means
 *     nothing
 */
@SuppressWarnings("ArrayRecordComponent") // handed over, never compared
public record EncoderOutput(List<int[]> ids, int longest, int width, float[] hidden) {
  /** The hidden state of a text's own tokens, [tokens, width]. */
  public float[] hidden(int text) {
    float[] own = new float[ids.get(text).length * width];
    System.arraycopy(hidden, text * longest * width, own, 0, own.length);
    return own;
  }

  /**
   * The text's embedding: the mean over its tokens, made one of length 1 (Reimers and Gurevych
   * 2019, "Sentence-BERT", section 3), summed in double.
   *
   * @return [width]
   */
  public float[] embedding(int text) {
    double[] sums = new double[width];
    int tokens = ids.get(text).length;
    for (int i = 0; i < tokens * width; i++) {
      sums[i % width] += hidden[text * longest * width + i];
    }
    double squares = 0;
    for (double sum : sums) {
      squares += sum * sum;
    }
    double length = Math.sqrt(squares);
    float[] embedding = new float[width];
    for (int i = 0; i < width; i++) {
      embedding[i] = (float) (sums[i] / length);
    }
    return embedding;
  }
}
