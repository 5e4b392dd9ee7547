package io.github.attn4j.core.kernel;

import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Something about a kernel that may be chosen for a device and a shape, as the tuner does.
 *
 * @param name of the macro that it sets, or of whatever a backend makes of it
 * @param values worth trying, in ascending order; {@link KernelVariant#admits} says which of them
 *     suit a spec and a device
 * @param meaning in a few words, with the unit
 */
public record TuningParameter(String name, List<Integer> values, String meaning) {
  /**
   * Copies the values.
   *
   * @throws IllegalArgumentException if there are none
   */
  public TuningParameter {
    values = List.copyOf(values);
    if (values.isEmpty()) {
      throw new IllegalArgumentException("tuning parameter %s has no values".formatted(name));
    }
  }

  /** A parameter and its values, in ascending order. */
  public static TuningParameter of(String name, String meaning, Integer... values) {
    return new TuningParameter(name, List.of(values), meaning);
  }

  /** A variant's parameter of that name. */
  public static Optional<TuningParameter> named(String name, KernelVariant variant) {
    return variant.tuningParameters().stream()
        .filter(parameter -> parameter.name().equals(name))
        .findFirst();
  }

  /** Whether a tuning has one of the declared values for every parameter, and nothing else. */
  static Support declared(KernelVariant variant, Tuning tuning) {
    List<TuningParameter> parameters = variant.tuningParameters();
    for (String name : tuning.values().keySet()) {
      if (named(name, variant).isEmpty()) {
        return Support.no(
            "%s has no tuning parameter %s; it has %s"
                .formatted(
                    variant.globalId(),
                    name,
                    parameters.isEmpty()
                        ? "none"
                        : parameters.stream()
                            .map(TuningParameter::name)
                            .collect(Collectors.joining(", "))));
      }
    }
    for (TuningParameter parameter : parameters) {
      Integer value = tuning.values().get(parameter.name());
      if (value == null || !parameter.values().contains(value)) {
        return Support.no(
            "%s of %s is %s, and may be one of %s"
                .formatted(
                    parameter.name(),
                    variant.globalId(),
                    value == null ? "missing" : value,
                    parameter.values()));
      }
    }
    return Support.yes();
  }
}
