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

  /** C of docs/numerics.md: what a kernel may be off by, in units of float32 of its condition. */
  private static final double UNITS = 4;

  private static final double UNIT = 0x1p-24;

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
   * @throws BackendException.LaunchFailed where a row's weights miss a sum of 1 by more than a
   *     float32 LSE may be off, naming layer and head: scores and LSE are then not of the same data
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
    int tokens = layer.tokens();
    CapturedProjections from = layer.projections();
    int dim = from.headDim();
    float[] lse = Arrays.copyOfRange(layer.lse(), head * tokens, (head + 1) * tokens);
    float[] logs = new float[Scores.pairs(causal, tokens)];
    int pair = 0;
    for (int query = 0; query < tokens; query++) {
      int keys = causal ? query + 1 : tokens;
      double sum = 0;
      double condition = 1 + Math.abs(lse[query]);
      for (int key = 0; key < keys; key++) {
        int q = (head * tokens + query) * dim;
        int k = (head * tokens + key) * dim;
        double score = scale * dot(from.q(), q, from.k(), k, dim);
        double weight = Math.exp(score - lse[query]);
        logs[pair++] = (float) (score - lse[query]);
        sum += weight;
        double norms =
            Math.sqrt(dot(from.q(), q, from.q(), q, dim) * dot(from.k(), k, from.k(), k, dim));
        condition += Math.min(1, weight) * (scale * norms + Math.abs(score));
      }
      // An LSE that is off by d makes the sum off by d: the budget is LSE's (docs/numerics.md).
      double budget = (UNITS * condition + Math.sqrt(keys)) * UNIT;
      if (!(Math.abs(sum - 1) <= budget && Double.isFinite(budget))) { // also of NaN
        throw new BackendException.LaunchFailed(
            "weights of layer %d, head %d, token %d%s miss a sum of 1 by %.3g, and float32 explains %.1e: the kernel's LSE is not that of its queries and keys; another --kernel or --device tells whose mistake it is"
                .formatted(
                    number, head, query, causal ? ", causal" : "", Math.abs(sum - 1), budget));
      }
    }
    return new Scores(causal, logs, lse);
  }

  private static double dot(float[] a, int atA, float[] b, int atB, int count) {
    double sum = 0;
    for (int d = 0; d < count; d++) {
      sum += (double) a[atA + d] * b[atB + d];
    }
    return sum;
  }
}
