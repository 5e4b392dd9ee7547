package io.github.attn4j.bench.explain;

import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.kernel.BackendException;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.PreparedKernel;
import io.github.attn4j.core.kernel.Session;
import io.github.attn4j.core.kernel.StagedInputs;
import io.github.attn4j.core.kernel.Support;
import io.github.attn4j.core.result.AttentionOutput;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.Mask;
import io.github.attn4j.model.CapturedProjections;
import io.github.attn4j.model.ModelText;
import java.util.ArrayList;
import java.util.List;

/**
 * Every pattern of a text: what a page needs of it.
 *
 * @param text as it was given
 * @param tokens as the tokenizer writes them
 * @param ids of those tokens
 * @param layers the first one first
 */
public record TextPatterns(
    String text, List<String> tokens, List<Integer> ids, List<LayerPattern> layers) {
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
   * Runs each layer's attention on a device, without a mask and behind a causal one, and keeps the
   * LSE of each.
   *
   * @param text as a model read it
   * @param session to run in
   * @param kernel that runs
   * @throws IllegalArgumentException where there are more than {@link #MOST_TOKENS} tokens, or with
   *     the kernel's reason where it cannot compute the layers
   * @throws BackendException.LaunchFailed where a row's weights do not add up to 1, naming layer
   *     and head: scores and LSE are then not of the same data
   */
  public static TextPatterns of(ModelText text, Session session, KernelVariant kernel) {
    if (text.tokens().size() > MOST_TOKENS) {
      throw new IllegalArgumentException(
          "the text has %d tokens, and a picture shows %d at most: give a shorter one"
              .formatted(text.tokens().size(), MOST_TOKENS));
    }
    List<LayerPattern> layers = new ArrayList<>();
    for (CapturedProjections layer : text.layers()) {
      layers.add(layer(layers.size(), layer, session, kernel));
    }
    return new TextPatterns(text.text(), text.tokens(), text.ids(), layers);
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

  private static LayerPattern layer(
      int number, CapturedProjections layer, Session session, KernelVariant kernel) {
    AttentionSpec spec =
        AttentionSpec.builder()
            .heads(layer.heads())
            .length(layer.tokens())
            .dim(layer.headDim())
            .build();
    if (kernel.supports(spec, session.device()) instanceof Support.No no) {
      throw new IllegalArgumentException(
          "%s cannot compute layer %d: %s".formatted(kernel.globalId(), number, no.reason()));
    }
    AttentionInputs inputs =
        AttentionInputs.ofContiguous(spec, "layer " + number, layer.q(), layer.k(), layer.v());
    float[] lse = lse(inputs, session, kernel);
    float[] causalLse =
        lse(inputs.withSpec(spec.toBuilder().mask(Mask.causal()).build()), session, kernel);
    List<HeadPattern> heads = new ArrayList<>();
    int tokens = layer.tokens();
    for (int head = 0; head < layer.heads(); head++) {
      HeadPattern pattern =
          new HeadPattern(
              head, dots(layer, head), row(lse, head, tokens), row(causalLse, head, tokens));
      double error = pattern.largestRowError(spec.scale());
      if (!(error <= MOST_ROW_ERROR)) { // also of NaN
        throw new BackendException.LaunchFailed(
            "%s: weights of layer %d, head %d miss a sum of 1 by %.3g, more than %.0e"
                .formatted(kernel.globalId(), number, head, error, MOST_ROW_ERROR));
      }
      heads.add(pattern);
    }
    return new LayerPattern(number, spec.scale(), heads);
  }

  private static float[] lse(AttentionInputs inputs, Session session, KernelVariant kernel) {
    try (StagedInputs staged = session.stage(inputs);
        PreparedKernel prepared = session.prepare(kernel, staged)) {
      prepared.run();
      AttentionOutput output = prepared.read();
      return output.lse();
    }
  }

  private static float[] row(float[] lse, int head, int tokens) {
    float[] own = new float[tokens];
    System.arraycopy(lse, head * tokens, own, 0, tokens);
    return own;
  }

  private static float[] dots(CapturedProjections layer, int head) {
    int tokens = layer.tokens();
    int dim = layer.headDim();
    float[] dots = new float[tokens * tokens];
    for (int query = 0; query < tokens; query++) {
      for (int key = 0; key < tokens; key++) {
        double sum = 0;
        for (int d = 0; d < dim; d++) {
          sum +=
              (double) layer.q()[(head * tokens + query) * dim + d]
                  * layer.k()[(head * tokens + key) * dim + d];
        }
        dots[query * tokens + key] = (float) sum;
      }
    }
    return dots;
  }
}
