package io.github.attn4j.core.expression;

import io.github.attn4j.core.expression.Preset.Parameter;
import java.util.List;
import java.util.Map;

/**
 * A table made for a problem's shape, where a user brings none: what the presets look up.
 *
 * @param id its name on the command line
 * @param meaning a sentence
 * @param shape of the table, in words
 * @param parameters ints, with the values they have unless given
 * @param maker makes it
 */
public record TableGenerator(
    String id, String meaning, String shape, List<Parameter> parameters, Maker maker) {
  private static final Parameter SEED =
      new Parameter("seed", 1, 0, Integer.MAX_VALUE, "of the random choice");

  private static final List<TableGenerator> ALL =
      List.of(
          new TableGenerator(
              "documents",
              "Number of its document for each key of a packed sequence; documents of random lengths.",
              "ints [batch, keys]",
              List.of(
                  new Parameter("documents", 8, 1, Integer.MAX_VALUE, "of each sequence"), SEED),
              (domain, parameters) ->
                  PresetTables.documents(
                      domain,
                      PresetTables.intOf(parameters, "documents"),
                      PresetTables.intOf(parameters, "seed"))),
          new TableGenerator(
              "t5_buckets",
              "T5's bucket of a distance.",
              "ints [129]",
              List.of(),
              (domain, parameters) -> PresetTables.buckets()),
          new TableGenerator(
              "t5_bias",
              "A random bias within +-2 for each head, direction and bucket of T5.",
              "floats [heads, 32]",
              List.of(SEED),
              (domain, parameters) ->
                  PresetTables.biases(domain, PresetTables.intOf(parameters, "seed"))));

  /** Makes a table for a shape. */
  @FunctionalInterface
  public interface Maker {
    /** The table; every parameter is there. */
    Table make(Domain domain, Bindings parameters);
  }

  /** Copies the list. */
  public TableGenerator {
    parameters = List.copyOf(parameters);
  }

  /**
   * The table for a shape.
   *
   * @param chosen parameters that differ from their standard
   * @throws IllegalArgumentException where one is unknown, of the wrong type or too small
   */
  public Table make(Domain domain, Map<String, Number> chosen) {
    return maker.make(domain, new Bindings(values(chosen), Map.of()));
  }

  /**
   * The value of every parameter, in their order.
   *
   * @throws IllegalArgumentException where one is unknown, of the wrong type or too small
   */
  public Map<String, Number> values(Map<String, Number> chosen) {
    return Parameter.values(id, parameters, chosen);
  }

  /** All of them. */
  public static List<TableGenerator> all() {
    return ALL;
  }

  /**
   * The one of a name.
   *
   * @throws IllegalArgumentException where there is none
   */
  public static TableGenerator named(String id) {
    return ALL.stream()
        .filter(generator -> generator.id.equals(id))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                NearMiss.unknown(id, ALL.stream().map(TableGenerator::id).toList())));
  }
}
