package io.github.attn4j.core.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * A benchmark report as one HTML file that needs nothing else: data, styles, script and charting
 * library (ECharts) are in it.
 */
public final class HtmlReport {
  private static final String ECHARTS =
      "/META-INF/resources/_static/echarts/6.0.0/dist/echarts.min.js";

  private HtmlReport() {}

  /** Writes the page. */
  public static void write(Path file, BenchReport report) {
    AtomicFile.write(file, page(report));
  }

  static String page(BenchReport report) {
    return resource("report.html")
        .replace("/*STYLE*/", resource("report.css"))
        .replace("/*ECHARTS*/", inScript(resource(ECHARTS)))
        .replace("/*DATA*/", inScript(JsonReport.text(report)))
        .replace("/*SCRIPT*/", resource("report.js"));
  }

  /**
   * Keeps text from ending its script element or opening a comment in it; both escapes mean the
   * same inside strings.
   */
  private static String inScript(String text) {
    return text.replace("</script", "<\\/script").replace("<!--", "\\u003c!--");
  }

  private static String resource(String name) {
    try (InputStream stream = HtmlReport.class.getResourceAsStream(name)) {
      if (stream == null) {
        throw new IllegalStateException("the class path has no " + name);
      }
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + name, e);
    }
  }
}
