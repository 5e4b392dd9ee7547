package io.github.attn4j.core.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.testing.Axe;
import io.github.attn4j.testing.Chromium;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Every page that {@link HtmlReport} writes, with every kind of section, before axe-core. A browser
 * takes longer to start than a page to be looked at, so that all stand in frames of one document.
 */
class AccessiblePagesTest {
  /** A compiler's log, which scrolls in its place. */
  private static final String LOG = "line 3: error\n".repeat(60);

  @TempDir private Path folder = Path.of("");

  private static Map<String, String> pages() {
    Map<String, String> pages = new LinkedHashMap<>();
    pages.put("sweep", HtmlReport.page(everything()));
    pages.put("peers", HtmlReport.page(SamplePeers.of(LOG, false)));
    pages.put("verification", HtmlReport.page(SampleReports.verify(LOG)));
    return pages;
  }

  /** Failures, a mode, masks, growth and models' shapes in one report: no section is missing. */
  private static BenchReport everything() {
    BenchReport failures = SampleReports.bench(LOG);
    BenchReport sweep = SampleSweep.of(1, 3, List.of("normal"), true);
    List<BenchCell> cells = new ArrayList<>(failures.cells());
    // A few of each, since the engine takes a millisecond or so a table's cell.
    for (BenchReport other :
        List.of(SampleReports.inMode("decode"), SampleSparsity.of("model", true), sweep)) {
      other.cells().stream().limit(5).forEach(cells::add);
    }
    return new BenchReport(
        failures.schemaVersion(),
        failures.environment(),
        failures.ceilings(),
        failures.flopConvention(),
        failures.kernels(),
        cells,
        sweep.growth(),
        failures.crossovers(),
        failures.noise(),
        false);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        Chromium.LIGHT + " | rgb(27, 31, 36) | --soft: #57606a | --soft: #c8c8c8",
        Chromium.DARK + " | rgb(230, 237, 243) | --soft: #9aa7b4 | --soft: #30363d"
      })
  @Tag("full")
  void axeFindsNothingToComplainOfInAnyPageAndMissesWhatIsTakenAway(
      String theme, String ink, String soft, String faint) throws Exception {
    Map<String, String> pages = pages();
    String broken =
        HtmlReport.page(SamplePeers.of(LOG, false))
            .replace("<html lang=\"en\">", "<html>")
            .replace(soft, faint);
    StringBuilder frames = new StringBuilder();
    pages.forEach((name, page) -> frames.append(frame(name, page)));
    frames.append(frame("broken", broken));
    String dom =
        new Chromium(folder)
            .dom(
                """
                <!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="color-scheme" content="light dark"><title>pages</title></head>
                <body><pre id="said"></pre>
                <script>addEventListener('message', message => document.getElementById('said').append(message.data + '‖'));</script>
                %s</body></html>
                """
                    .formatted(frames),
                theme,
                "--window-size=1280,1000");
    Map<String, List<String>> said = new LinkedHashMap<>();
    Pattern.compile("(.*?): (.*?)‖", Pattern.DOTALL)
        .matcher(dom.substring(dom.indexOf("id=\"said\">") + 10, dom.indexOf("</pre>")))
        .results()
        .forEach(
            one -> said.computeIfAbsent(one.group(1), _ -> new ArrayList<>()).add(one.group(2)));
    for (String name : pages.keySet()) {
      assertThat(said.get(name)).as(name).containsExactly("true, " + ink, "true");
    }
    assertThat(said.get("broken"))
        .anyMatch(one -> one.startsWith("html-has-lang"))
        .anyMatch(one -> one.startsWith("color-contrast"));
  }

  /** A page that says whether it was drawn, its ink, and what axe finds once a kernel is hidden. */
  private static String frame(String name, String page) {
    String script =
        """
        const say = text => parent.postMessage('%s: ' + text, '*');
        document.querySelector('.legend button')?.click();
        say(document.documentElement.dataset.ready + ', ' + getComputedStyle(document.body).color);
        """
            .formatted(name);
    String whole = Chromium.with(page, Axe.script() + script + Axe.complaints("document"));
    return "<iframe title=\"%s\" style=\"width: 1200px; height: 900px\" srcdoc=\"%s\"></iframe>\n"
        .formatted(name, whole.replace("&", "&amp;").replace("\"", "&quot;"));
  }
}
