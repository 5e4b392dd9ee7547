package io.github.attn4j.core.cost;

import static io.github.attn4j.core.cost.Figure.Factor;
import static io.github.attn4j.core.cost.Figure.term;

import io.github.attn4j.core.spec.ElementType;
import java.util.ArrayList;
import java.util.List;

/**
 * What one sequence of N tokens costs: memory of its score matrix and of its key-value cache, and
 * arithmetic of reading it at once and of one more token behind it. A multiply and an add count as
 * two operations; exponentials, norms and biases are not counted (docs/math.md).
 *
 * @param context N
 * @param figures in the order in which they need each other
 */
public record ContextAccount(int context, List<Figure> figures) {

  /** Copies the list. */
  public ContextAccount {
    figures = List.copyOf(figures);
  }

  /**
   * Counts a shape over one context.
   *
   * @param shape whose
   * @param types bytes of an element
   * @param context N, at least 1
   * @throws IllegalArgumentException naming a context below 1, or a figure beyond 63 bits
   */
  public static ContextAccount of(TransformerShape shape, StoredTypes types, int context) {
    if (context < 1) {
      throw new IllegalArgumentException(
          "context is %d tokens, it must be at least 1".formatted(context));
    }
    ParameterAccount parameters = ParameterAccount.of(shape);
    Factor n = new Factor("N", context);
    Factor two = Factor.of(2);
    Factor heads = new Factor("heads", shape.queryHeads());
    Factor kvHeads = new Factor("kv_heads", shape.kvHeads());
    Factor head = new Factor("head_dim", shape.headDim());
    Factor layers = new Factor("layers", shape.layers());
    List<Figure> figures = new ArrayList<>();

    Factor scoreBytes = new Factor(types.scores().label() + "_bytes", types.scores().bytes());
    Figure ofHead = Figure.product("scores-head", "score matrix of a head", n, n, scoreBytes);
    Figure ofLayer =
        Figure.product("scores-layer", "score matrices of a layer", heads, ofHead.times());
    Figure ofAll =
        Figure.product("scores", "score matrices of all layers", layers, ofLayer.times());
    figures.addAll(List.of(ofHead, ofLayer, ofAll));
    figures.add(Figure.of("cache", "key-value cache", cache(types, n, layers, kvHeads, head)));

    Figure pairs =
        shape.causal()
            ? Figure.product(
                "pairs",
                "visible pairs of a head",
                new Factor("N (N + 1) / 2", (long) context * (context + 1L) / 2))
            : Figure.product("pairs", "visible pairs of a head", n, n);
    Figure attention =
        Figure.product(
            "attention-flops",
            "attention of a layer",
            two,
            heads,
            pairs.times(),
            new Factor("(head_dim + head_dim)", 2L * shape.headDim()));
    Figure weights =
        Figure.of(
            "block-matrices",
            "matrices of a block",
            List.of(
                parameters.figure("attention-block").term(),
                parameters.figure("feed-forward-block").term()));
    Figure products =
        Figure.product("matrix-flops", "matrix products of a layer", two, n, weights.times());
    Figure logits =
        shape.unembedding() == TransformerShape.Unembedding.NONE
            ? Figure.of("logits", "a token's logits", List.of())
            : Figure.product(
                "logits",
                "a token's logits",
                two,
                new Factor("vocabulary", shape.vocabulary()),
                new Factor("d_model", shape.modelDim()));
    figures.addAll(List.of(pairs, attention, weights, products, logits));
    figures.add(
        Figure.of(
            "prefill-flops",
            "reading all N tokens",
            List.of(
                term(layers, attention.times()),
                term(layers, products.times()),
                term(n, logits.times()))));
    figures.add(
        Figure.of(
            "token-flops",
            "one token over N keys",
            List.of(
                term(
                    layers,
                    two,
                    heads,
                    n,
                    new Factor("(head_dim + head_dim)", 2L * shape.headDim())),
                term(layers, two, weights.times()),
                logits.term())));
    return new ContextAccount(context, figures);
  }

  private static List<List<Factor>> cache(
      StoredTypes types, Factor n, Factor layers, Factor kvHeads, Factor head) {
    ElementType type = types.cache();
    Factor two = Factor.of(2);
    List<List<Factor>> terms = new ArrayList<>();
    terms.add(
        term(two, layers, kvHeads, n, head, new Factor(type.label() + "_bytes", type.bytes())));
    if (type.scaled()) {
      terms.add(
          term(
              two,
              layers,
              kvHeads,
              new Factor(
                  "ceil(N / %d)".formatted(ElementType.KEYS_PER_SCALE),
                  Math.ceilDiv(n.value(), ElementType.KEYS_PER_SCALE)),
              new Factor("scale_bytes", ElementType.SCALE_BYTES)));
    }
    return terms;
  }

  /**
   * One of the figures.
   *
   * @throws IllegalArgumentException naming those there are
   */
  public Figure figure(String id) {
    return ParameterAccount.find(figures, id);
  }
}
