package io.github.attn4j.model;

/**
 * An endless text as windows of 512 positions: [CLS], 510 tokens of the text, [SEP].
 *
 * <p>Each window goes on where the one before stopped, and after the text's last token comes its
 * first. A sequence that ends inside a window ends it properly: [CLS], fewer tokens, [SEP]; a rest
 * of a single position is [CLS] alone.
 */
final class TokenWindows {
  static final int WINDOW = LayerZeroWeights.POSITIONS;
  private static final int TEXT_TOKENS_PER_WINDOW = WINDOW - 2;

  private final int[] text;

  /**
   * Takes a text.
   *
   * @param text its token ids without special tokens, at least one
   */
  TokenWindows(int[] text) {
    if (text.length == 0) {
      throw new IllegalArgumentException("The text has no token");
    }
    this.text = text.clone();
  }

  /**
   * Token ids of the first positions.
   *
   * @param positions number of positions, special tokens included, at least 1
   * @return one id per position
   */
  int[] ids(int positions) {
    int[] ids = new int[positions];
    for (int position = 0; position < positions; position++) {
      int inWindow = position % WINDOW;
      if (inWindow == 0) {
        ids[position] = WordPieceTokenizer.START_OF_WINDOW;
      } else if (inWindow == WINDOW - 1 || position == positions - 1) {
        ids[position] = WordPieceTokenizer.END_OF_WINDOW;
      } else {
        long token = (long) (position / WINDOW) * TEXT_TOKENS_PER_WINDOW + inWindow - 1;
        ids[position] = text[(int) (token % text.length)];
      }
    }
    return ids;
  }

  /** The first position that holds a token of the text's second reading. */
  int firstRepeatedPosition() {
    return text.length / TEXT_TOKENS_PER_WINDOW * WINDOW + text.length % TEXT_TOKENS_PER_WINDOW + 1;
  }
}
