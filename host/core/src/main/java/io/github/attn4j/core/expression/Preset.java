package io.github.attn4j.core.expression;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A published pattern in the language of masks.
 *
 * @param id its name on the command line
 * @param idea a sentence
 * @param paper where it comes from
 * @param isScore whether it changes scores; else it hides pairs
 * @param parameters constants that the text names, with the values they have unless given
 * @param text the expression
 * @param tables adds the tables that the text names
 */
public record Preset(
    String id,
    String idea,
    String paper,
    boolean isScore,
    List<Parameter> parameters,
    String text,
    Tables tables) {

  /**
   * A constant of a preset.
   *
   * @param name as the text has it
   * @param standard its value unless given; an int takes ints only
   * @param least its least value
   * @param most its greatest value
   * @param meaning a few words
   */
  public record Parameter(String name, Number standard, int least, int most, String meaning) {

    /** The value of each, in their order: the one chosen, or its standard. */
    static Map<String, Number> values(
        String owner, List<Parameter> parameters, Map<String, Number> chosen) {
      Map<String, Number> values = new LinkedHashMap<>();
      for (Parameter parameter : parameters) {
        Number value = chosen.getOrDefault(parameter.name, parameter.standard);
        values.put(parameter.name, parameter.checked(owner, value));
      }
      for (String name : chosen.keySet()) {
        if (!values.containsKey(name)) {
          throw new IllegalArgumentException(
              "%s has no such parameter: %s"
                  .formatted(owner, NearMiss.unknown(name, values.keySet())));
        }
      }
      return values;
    }

    private Number checked(String owner, Number given) {
      Number value = given;
      if (standard instanceof Float && value instanceof Integer) {
        value = value.floatValue();
      }
      if (value.getClass() != standard.getClass()
          || value.doubleValue() < least
          || value.doubleValue() > most) {
        throw new IllegalArgumentException(
            "%s of %s (%s) must be %s from %d to %d, but it is %s"
                .formatted(
                    name,
                    owner,
                    meaning,
                    standard instanceof Integer ? "an int" : "a number",
                    least,
                    most,
                    value));
      }
      return value;
    }
  }

  /** Makes tables for a problem's shape from a preset's parameters. */
  @FunctionalInterface
  public interface Tables {
    /** None. */
    Tables NONE = (parameters, domain) -> parameters;

    /** The parameters and the tables. */
    Bindings addTo(Bindings parameters, Domain domain);
  }

  /** Copies the list. */
  public Preset {
    parameters = List.copyOf(parameters);
  }

  /**
   * Every name that the text uses.
   *
   * @param chosen parameters that differ from their standard
   * @throws IllegalArgumentException where one is unknown, of the wrong type or too small
   */
  public Bindings bindings(Domain domain, Map<String, Number> chosen) {
    return tables.addTo(new Bindings(values(chosen), Map.of()), domain);
  }

  /**
   * The value of every parameter, in their order.
   *
   * @param chosen parameters that differ from their standard
   * @throws IllegalArgumentException where one is unknown, of the wrong type or too small
   */
  public Map<String, Number> values(Map<String, Number> chosen) {
    return Parameter.values(id, parameters, chosen);
  }

  /** The mask with its standard parameters but for those chosen. */
  public MaskExpression mask(Domain domain, Map<String, Number> chosen) {
    return MaskExpression.parse(text, bindings(domain, chosen));
  }

  /** The score with its standard parameters but for those chosen. */
  public ScoreExpression score(Domain domain, Map<String, Number> chosen) {
    return ScoreExpression.parse(text, bindings(domain, chosen));
  }
}
