package io.github.attn4j.core.cost;

import static io.github.attn4j.core.cost.Figure.Factor;
import static io.github.attn4j.core.cost.Figure.term;

import java.util.ArrayList;
import java.util.List;

/**
 * A transformer's parameters, matrix by matrix and then the vectors beside them. Matrices are
 * counted as a head has them: the query matrix maps d_model to the head's dimension, so does the
 * key's; a value goes down to that dimension and its head's part of the output projection takes it
 * up again.
 *
 * @param figures in the order in which they are added up
 * @param attentionShare of all matrices' parameters, from 0 to 1
 */
public record ParameterAccount(List<Figure> figures, double attentionShare) {

  /** Copies the list. */
  public ParameterAccount {
    figures = List.copyOf(figures);
  }

  /** Counts a shape. */
  public static ParameterAccount of(TransformerShape shape) {
    Factor model = new Factor("d_model", shape.modelDim());
    Factor head = new Factor("head_dim", shape.headDim());
    Factor heads = new Factor("heads", shape.queryHeads());
    Factor kvHeads = new Factor("kv_heads", shape.kvHeads());
    Factor layers = new Factor("layers", shape.layers());
    Factor feedForward = new Factor("feed_forward", shape.feedForwardDim());
    Factor vocabulary = new Factor("vocabulary", shape.vocabulary());

    Figure query = Figure.product("query", "query, a head", model, head);
    Figure key = Figure.product("key", "key, a head", model, head);
    Figure down = Figure.product("value-down", "value-down, a head", model, head);
    Figure up = Figure.product("value-up", "value-up, a head", head, model);
    Figure unit = unit(shape, query, key, down, up);
    Figure ofBlock =
        Figure.product("attention-block", "attention of a block", kvHeads, unit.times());
    Figure attention =
        Figure.product("attention", "attention of all layers", layers, ofBlock.times());

    Figure upper = Figure.product("feed-forward-up", "feed-forward up", model, feedForward);
    Figure lower = Figure.product("feed-forward-down", "feed-forward down", feedForward, model);
    List<List<Factor>> wide = new ArrayList<>(List.of(upper.term(), lower.term()));
    List<Figure> figures =
        new ArrayList<>(List.of(query, key, down, up, unit, ofBlock, attention, upper, lower));
    if (shape.gated()) {
      Figure gate = Figure.product("feed-forward-gate", "feed-forward gate", model, feedForward);
      wide.add(gate.term());
      figures.add(gate);
    }
    Figure wideOfBlock = Figure.of("feed-forward-block", "feed-forward of a block", wide);
    Figure wideOfAll =
        Figure.product("feed-forward", "feed-forward of all layers", layers, wideOfBlock.times());
    Figure embedding = Figure.product("embedding", "embedding", vocabulary, model);
    Figure unembedding =
        switch (shape.unembedding()) {
          case OWN -> Figure.product("unembedding", "unembedding", model, vocabulary);
          case TIED ->
              Figure.of("unembedding", "unembedding (the embedding's matrix again)", List.of());
          case NONE -> Figure.of("unembedding", "unembedding", List.of());
        };
    Figure matrices =
        Figure.of(
            "matrices",
            "all matrices",
            List.of(attention.term(), wideOfAll.term(), embedding.term(), unembedding.term()));
    figures.addAll(List.of(wideOfBlock, wideOfAll, embedding, unembedding, matrices));

    Figure positions =
        Figure.of(
            "positions",
            "positions and segments",
            List.of(
                term(new Factor("positions", shape.learnedPositions()), model),
                term(new Factor("segments", shape.segments()), model)));
    Figure norms =
        Figure.of(
            "norms",
            "normalisations",
            List.of(
                term(layers, new Factor("norm_vectors", shape.normVectorsOfBlock()), model),
                term(new Factor("norm_vectors_outside", shape.normVectorsOutside()), model)));
    Figure biases = Figure.of("biases", "biases", biases(shape, model, head, heads, kvHeads));
    figures.addAll(List.of(positions, norms, biases));
    figures.add(
        Figure.of(
            "parameters",
            "all parameters",
            List.of(matrices.term(), positions.term(), norms.term(), biases.term())));
    return new ParameterAccount(figures, (double) attention.value() / matrices.value());
  }

  /** What heads share keys and values with: a head alone where there is no grouping. */
  private static Figure unit(
      TransformerShape shape, Figure query, Figure key, Figure down, Figure up) {
    if (shape.groupSize() == 1) {
      return Figure.of("head", "a head", List.of(query.term(), key.term(), down.term(), up.term()));
    }
    Factor group = new Factor("heads / kv_heads", shape.groupSize());
    return Figure.of(
        "group",
        "a group of %d heads".formatted(shape.groupSize()),
        List.of(term(group, query.times()), key.term(), down.term(), term(group, up.times())));
  }

  private static List<List<Factor>> biases(
      TransformerShape shape, Factor model, Factor head, Factor heads, Factor kvHeads) {
    Factor layers = new Factor("layers", shape.layers());
    List<List<Factor>> terms = new ArrayList<>();
    if (shape.attentionBias() != TransformerShape.Bias.NONE) {
      terms.add(term(layers, heads, head));
      terms.add(term(layers, Factor.of(2), kvHeads, head));
    }
    if (shape.attentionBias() == TransformerShape.Bias.ALL) {
      terms.add(term(layers, model));
    }
    if (shape.feedForwardBias()) {
      Factor width = new Factor("feed_forward", shape.feedForwardDim());
      terms.add(shape.gated() ? term(layers, Factor.of(2), width) : term(layers, width));
      terms.add(term(layers, model));
    }
    return terms;
  }

  /**
   * One of the figures.
   *
   * @throws IllegalArgumentException naming those there are
   */
  public Figure figure(String id) {
    return find(figures, id);
  }

  static Figure find(List<Figure> figures, String id) {
    return figures.stream()
        .filter(figure -> figure.id().equals(id))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "no figure '%s'; there are %s"
                    .formatted(id, String.join(", ", figures.stream().map(Figure::id).toList()))));
  }
}
