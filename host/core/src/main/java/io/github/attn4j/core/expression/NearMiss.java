package io.github.attn4j.core.expression;

import java.util.Collection;
import java.util.Optional;

/** Finds the name that a writer may have meant. */
public final class NearMiss {
  private NearMiss() {}

  /** What to say of a name that nobody knows. */
  public static String unknown(String name, Collection<String> known) {
    String shown = name.length() > 40 ? name.substring(0, 40) + "..." : name;
    String way =
        nearest(name, known)
            .map(nearest -> "did you mean '" + nearest + "'?")
            .orElseGet(() -> "known are " + String.join(", ", known));
    return "unknown name '%s': %s".formatted(shown, way);
  }

  /** The known name that differs least, if it differs little. */
  public static Optional<String> nearest(String name, Collection<String> known) {
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
    return nearest.isEmpty() ? Optional.empty() : Optional.of(nearest);
  }

  /**
   * Letters to insert, remove, replace, or swap with a neighbour (optimal string alignment); limit
   * where it is no less.
   */
  private static int distance(String first, String second, int limit) {
    if (Math.abs(first.length() - second.length()) >= limit) {
      return limit;
    }
    int[][] distances = new int[first.length() + 1][second.length() + 1];
    for (int row = 0; row <= first.length(); row++) {
      for (int column = 0; column <= second.length(); column++) {
        if (row == 0 || column == 0) {
          distances[row][column] = row + column;
          continue;
        }
        boolean same = same(first, row - 1, second, column - 1);
        int least =
            Math.min(
                Math.min(distances[row - 1][column], distances[row][column - 1]) + 1,
                distances[row - 1][column - 1] + (same ? 0 : 1));
        if (row > 1
            && column > 1
            && same(first, row - 1, second, column - 2)
            && same(first, row - 2, second, column - 1)) {
          least = Math.min(least, distances[row - 2][column - 2] + 1);
        }
        distances[row][column] = least;
      }
    }
    return Math.min(limit, distances[first.length()][second.length()]);
  }

  private static boolean same(String first, int at, String second, int place) {
    return Character.toLowerCase(first.charAt(at)) == Character.toLowerCase(second.charAt(place));
  }
}
