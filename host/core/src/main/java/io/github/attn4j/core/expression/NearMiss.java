package io.github.attn4j.core.expression;

import java.util.Collection;

/** Finds the name that a writer may have meant. */
final class NearMiss {
  private NearMiss() {}

  /** What to say of a name that nobody knows. */
  static String unknown(String name, Collection<String> known) {
    String shown = name.length() > 40 ? name.substring(0, 40) + "..." : name;
    String nearest = "";
    // A third of the letters may be wrong; with one or two letters any name would be near.
    int nearestDistance = name.length() / 3 + 1;
    for (String candidate : known) {
      int distance = distance(name, candidate, nearestDistance);
      if (distance < nearestDistance && candidate.length() > 1) {
        nearest = candidate;
        nearestDistance = distance;
      }
    }
    String way =
        nearest.isEmpty()
            ? "known are " + String.join(", ", known)
            : "did you mean '" + nearest + "'?";
    return "unknown name '%s': %s".formatted(shown, way);
  }

  /** Levenshtein's distance, or limit where it is no less. */
  private static int distance(String first, String second, int limit) {
    if (Math.abs(first.length() - second.length()) >= limit) {
      return limit;
    }
    int[] previous = new int[second.length() + 1];
    for (int column = 0; column < previous.length; column++) {
      previous[column] = column;
    }
    for (int row = 1; row <= first.length(); row++) {
      int[] current = new int[second.length() + 1];
      current[0] = row;
      for (int column = 1; column <= second.length(); column++) {
        boolean same = lower(first.charAt(row - 1)) == lower(second.charAt(column - 1));
        current[column] =
            Math.min(
                Math.min(previous[column], current[column - 1]) + 1,
                previous[column - 1] + (same ? 0 : 1));
      }
      previous = current;
    }
    return Math.min(limit, previous[second.length()]);
  }

  private static char lower(char character) {
    return Character.toLowerCase(character);
  }
}
