package io.github.attn4j.model;

import static io.github.attn4j.model.LayerZeroWeights.HIDDEN;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;

/**
 * The first layer of all-MiniLM-L6-v2 over any text: real queries, keys and values without running
 * the model. States are the tokens' word vectors and their embeddings, which know positions but no
 * context yet.
 *
 * <p>Holds 50 MB of parameters and the native tokenizer. For one thread at a time.
 */
public final class LayerZeroModel implements TextModel {
  private final LayerZeroWeights weights;
  private final LayerZero layer;
  private final WordPieceTokenizer tokenizer;

  private LayerZeroModel(LayerZeroWeights weights, WordPieceTokenizer tokenizer) {
    this.weights = weights;
    this.layer = new LayerZero(weights);
    this.tokenizer = tokenizer;
  }

  /**
   * Reads weights and tokenizer from the class path.
   *
   * @throws ModelLoadException as {@link ModelCapture#load}
   */
  public static LayerZeroModel load() {
    ClassLoader resources = LayerZeroModel.class.getClassLoader();
    try (InputStream onnx = ModelCapture.open(resources, ModelCapture.ONNX_RESOURCE);
        InputStream json = ModelCapture.open(resources, ModelCapture.TOKENIZER_RESOURCE)) {
      return new LayerZeroModel(LayerZeroWeights.read(onnx), WordPieceTokenizer.open(json));
    } catch (IOException e) {
      throw new UncheckedIOException("Reading all-MiniLM-L6-v2 failed", e);
    }
  }

  @Override
  public String name() {
    return "all-MiniLM-L6-v2, layer 0";
  }

  @Override
  public ModelText read(String text) {
    if (text.isBlank()) {
      throw new IllegalArgumentException("the text is empty: there is nothing to attend to");
    }
    int[] ids = tokenizer.encodeSentence(text);
    if (ids.length > TokenWindows.WINDOW) {
      throw new IllegalArgumentException(
          "the text has %,d tokens, and the model takes %d: give a shorter one"
              .formatted(ids.length, TokenWindows.WINDOW));
    }
    float[] words = new float[ids.length * HIDDEN];
    float[] embedded = new float[words.length];
    for (int token = 0; token < ids.length; token++) {
      System.arraycopy(
          weights.wordEmbeddings(), ids[token] * HIDDEN, words, token * HIDDEN, HIDDEN);
      layer.embed(ids[token], token, embedded, token * HIDDEN);
    }
    return new ModelText(
        text,
        tokenizer.tokensOfSentence(text),
        Arrays.stream(ids).boxed().toList(),
        List.of(layer.project(ids)),
        List.of(
            new TokenVectors("word", ids.length, HIDDEN, words),
            new TokenVectors("with its position", ids.length, HIDDEN, embedded)));
  }

  @Override
  public void close() {
    tokenizer.close();
  }
}
