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
    pages.put("failures", HtmlReport.page(SampleReports.bench(LOG)));
    pages.put("serving", HtmlReport.page(SampleReports.inMode("decode")));
    pages.put("sweep", HtmlReport.page(SampleSweep.of(3, 3, List.of("normal"), true)));
    pages.put("masks", HtmlReport.page(SampleSparsity.of("model", true)));
    pages.put("peers", HtmlReport.page(SamplePeers.of(LOG, false)));
    pages.put("nothing measured", HtmlReport.page(SamplePeers.unmeasured()));
    pages.put("verification", HtmlReport.page(SampleReports.verify(LOG)));
    return pages;
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
        pages.get("peers").replace("<html lang=\"en\">", "<html>").replace(soft, faint);
    StringBuilder frames = new StringBuilder();
    pages.forEach((name, page) -> frames.append(frame(name, page)));
    frames.append(frame("broken", broken));
    String dom =
        new Chromium(folder)
            .dom(
                """
                <!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="color-scheme" content="light dark"><title>pages</title></head>
                <body><script>addEventListener('message', message => document.body.append('said: ' + message.data + '‖'));</script>
                %s</body></html>
                """
                    .formatted(frames),
                theme,
                "--window-size=1280,1000");
    Map<String, List<String>> said = new LinkedHashMap<>();
    Pattern.compile("said: (.*?): (.*?)‖", Pattern.DOTALL)
        .matcher(dom.substring(dom.lastIndexOf("</iframe>")))
        .results()
        .forEach(one ->
            said.computeIfAbsent(one.group(1), _ -> new ArrayList<>()).add(one.group(2)));
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
