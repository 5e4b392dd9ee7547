package io.github.attn4j.bench.explain;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All that the page shows, and what {@code --json} writes.
 *
 * @param schemaVersion {@link #SCHEMA_VERSION} of the build that made it
 * @param model that read the texts
 * @param kernel global id of what computed attention
 * @param device it ran on
 * @param view what is looked at first
 * @param texts their patterns; at least one
 * @param largestRowError how far any row's weights are from adding up to 1
 * @param words followed through two texts; empty where nothing is compared
 * @param commandLine that makes the page again, null where none does
 */
public record Explanation(
    int schemaVersion,
    String model,
    String kernel,
    String device,
    View view,
    List<TextPatterns> texts,
    double largestRowError,
    List<WordInContext> words,
    @Nullable String commandLine) {
  /** Raised when a field changes its meaning or goes away. */
  public static final int SCHEMA_VERSION = 1;

  /**
   * Copies the lists.
   *
   * @throws IllegalArgumentException where there is no text, or a text lacks what is to be looked
   *     at
   */
  public Explanation {
    texts = List.copyOf(texts);
    words = List.copyOf(words);
    if (texts.isEmpty()) {
      throw new IllegalArgumentException("an explanation of no text: give it one");
    }
    texts.forEach(view::requireWithin);
  }

  /** Of patterns and words. */
  public static Explanation of(
      String model,
      String kernel,
      String device,
      View view,
      List<TextPatterns> texts,
      List<WordInContext> words,
      @Nullable String commandLine) {
    double largest = 0;
    for (TextPatterns text : texts) {
      largest = Math.max(largest, text.largestRowError());
    }
    return new Explanation(
        SCHEMA_VERSION, model, kernel, device, view, texts, largest, words, commandLine);
  }
}
