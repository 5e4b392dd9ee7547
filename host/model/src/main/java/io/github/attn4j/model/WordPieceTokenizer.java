package io.github.attn4j.model;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * The model's own tokenizer, run by the native Hugging Face library that the DJL jar carries.
 *
 * <p>DJL unpacks that library once into {@code ~/.djl.ai} (environment variable or system property
 * {@code ENGINE_CACHE_DIR} moves it). Its offline mode is switched on before its first class loads:
 * otherwise it reports each first use to its makers, and on a machine with CUDA looks for another
 * build of the library to download.
 */
final class WordPieceTokenizer implements AutoCloseable {
  static final int START_OF_WINDOW = 101; // [CLS]
  static final int END_OF_WINDOW = 102; // [SEP]

  private final HuggingFaceTokenizer tokenizer;

  private WordPieceTokenizer(HuggingFaceTokenizer tokenizer) {
    this.tokenizer = tokenizer;
  }

  /**
   * Opens a tokenizer.
   *
   * @param json a tokenizer.json, not closed
   * @throws ModelLoadException if the native library does not run on this platform
   * @throws IOException if the stream fails
   */
  static WordPieceTokenizer open(InputStream json) throws IOException {
    System.setProperty("ai.djl.offline", "true");
    try {
      // The file asks for windows of 128, cut and padded; a book has to come back whole.
      Map<String, String> whole = Map.of("truncation", "false", "padding", "false");
      return new WordPieceTokenizer(HuggingFaceTokenizer.newInstance(json, whole));
    } catch (RuntimeException | LinkageError | AssertionError e) {
      // LinkageError: the library is there and the system refuses it; AssertionError: DJL's way of
      // saying that it does not know the operating system.
      throw new ModelLoadException(
          "The tokenizer does not start on "
              + System.getProperty("os.name")
              + " "
              + System.getProperty("os.arch")
              + ": its native library ships for linux-x86_64, linux-aarch64, osx-aarch64 and"
              + " win-x86_64, and needs a writable ENGINE_CACHE_DIR (default ~/.djl.ai)."
              + " Use other inputs there. Cause: "
              + rootCause(e),
          e);
    }
  }

  /** Token ids of a text of any length, without [CLS] and [SEP]. */
  int[] encode(String text) {
    return Arrays.stream(tokenizer.encode(text, false, false).getIds())
        .mapToInt(Math::toIntExact)
        .toArray();
  }

  /** Token ids of a sentence as the model is fed them: [CLS] first, [SEP] last. */
  int[] encodeSentence(String text) {
    return Arrays.stream(tokenizer.encode(text, true, false).getIds())
        .mapToInt(Math::toIntExact)
        .toArray();
  }

  /** The tokens behind {@link #encodeSentence}, as the vocabulary writes them. */
  List<String> tokensOfSentence(String text) {
    return List.of(tokenizer.encode(text, true, false).getTokens());
  }

  @Override
  public void close() {
    tokenizer.close();
  }

  private static Throwable rootCause(Throwable thrown) {
    Throwable root = thrown;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root;
  }
}
