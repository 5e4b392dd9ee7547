package io.github.attn4j.bench.explain;

import io.github.attn4j.core.kernel.BackendException;
import io.github.attn4j.model.CapturedProjections;
import io.github.attn4j.model.LayerAttention;
import io.github.attn4j.model.ModelText;
import io.github.attn4j.model.TextModel;
import java.util.ArrayList;
import java.util.Arrays;
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
  /** A grid of more cells than its square cannot be taken in, and makes a page of megabytes. */
  public static final int MOST_TOKENS = 128;

  /** How far a row's weights may be from 1: float32's scores and LSE, and room for large scores. */
  private static final double MOST_ROW_ERROR = 1e-5;

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
   * @throws IllegalArgumentException where there are more than {@link #MOST_TOKENS} tokens, or the
   *     two are not of one text
   * @throws BackendException.LaunchFailed where a row's weights do not add up to 1, naming layer
   *     and head: scores and LSE are then not of the same data
   */
  public static TextPatterns of(ModelText full, ModelText causal) {
    int tokens = full.tokens().size();
    if (tokens > MOST_TOKENS) {
      throw new IllegalArgumentException(
          "the text has %d tokens, [CLS] and [SEP] included, and a picture shows %d at most: give a shorter one, or a sentence of it"
              .formatted(tokens, MOST_TOKENS));
    }
    if (!full.ids().equals(causal.ids()) || full.layers().size() != causal.layers().size()) {
      throw new IllegalArgumentException(
          "'%s' in %d layers and '%s' in %d are not one text in one model"
              .formatted(
                  full.text(), full.layers().size(), causal.text(), causal.layers().size()));
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
        largest = Math.max(largest, head.largestRowError(layer.scale()));
      }
    }
    return largest;
  }

  private static LayerPattern layer(int number, LayerAttention full, LayerAttention causal) {
    double scale = 1 / Math.sqrt(full.projections().headDim());
    List<HeadPattern> heads = new ArrayList<>();
    for (int head = 0; head < full.projections().heads(); head++) {
      HeadPattern pattern =
          new HeadPattern(head, scores(full, false, head), scores(causal, true, head));
      double error = pattern.largestRowError(scale);
      if (!(error <= MOST_ROW_ERROR)) { // also of NaN
        throw new BackendException.LaunchFailed(
            "weights of layer %d, head %d miss a sum of 1 by %.3g, more than %.0e: the kernel's LSE is not that of its queries and keys; another --kernel or --device tells whose mistake it is"
                .formatted(number, head, error, MOST_ROW_ERROR));
      }
      heads.add(pattern);
    }
    return new LayerPattern(number, scale, heads);
  }

  private static Scores scores(LayerAttention layer, boolean causal, int head) {
    int tokens = layer.tokens();
    CapturedProjections from = layer.projections();
    float[] dots = new float[Scores.pairs(causal, tokens)];
    int pair = 0;
    for (int query = 0; query < tokens; query++) {
      int keys = causal ? query + 1 : tokens;
      for (int key = 0; key < keys; key++) {
        dots[pair++] = dot(from, head * tokens + query, head * tokens + key);
      }
    }
    float[] lse = Arrays.copyOfRange(layer.lse(), head * tokens, (head + 1) * tokens);
    return new Scores(causal, dots, lse);
  }

  private static float dot(CapturedProjections from, int query, int key) {
    int dim = from.headDim();
    double sum = 0;
    for (int d = 0; d < dim; d++) {
      sum += (double) from.q()[query * dim + d] * from.k()[key * dim + d];
    }
    return (float) sum;
  }
}
