package io.github.attn4j.core.expression;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * The names that a user brings: constants and tables.
 *
 * @param constants ints ({@link Integer}) and finite floats ({@link Float})
 * @param tables by name
 */
public record Bindings(Map<String, Number> constants, Map<String, Table> tables) {
  private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,63}");

  /** Checks every name and value. */
  public Bindings {
    constants = Map.copyOf(constants);
    tables = Map.copyOf(tables);
    for (Map.Entry<String, Number> constant : constants.entrySet()) {
      requireFree(constant.getKey());
      Number value = constant.getValue();
      boolean finite = value instanceof Float number && Float.isFinite(number);
      if (!(value instanceof Integer) && !finite) {
        throw new IllegalArgumentException(
            "constant %s must be an int of 32 bits or a finite float, but it is %s"
                .formatted(constant.getKey(), value));
      }
    }
    for (String name : tables.keySet()) {
      requireFree(name);
      if (constants.containsKey(name)) {
        throw new IllegalArgumentException(name + " cannot name both a constant and a table");
      }
    }
  }

  /** No names but the language's own. */
  public static Bindings none() {
    return new Bindings(Map.of(), Map.of());
  }

  /** These and an int. */
  public Bindings with(String name, int value) {
    return withConstant(name, value);
  }

  /** These and a float. */
  public Bindings with(String name, float value) {
    return withConstant(name, value);
  }

  /** These and a table. */
  public Bindings with(String name, Table table) {
    Map<String, Table> more = new LinkedHashMap<>(tables);
    more.put(name, table);
    return new Bindings(constants, more);
  }

  /** Both sets of names; where they share one, that of the other. */
  public Bindings with(Bindings other) {
    Map<String, Number> allConstants = new LinkedHashMap<>(constants);
    allConstants.putAll(other.constants);
    Map<String, Table> allTables = new LinkedHashMap<>(tables);
    allTables.putAll(other.tables);
    return new Bindings(allConstants, allTables);
  }

  /**
   * A table by its name.
   *
   * @throws IllegalArgumentException where there is none
   */
  public Table table(String name) {
    Table table = tables.get(name);
    if (table == null) {
      throw new IllegalArgumentException(NearMiss.unknown(name, tables.keySet()));
    }
    return table;
  }

  /** Those of some names that are neither here nor the language's own. */
  public Set<String> unknownAmong(Set<String> names) {
    Set<String> unknown = new LinkedHashSet<>(names);
    unknown.removeAll(known());
    return unknown;
  }

  private Bindings withConstant(String name, Number value) {
    Map<String, Number> more = new LinkedHashMap<>(constants);
    more.put(name, value);
    return new Bindings(more, tables);
  }

  static Optional<Variable> variable(String name) {
    for (Variable variable : Variable.values()) {
      if (variable.text().equals(name)) {
        return Optional.of(variable);
      }
    }
    return Optional.empty();
  }

  static Optional<BuiltIn> function(String name) {
    for (BuiltIn function : BuiltIn.values()) {
      if (function.text().equals(name)) {
        return Optional.of(function);
      }
    }
    return Optional.empty();
  }

  /** Every name that an expression may use, in alphabetical order. */
  TreeSet<String> known() {
    TreeSet<String> names = new TreeSet<>(constants.keySet());
    names.addAll(tables.keySet());
    for (Variable variable : Variable.values()) {
      names.add(variable.text());
    }
    for (BuiltIn function : BuiltIn.values()) {
      names.add(function.text());
    }
    return names;
  }

  private static void requireFree(String name) {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "'%s' is no name: letters, digits and _, not beginning with a digit, 64 at most"
              .formatted(
                  name.codePoints().limit(64).allMatch(c -> c >= ' ' && c <= '~')
                      ? name.substring(0, Math.min(64, name.length()))
                      : "?"));
    }
    if (variable(name).isPresent() || function(name).isPresent()) {
      throw new IllegalArgumentException(
          name + " already has a meaning in the language: choose another name");
    }
  }
}
