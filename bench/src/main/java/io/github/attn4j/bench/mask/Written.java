package io.github.attn4j.bench.mask;

import io.github.attn4j.core.expression.Bindings;
import io.github.attn4j.core.expression.Domain;
import io.github.attn4j.core.expression.ExpressionNames;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * An expression as a user wrote it, with the names it uses.
 *
 * @param expression in the language of docs/masks.md
 * @param names what they stand for
 */
record Written(String expression, Map<String, NamedValue> names) {
  /** Between an expression and its names; no expression holds two names in a row. */
  static final String WHERE = " where ";

  static Written of(String expression, GivenNames where, GivenNames given) {
    Map<String, NamedValue> names = new LinkedHashMap<>(given.take(ExpressionNames.in(expression)));
    where
        .take(ExpressionNames.in(expression))
        .forEach((name, value) -> {
          if (names.put(name, value) != null) {
            throw new IllegalArgumentException(
                "%s is given behind where, as %s, and by an option: leave one of them out"
                    .formatted(name, value.text()));
          }
        });
    return new Written(expression, names);
  }

  Bindings bindings(Supplier<Domain> domain) {
    Bindings bindings = Bindings.none();
    for (Map.Entry<String, NamedValue> name : names.entrySet()) {
      bindings = name.getValue().addTo(bindings, name.getKey(), domain);
    }
    return bindings;
  }

  String text() {
    return label(expression.strip());
  }

  /** The same for another way to write the expression. */
  String label(String printed) {
    return names.isEmpty()
        ? printed
        : names.entrySet().stream()
            .map(name -> name.getKey() + "=" + name.getValue().text())
            .collect(Collectors.joining("; ", printed + WHERE, ""));
  }
}
