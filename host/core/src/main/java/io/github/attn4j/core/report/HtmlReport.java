package io.github.attn4j.core.report;

import io.github.attn4j.core.check.UlpHistogram;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A report as one HTML file that needs nothing else: data, styles, script and charting library
 * (ECharts) are in it.
 */
public final class HtmlReport {
  private static final String ECHARTS =
      "/META-INF/resources/_static/echarts/6.0.0/dist/echarts.min.js";

  /** Parts of one script, in the order in which they need each other. */
  private static final List<String> BENCH_SCRIPTS =
      List.of(
          "page.js",
          "cells.js",
          "charts.js",
          "plots.js",
          "roofline.js",
          "tables.js",
          "sparsity.js",
          "report.js");

  private static final List<String> PEER_SCRIPTS = List.of("page.js", "charts.js", "peers.js");

  private static final List<String> VERIFY_SCRIPTS = List.of("page.js", "charts.js", "verify.js");

  private static final Pattern PLACE =
      Pattern.compile("/\\*(TITLE|STYLE|MAIN|ECHARTS|DATA|SCRIPT)\\*/");

  private HtmlReport() {}

  /**
   * What the page's script reads.
   *
   * @param report as in {@code report.json}
   * @param families of the cells, in their order: the page groups by them
   */
  private record BenchData(BenchReport report, List<String> families) {}

  /**
   * The same beside other projects.
   *
   * @param report as in {@code peers.json}
   * @param means of its ratios
   */
  private record PeerData(PeerReport report, List<PeerReport.Mean> means) {}

  /**
   * A verification.
   *
   * @param report as in the file of {@code --json}, but for cases: those that did not pass, and of
   *     each kernel the one nearest to its budget
   * @param cases how many there were
   * @param binEnds largest errors of the histograms' bins, in units in the last place
   * @param repeats by kernel
   */
  private record VerifyData(
      VerifyReport report, int cases, List<Double> binEnds, List<RepeatSummary> repeats) {}

  /** Writes the page of a verification. */
  public static void write(Path file, VerifyReport report) {
    AtomicFile.write(file, page(report));
  }

  static String page(VerifyReport report) {
    return page(
        "attn4j: against the float64 reference",
        "verify.html",
        VERIFY_SCRIPTS,
        new VerifyData(
            new VerifyReport(
                report.schemaVersion(),
                report.environment(),
                report.kernels(),
                report.casesToLookAt(),
                report.accuracy(),
                report.repeats()),
            report.cases().size(),
            IntStream.range(0, UlpHistogram.BINS).mapToObj(UlpHistogram::upTo).toList(),
            RepeatSummary.of(report.repeats())));
  }

  /** Writes the page. */
  public static void write(Path file, Report report) {
    AtomicFile.write(file, page(report));
  }

  static String page(Report report) {
    return switch (report) {
      case BenchReport bench -> {
        Families families = new Families(bench.cells());
        yield page(
            "attn4j: cost of attention over context",
            "report.html",
            BENCH_SCRIPTS,
            new BenchData(bench, bench.cells().stream().map(families::of).toList()));
      }
      case PeerReport peers ->
          page(
              "attn4j: beside other projects' attention",
              "peers.html",
              PEER_SCRIPTS,
              new PeerData(peers, peers.means()));
    };
  }

  /**
   * Puts a page together.
   *
   * @param main the resource with what is between its head and its scripts
   */
  private static String page(String title, String main, List<String> scripts, Object data) {
    Map<String, String> parts =
        Map.of(
            "TITLE", title,
            "MAIN", resource(main).strip(),
            "STYLE", resource("report.css"),
            "ECHARTS", endingNoScript(resource(ECHARTS)),
            "DATA", JsonReport.text(data).replace("<", "\\u003c"),
            "SCRIPT", scripts.stream().map(HtmlReport::resource).collect(Collectors.joining("\n")));
    // One pass: a part may hold what looks like another's place.
    return PLACE
        .matcher(resource("page.html"))
        .replaceAll(place -> Matcher.quoteReplacement(parts.get(place.group(1))));
  }

  /**
   * Keeps the library's strings from ending their script element or opening a comment in it; the
   * escapes mean the same inside strings.
   */
  private static String endingNoScript(String script) {
    return script.replaceAll("(?i)</(script)", "<\\\\/$1").replace("<!--", "\\u003c!--");
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
