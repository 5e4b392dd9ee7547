package io.github.attn4j.bench.explain;

import io.github.attn4j.core.kernel.BackendException;
import io.github.attn4j.model.CapturedProjections;
import io.github.attn4j.model.LayerAttention;
import io.github.attn4j.model.ModelText;
import io.github.attn4j.model.TextModel;
import java.util.ArrayList;
import java.util.List;

/**
 * Every pattern of a text: what a page needs of it.
 *
 * @param text as it was given
 * @param tokens as the tokenizer writes them
 * @param ids of those tokens
 * @param attentionNanos that attention of all layers took on the device, both runs together
 * @param layers the first one first
 */
public record TextPatterns(
    String text,
    List<String> tokens,
    List<Integer> ids,
    long attentionNanos,
    List<LayerPattern> layers) {
  /** Copies the lists. */
  public TextPatterns {
    tokens = List.copyOf(tokens);
    ids = List.copyOf(ids);
    layers = List.copyOf(layers);
  }

  /**
   * Runs a model over a text twice, seeing everything and behind a causal mask, and takes each
   * layer's queries, keys and LSE.
   *
   * @throws IllegalArgumentException as {@link #of(ModelText, ModelText)} and {@link
   *     TextModel#read}
   * @throws BackendException.LaunchFailed as {@link #of(ModelText, ModelText)}
   */
  public static TextPatterns of(TextModel model, String text) {
    return of(model.read(text, false), model.read(text, true));
  }

  /**
   * The patterns of two runs.
   *
   * @param full a text that saw everything
   * @param causal the same behind a causal mask
   * @throws IllegalArgumentException where the two are not of one text
   * @throws BackendException.LaunchFailed where a row's weights miss a sum of 1 by more than a
   *     float32 LSE may be off, naming layer and head: scores and LSE are then not of the same data
   */
  public static TextPatterns of(ModelText full, ModelText causal) {
    if (!full.ids().equals(causal.ids()) || full.layers().size() != causal.layers().size()) {
      throw new IllegalArgumentException(
          "'%s' in %d layers and '%s' in %d are not one text in one model"
              .formatted(full.text(), full.layers().size(), causal.text(), causal.layers().size()));
    }
    List<LayerPattern> layers = new ArrayList<>();
    long nanos = 0;
    for (int layer = 0; layer < full.layers().size(); layer++) {
      LayerAttention whole = full.layers().get(layer);
      LayerAttention masked = causal.layers().get(layer);
      layers.add(layer(layer, whole, masked));
      nanos += whole.nanos() + masked.nanos();
    }
    return new TextPatterns(full.text(), full.tokens(), full.ids(), nanos, layers);
  }

  /** The largest distance of any row's sum from 1, over layers, heads and both masks. */
  public double largestRowError() {
    double largest = 0;
    for (LayerPattern layer : layers) {
      for (HeadPattern head : layer.heads()) {
        largest = Math.max(largest, head.largestRowError());
      }
    }
    return largest;
  }

  private static LayerPattern layer(int number, LayerAttention full, LayerAttention causal) {
    double scale = 1 / Math.sqrt(full.projections().headDim());
    List<HeadPattern> heads = new ArrayList<>();
    for (int head = 0; head < full.projections().heads(); head++) {
      heads.add(
          new HeadPattern(
              head,
              scores(full, scale, false, number, head),
              scores(causal, scale, true, number, head)));
    }
    return new LayerPattern(number, scale, heads);
  }

  private static Scores scores(
      LayerAttention layer, double scale, boolean causal, int number, int head) {
    CapturedProjections from = layer.projections();
    return Scores.of(from, from, head, scale, layer.lse(), causal, "layer " + number);
  }
}
