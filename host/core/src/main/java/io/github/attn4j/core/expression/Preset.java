package io.github.attn4j.core.expression;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

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
  public record Parameter(String name, Number standard, int least, int most, String meaning) {}

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
    Map<String, Number> constants = new LinkedHashMap<>();
    for (Parameter parameter : parameters) {
      constants.put(parameter.name(), parameter.standard());
    }
    for (Map.Entry<String, Number> entry : chosen.entrySet()) {
      Parameter parameter = parameter(entry.getKey());
      Number value = entry.getValue();
      if (parameter.standard() instanceof Float && value instanceof Integer) {
        value = value.floatValue();
      }
      if (value.getClass() != parameter.standard().getClass()
          || value.doubleValue() < parameter.least()
          || value.doubleValue() > parameter.most()) {
        throw new IllegalArgumentException(
            "%s of %s (%s) must be %s from %d to %d, but it is %s"
                .formatted(
                    parameter.name(),
                    id,
                    parameter.meaning(),
                    parameter.standard() instanceof Integer ? "an int" : "a number",
                    parameter.least(),
                    parameter.most(),
                    value));
      }
      constants.put(parameter.name(), value);
    }
    return tables.addTo(new Bindings(constants, Map.of()), domain);
  }

  /** The mask with its standard parameters but for those chosen. */
  public MaskExpression mask(Domain domain, Map<String, Number> chosen) {
    return MaskExpression.parse(text, bindings(domain, chosen));
  }

  /** The score with its standard parameters but for those chosen. */
  public ScoreExpression score(Domain domain, Map<String, Number> chosen) {
    return ScoreExpression.parse(text, bindings(domain, chosen));
  }

  private Parameter parameter(String name) {
    TreeSet<String> names = new TreeSet<>();
    for (Parameter parameter : parameters) {
      if (parameter.name().equals(name)) {
        return parameter;
      }
      names.add(parameter.name());
    }
    throw new IllegalArgumentException(
        "%s has no such parameter: %s".formatted(id, NearMiss.unknown(name, names)));
  }
}
