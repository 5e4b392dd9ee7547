package io.github.attn4j.model;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * What all-MiniLM-L6-v2 is read from. Weights and tokenizer know nothing of each other and take
 * about as long, one in Java and one in its native library: they are read at the same time.
 *
 * @param words to be closed by whoever has it
 */
record EncoderFiles(EncoderWeights weights, WordPieceTokenizer words) {
  /**
   * Reads both; throws as {@link EncoderModel#load} does.
   *
   * @param resources the class path
   */
  static EncoderFiles read(ClassLoader resources) {
    CompletableFuture<WordPieceTokenizer> words =
        CompletableFuture.supplyAsync(
            () -> tokenizer(resources),
            task -> Thread.ofPlatform().daemon().name("attn-tokenizer").start(task));
    boolean complete = false;
    try (InputStream onnx = KeptResource.open(resources, ModelCapture.ONNX_RESOURCE)) {
      EncoderWeights weights = EncoderWeights.read(onnx);
      EncoderFiles files = new EncoderFiles(weights, words.join());
      complete = true;
      return files;
    } catch (IOException e) {
      throw failed(e);
    } catch (CompletionException e) {
      switch (e.getCause()) {
        case RuntimeException cause -> throw cause;
        case Error cause -> throw cause;
        case null, default -> throw e;
      }
    } finally {
      if (!complete) {
        var _ = words.thenAccept(WordPieceTokenizer::close); // whenever it comes
      }
    }
  }

  private static WordPieceTokenizer tokenizer(ClassLoader resources) {
    try (InputStream json = ModelCapture.open(resources, ModelCapture.TOKENIZER_RESOURCE)) {
      return WordPieceTokenizer.open(json);
    } catch (IOException e) {
      throw failed(e);
    }
  }

  private static UncheckedIOException failed(IOException e) {
    return new UncheckedIOException("Reading the model failed", e);
  }
}
