package io.github.attn4j.bench.mask;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A name with arguments: {@code bigbird(block=32)}, {@code documents(8, seed=1)}, {@code causal}.
 *
 * @param id the name
 * @param arguments in order
 */
record Call(String id, List<Argument> arguments) {
  private static final Pattern CALL =
      Pattern.compile("([A-Za-z][A-Za-z0-9_-]*)\\s*(?:\\((.*)\\))?", Pattern.DOTALL);

  private static final Pattern NAMED =
      Pattern.compile("([A-Za-z_][A-Za-z0-9_]*)\\s*=(?!=)(.*)", Pattern.DOTALL);

  /**
   * An argument.
   *
   * @param name empty where its place says what it is
   * @param value as written
   */
  record Argument(String name, String value) {}

  Call {
    arguments = List.copyOf(arguments);
  }

  /** The text as a call, if it has the form of one; many expressions do. */
  static Optional<Call> of(String text) {
    Matcher matcher = CALL.matcher(text.strip());
    if (!matcher.matches()) {
      return Optional.empty();
    }
    String inside = matcher.group(2);
    if (inside != null && !TextParts.balanced(inside)) {
      return Optional.empty();
    }
    List<Argument> arguments = new ArrayList<>();
    if (inside != null && !inside.isBlank()) {
      for (String part : TextParts.of(inside, ',')) {
        Matcher named = NAMED.matcher(part);
        arguments.add(
            named.matches()
                ? new Argument(named.group(1), named.group(2).strip())
                : new Argument("", part));
      }
    }
    return Optional.of(new Call(matcher.group(1), arguments));
  }

  /** Whether no expression looks like it: a bare name, or an argument with its name. */
  boolean isNoExpression() {
    return arguments.isEmpty() || arguments.stream().anyMatch(a -> !a.name.isEmpty());
  }

  /**
   * Every argument by its name.
   *
   * @param places the names of those that have none, in order
   * @throws IllegalArgumentException where there are too many, or one is given twice
   */
  Map<String, String> byName(List<String> places) {
    Map<String, String> values = new LinkedHashMap<>();
    for (int place = 0; place < arguments.size(); place++) {
      Argument argument = arguments.get(place);
      if (argument.name.isEmpty() && place >= places.size()) {
        throw new IllegalArgumentException(
            "%s takes %s, but argument %d of it is '%s'"
                .formatted(
                    id,
                    places.isEmpty() ? "no arguments" : String.join(", ", places),
                    place + 1,
                    argument.value));
      }
      String name = argument.name.isEmpty() ? places.get(place) : argument.name;
      if (values.put(name, argument.value) != null) {
        throw new IllegalArgumentException("%s is given %s twice".formatted(id, name));
      }
    }
    return values;
  }
}
