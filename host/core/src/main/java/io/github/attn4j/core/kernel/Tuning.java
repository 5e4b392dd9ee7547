package io.github.attn4j.core.kernel;

import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Values for all of a kernel's {@link TuningParameter}s: what it runs with, beside the spec.
 * Changes how fast the kernel is, never what it computes beyond rounding.
 *
 * @param values by the parameters' names, sorted
 */
public record Tuning(SortedMap<String, Integer> values) {
  /** Of a kernel that has no parameters. */
  public static final Tuning NONE = new Tuning(Collections.emptySortedMap());

  /** Copies the values. */
  public Tuning {
    values = Collections.unmodifiableSortedMap(new TreeMap<>(values));
  }

  /** Of one parameter. */
  public static Tuning of(String name, int value) {
    return NONE.with(name, value);
  }

  /** Of several. */
  public static Tuning of(Map<String, Integer> values) {
    return new Tuning(new TreeMap<>(values));
  }

  /**
   * The value of a parameter.
   *
   * @throws IllegalArgumentException if there is none of that name
   */
  public int get(String name) {
    Integer value = values.get(name);
    if (value == null) {
      throw new IllegalArgumentException("no %s in tuning '%s'".formatted(name, label()));
    }
    return value;
  }

  /** The same with another value of one parameter, or with one more. */
  public Tuning with(String name, int value) {
    SortedMap<String, Integer> changed = new TreeMap<>(values);
    changed.put(name, value);
    return new Tuning(changed);
  }

  /** As reports print it, {@code BLOCK_KV=128 QUERY_TILES=2}; empty where there are none. */
  public String label() {
    return values.entrySet().stream()
        .map(entry -> entry.getKey() + "=" + entry.getValue())
        .collect(Collectors.joining(" "));
  }

  /**
   * The tuning that {@link #label} wrote; commas may stand for the spaces.
   *
   * @throws IllegalArgumentException naming the part that is no {@code NAME=VALUE}
   */
  public static Tuning parse(String label) {
    Tuning tuning = NONE;
    for (String part : label.strip().split("[ ,]+", -1)) {
      if (part.isEmpty() && label.isBlank()) {
        break;
      }
      if (!part.matches("[A-Z][A-Z0-9_]*=[0-9]{1,9}")) {
        throw new IllegalArgumentException(
            "'%s' in '%s' is no NAME=VALUE of a tuning parameter, such as BLOCK_KV=128"
                .formatted(part, label));
      }
      String[] sides = part.split("=", 2);
      tuning = tuning.with(sides[0], Integer.parseInt(sides[1]));
    }
    return tuning;
  }
}
