package io.github.attn4j.bench.mask;

import io.github.attn4j.core.expression.Bindings;
import io.github.attn4j.core.expression.NearMiss;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;

/**
 * Names that a user gives beside masks and scores, {@code --let w=256} and {@code --table
 * doc=FILE}. Each mask or score takes those it uses; one that nobody takes is a mistake.
 */
public final class GivenNames {
  private final Map<String, NamedValue> values = new LinkedHashMap<>();

  /** How each was given, for messages. */
  private final Map<String, String> origins = new LinkedHashMap<>();

  private final Set<String> taken = new LinkedHashSet<>();
  private final Set<String> wanted = new LinkedHashSet<>();

  private GivenNames() {}

  /**
   * Those of options.
   *
   * @param lets {@code name=number} each
   * @param tables {@code name=FILE} or {@code name=generator(...)} each
   * @throws IllegalArgumentException naming the option that makes no sense
   */
  public static GivenNames of(List<String> lets, List<String> tables) {
    GivenNames names = new GivenNames();
    for (String let : lets) {
      names.add("--let", let, GivenNames::constant);
    }
    for (String table : tables) {
      names.add("--table", table, (name, text) -> NamedValue.table(text));
    }
    return names;
  }

  /** None. */
  public static GivenNames none() {
    return new GivenNames();
  }

  /** Those behind the word {@code where} of a text. */
  static GivenNames where(String text) {
    GivenNames names = new GivenNames();
    for (String part : TextParts.of(text, ';')) {
      names.add("where", part, NamedValue::parse);
    }
    return names;
  }

  private void add(String origin, String text, BiFunction<String, String, NamedValue> parse) {
    int equals = text.indexOf('=');
    String name = equals < 0 ? "" : text.substring(0, equals).strip();
    String value = text.substring(equals + 1).strip();
    if (name.isEmpty() || value.isEmpty()) {
      throw new IllegalArgumentException(
          "%s '%s' is not of the form name=value".formatted(origin, text));
    }
    if (name.equals(Written.WHERE.strip())) {
      throw new IllegalArgumentException(
          "%s %s: that word comes before the names of a text; choose another"
              .formatted(origin, name));
    }
    if (values.put(name, parse.apply(name, value)) != null) {
      throw new IllegalArgumentException("%s %s: that name is given twice".formatted(origin, name));
    }
    origins.put(name, origin);
  }

  private static NamedValue constant(String name, String text) {
    return NamedValue.Constant.of(name, text)
        .orElseThrow(() ->
            new IllegalArgumentException(
                "--let %s=%s is no number; --table names tables".formatted(name, text)));
  }

  /** Those of these names that are given, which now count as used. */
  Map<String, NamedValue> take(Collection<String> names) {
    wanted.addAll(Bindings.none().unknownAmong(new LinkedHashSet<>(names)));
    Map<String, NamedValue> found = new LinkedHashMap<>();
    for (String name : names) {
      NamedValue value = values.get(name);
      if (value != null) {
        taken.add(name);
        found.put(name, value);
      }
    }
    return found;
  }

  /**
   * To be called when all masks and scores have taken what they use.
   *
   * @throws IllegalArgumentException naming what none of them uses
   */
  public void requireAllUsed() {
    for (String name : values.keySet()) {
      if (!taken.contains(name)) {
        String hint =
            NearMiss.nearest(name, wanted)
                .map(near -> ": did you mean '" + near + "'?")
                .orElse("; leave it out");
        throw new IllegalArgumentException(
            "%s %s is used by no mask and no score%s".formatted(origins.get(name), name, hint));
      }
    }
  }
}
