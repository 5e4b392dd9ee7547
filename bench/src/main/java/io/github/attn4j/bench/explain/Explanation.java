package io.github.attn4j.bench.explain;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All that the page shows, as its data script holds it.
 *
 * @param schemaVersion {@link #SCHEMA_VERSION} of the build that made it
 * @param model that read the texts
 * @param kernel global id of what computed attention
 * @param device it ran on
 * @param patterns of the text
 * @param largestRowError how far any row's weights are from adding up to 1
 * @param words followed through two texts; empty where nothing is compared
 * @param commandLine that makes the page again, null where none does
 */
public record Explanation(
    int schemaVersion,
    String model,
    String kernel,
    String device,
    TextPatterns patterns,
    double largestRowError,
    List<WordInContext> words,
    @Nullable String commandLine) {
  /** Raised when a field changes its meaning or goes away. */
  public static final int SCHEMA_VERSION = 1;

  /** Copies the list. */
  public Explanation {
    words = List.copyOf(words);
  }

  /** Of patterns and words. */
  public static Explanation of(
      String model,
      String kernel,
      String device,
      TextPatterns patterns,
      List<WordInContext> words,
      @Nullable String commandLine) {
    return new Explanation(
        SCHEMA_VERSION,
        model,
        kernel,
        device,
        patterns,
        patterns.largestRowError(),
        words,
        commandLine);
  }
}
