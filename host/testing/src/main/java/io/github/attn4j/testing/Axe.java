package io.github.attn4j.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/**
 * Deque's accessibility engine axe-core, as scripts for pages in a {@link Chromium}: labels, roles,
 * names, what scrolls, and contrast. It finds what a machine can find, not whether a page is good.
 */
public final class Axe {
  private static final String ENGINE = "/META-INF/resources/webjars/axe-core/4.6.3/axe.min.js";

  private Axe() {}

  /** The engine: a script that defines {@code axe}. */
  public static String script() {
    try (InputStream stream =
        Objects.requireNonNull(Axe.class.getResourceAsStream(ENGINE), ENGINE)) {
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8) + "\n;";
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + ENGINE, e);
    }
  }

  /**
   * A script that looks for violations with {@code axe}, and calls the page's {@code say} with a
   * text: {@code true} where the engine had something to look at, then each violation's id, first
   * element and reason, if any.
   *
   * @param where what is looked at, as axe takes it: {@code document}, or a selector in quotes
   */
  public static String complaints(String where) {
    return """
    axe.run(%s, {resultTypes: ['violations']}).then(found => {
      say(found.passes.length > 5);
      for (const one of found.violations) say(one.id + ' ' + one.nodes[0].html.slice(0, 200) + ' ' + one.nodes[0].failureSummary);
    }, error => say('axe failed: ' + error));
    """
        .formatted(where);
  }
}
