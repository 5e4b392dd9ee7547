package io.github.attn4j.core.cost;

import static io.github.attn4j.core.cost.Figure.Factor;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All that {@code ./attn model} says, as its {@code --json} file has it; the JSON Schema is
 * docs/model.schema.json.
 *
 * @param schemaVersion {@link #SCHEMA_VERSION} of the build that wrote it
 * @param shape what was counted
 * @param types of stored elements
 * @param parameters counted
 * @param memory bytes of the weights, and of a block's
 * @param contexts counted, in the order asked for
 * @param times of a layer, null where none were asked for
 */
public record ModelReport(
    int schemaVersion,
    TransformerShape shape,
    StoredTypes types,
    ParameterAccount parameters,
    List<Figure> memory,
    List<ContextAccount> contexts,
    @Nullable LayerTimes times) {
  /** Raised when a field changes its meaning or goes away. */
  public static final int SCHEMA_VERSION = 1;

  /** Copies the lists. */
  public ModelReport {
    memory = List.copyOf(memory);
    contexts = List.copyOf(contexts);
  }

  /**
   * Counts a shape over contexts, without times.
   *
   * @throws IllegalArgumentException naming a context below 1, or a figure beyond 63 bits
   */
  public static ModelReport of(TransformerShape shape, StoredTypes types, List<Integer> contexts) {
    ParameterAccount parameters = ParameterAccount.of(shape);
    Factor bytes = new Factor(types.weights().label() + "_bytes", types.weights().bytes());
    return new ModelReport(
        SCHEMA_VERSION,
        shape,
        types,
        parameters,
        List.of(
            Figure.product("weights", "weights", parameters.figure("parameters").times(), bytes),
            Figure.of(
                "block-weights",
                "matrices of a block",
                List.of(
                    Figure.term(parameters.figure("attention-block").times(), bytes),
                    Figure.term(parameters.figure("feed-forward-block").times(), bytes)))),
        contexts.stream().map(context -> ContextAccount.of(shape, types, context)).toList(),
        null);
  }

  /** The same with times. */
  public ModelReport with(LayerTimes measured) {
    return new ModelReport(schemaVersion, shape, types, parameters, memory, contexts, measured);
  }
}
