package io.github.attn4j.bench.mask;

import io.github.attn4j.core.expression.Bindings;
import io.github.attn4j.core.expression.Domain;
import io.github.attn4j.core.expression.ExpressionNames;
import io.github.attn4j.core.expression.NearMiss;
import io.github.attn4j.core.expression.Preset;
import io.github.attn4j.core.expression.Preset.Parameter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * A preset with what was chosen for it.
 *
 * @param chosen parameters that differ from their standard, in the preset's order
 * @param tables that take the place of the preset's own
 */
record PresetCall(Preset preset, Map<String, Number> chosen, Map<String, NamedValue> tables) {

  /**
   * Takes from the call itself first, then from the given names.
   *
   * @throws IllegalArgumentException where an argument is none of the preset's, or has no sense
   */
  static PresetCall of(Preset preset, Call call, GivenNames given) {
    List<String> parameters = preset.parameters().stream().map(Parameter::name).toList();
    // Whatever the text names and the language does not: parameters and tables.
    Set<String> names = Bindings.none().unknownAmong(ExpressionNames.in(preset.text()));
    List<String> takes = new ArrayList<>(parameters);
    names.stream().filter(name -> !takes.contains(name)).forEach(takes::add);
    Map<String, NamedValue> values = new LinkedHashMap<>();
    call.byName(parameters)
        .forEach((name, text) -> {
          if (!takes.contains(name)) {
            throw new IllegalArgumentException(
                "%s has no such parameter: %s"
                    .formatted(preset.id(), NearMiss.unknown(name, takes)));
          }
          values.put(name, NamedValue.parse(name, text));
        });
    given
        .take(takes.stream().filter(name -> !values.containsKey(name)).toList())
        .forEach(values::put);
    return of(preset, values);
  }

  private static PresetCall of(Preset preset, Map<String, NamedValue> values) {
    Map<String, Number> numbers = new LinkedHashMap<>();
    Map<String, NamedValue> tables = new LinkedHashMap<>();
    values.forEach((name, value) -> {
      boolean parameter = preset.parameters().stream().anyMatch(p -> p.name().equals(name));
      if (value instanceof NamedValue.Constant constant && parameter) {
        numbers.put(name, constant.number());
      } else if (!(value instanceof NamedValue.Constant) && !parameter) {
        tables.put(name, value);
      } else {
        throw new IllegalArgumentException(
            "%s of %s must be %s, but it is '%s'"
                .formatted(name, preset.id(), parameter ? "a number" : "a table", value.text()));
      }
    });
    requireUseful(preset, numbers.keySet(), tables.keySet());
    Map<String, Number> checked = preset.values(numbers);
    Map<String, Number> chosen = new LinkedHashMap<>();
    for (Parameter parameter : preset.parameters()) {
      Number value = Optional.ofNullable(checked.get(parameter.name())).orElseThrow();
      if (!value.equals(parameter.standard())) {
        chosen.put(parameter.name(), value);
      }
    }
    return new PresetCall(preset, chosen, tables);
  }

  /** Parameters that only shape the preset's own tables mean nothing where all are replaced. */
  private static void requireUseful(Preset preset, Set<String> numbers, Set<String> tables) {
    Set<String> inText = Bindings.none().unknownAmong(ExpressionNames.in(preset.text()));
    Set<String> own = new LinkedHashSet<>(inText);
    preset.parameters().forEach(parameter -> own.remove(parameter.name()));
    if (own.isEmpty() || !tables.containsAll(own)) {
      return;
    }
    for (String number : numbers) {
      if (!inText.contains(number)
          && preset.parameters().stream().anyMatch(p -> p.name().equals(number))) {
        throw new IllegalArgumentException(
            "%s of %s shapes its own table %s, which is replaced: leave one of them out"
                .formatted(number, preset.id(), String.join(", ", own)));
      }
    }
  }

  /** The value of an int parameter. */
  int intOf(String parameter) {
    return Optional.ofNullable(preset.values(chosen).get(parameter)).orElseThrow().intValue();
  }

  /** Everything that the preset's text names. */
  Bindings bindings(Supplier<Domain> domain) {
    Bindings bindings = preset.bindings(domain.get(), chosen);
    for (Map.Entry<String, NamedValue> table : tables.entrySet()) {
      bindings = table.getValue().addTo(bindings, table.getKey(), domain);
    }
    return bindings;
  }

  /** The name, with what differs from the standard in brackets. */
  String text() {
    List<String> arguments = new ArrayList<>();
    chosen.forEach((name, value) -> arguments.add(name + "=" + value));
    tables.forEach((name, table) -> arguments.add(name + "=" + table.text()));
    return arguments.isEmpty()
        ? preset.id()
        : "%s(%s)".formatted(preset.id(), String.join(",", arguments));
  }
}
