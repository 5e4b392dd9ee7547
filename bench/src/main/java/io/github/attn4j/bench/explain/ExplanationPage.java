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

  private ExplanationPage() {}

  /** Writes the page. */
  public static void write(Path file, Explanation explanation) {
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
