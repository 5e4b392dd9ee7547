package io.github.attn4j.bench.explain;

import io.github.attn4j.core.report.AtomicFile;
import io.github.attn4j.core.report.JsonReport;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** An explanation as one HTML file that needs nothing else: data, styles and script are in it. */
public final class ExplanationPage {
  private static final Pattern PLACE = Pattern.compile("/\\*(STYLE|DATA|SCRIPT)\\*/");

  /** A grid of more cells than its square cannot be taken in, and makes a page of megabytes. */
  private static final int MOST_TOKENS = 128;

  private ExplanationPage() {}

  /**
   * Checks that a text is one for a page, or for JSON, which has the same numbers.
   *
   * @param tokens that it has
   * @throws IllegalArgumentException where there are too many
   */
  public static void requireTokens(int tokens) {
    if (tokens > MOST_TOKENS) {
      throw new IllegalArgumentException(
          "the text has %d tokens, [CLS] and [SEP] included, and a page, or its JSON, shows %d at most: give a shorter one, or a sentence of it, or --text alone"
              .formatted(tokens, MOST_TOKENS));
    }
  }

  /**
   * Writes the page.
   *
   * @throws IllegalArgumentException as {@link #requireTokens}
   */
  public static void write(Path file, Explanation explanation) {
    explanation.texts().forEach(text -> requireTokens(text.tokens().size()));
    AtomicFile.write(file, page(explanation));
  }

  /** The page. */
  static String page(Explanation explanation) {
    Map<String, String> parts =
        Map.of(
            "STYLE", resource("explain.css"),
            "DATA", JsonReport.text(PageData.of(explanation)).replace("<", "\\u003c"),
            "SCRIPT",
                resource("explain.js")
                    + "\n"
                    + resource("overview.js")
                    + "\n"
                    + resource("grid.js"));
    // One pass: a part may hold what looks like another's place.
    return PLACE
        .matcher(resource("explain.html"))
        .replaceAll(place -> Matcher.quoteReplacement(parts.get(place.group(1))));
  }

  private static String resource(String name) {
    try (InputStream stream = ExplanationPage.class.getResourceAsStream(name)) {
      if (stream == null) {
        throw new IllegalStateException("the class path has no " + name);
      }
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + name, e);
    }
  }
}
