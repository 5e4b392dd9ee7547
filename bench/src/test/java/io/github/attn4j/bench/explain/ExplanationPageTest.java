package io.github.attn4j.bench.explain;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page as a person uses it: by clicks and keys. */
class ExplanationPageTest {
  private static final String PAGE = ExplanationPage.page(SampleExplanation.EXPLANATION);

  @TempDir private Path folder = Path.of("");

  private String dom(String page, String script, String... options) throws Exception {
    String dom = new Chromium(folder).dom(page, script, options);
    assertThat(dom).contains("data-ready=\"true\"");
    String body = dom.substring(dom.indexOf("<body>"), dom.indexOf("<script"));
    assertThat(body).doesNotContain("NaN").doesNotContain("undefined");
    return body;
  }

  @Test
  void thePageLoadsNothingFromElsewhereAndItsDataCannotLeaveItsScript() {
    assertThat(PAGE)
        .doesNotContain("<script src")
        .doesNotContain("<link")
        .doesNotContain("@import")
        .doesNotContain("/*DATA*/")
        .doesNotContain("/*SCRIPT*/");
    TextPatterns own = SampleExplanation.EXPLANATION.patterns();
    String hostile = "</script><script>document.title='broken'</script><!-- <b>";
    String page =
        ExplanationPage.page(
            Explanation.of(
                hostile,
                "k",
                "d",
                new TextPatterns(hostile, own.tokens(), own.ids(), own.layers()),
                List.of(),
                null));
    assertThat(page).doesNotContain(hostile);
    assertThat(page.split("</script>", -1)).hasSize(3);
  }

  @Test
  @Tag("full")
  void theGridShowsWeightsAndEveryRowsSum() throws Exception {
    String dom = dom(PAGE, "");
    assertThat(dom)
        .contains("<td class=\"sum\">1.000</td>")
        .contains("Every row sums to 1.")
        .contains("between the two")
        .contains("Not an explanation")
        .contains("1 of 12");
    assertThat(dom.split("class=\"numbers\"", -1)).hasSize(1 + 14 * 14);
    assertThat(dom.split("<td class=\"sum\">1.000</td>", -1)).hasSize(1 + 14);
    // The cell of "it" and "animal" says what the data gives.
    int query = SampleExplanation.TEXT.tokens().indexOf("it");
    int key = SampleExplanation.TEXT.tokens().indexOf("animal");
    assertThat(dom).contains(said(0, query, key, false));
  }

  /** The end of a cell's description. */
  private static String said(int head, int query, int key, boolean causal) {
    LayerPattern layer = SampleExplanation.EXPLANATION.patterns().layers().getFirst();
    HeadPattern pattern = layer.heads().get(head);
    return String.format(
        Locale.ROOT,
        "%s → %s: q·k %.3f, scaled %.3f, LSE %.3f, weight",
        SampleExplanation.TEXT.tokens().get(query),
        SampleExplanation.TEXT.tokens().get(key),
        pattern.dots()[query * 14 + key],
        layer.scale() * pattern.dots()[query * 14 + key],
        (causal ? pattern.causalLse() : pattern.lse())[query]);
  }

  @Test
  @Tag("full")
  void clickingAWordShowsWhomItAttendsTo() throws Exception {
    int it = SampleExplanation.TEXT.tokens().indexOf("it");
    String dom = dom(PAGE, "document.querySelectorAll('#words button')[" + it + "].click();");
    assertThat(dom)
        .contains("\"it\" (token " + it + ") attends to, in layer 1, head 1: entropy")
        .containsPattern("sum (1\\.00000|0\\.99999)")
        .containsPattern("<th scope=\"row\" class=\"chosen\">it</th>");
  }

  @Test
  @Tag("full")
  void headsLayersAndTheCausalSwitchChangeTheGrid() throws Exception {
    int it = SampleExplanation.TEXT.tokens().indexOf("it");
    String dom =
        dom(
            PAGE,
            "document.querySelectorAll('#heads button')[4].click();"
                + "document.getElementById('causal').click();"
                + "document.querySelectorAll('#words button')["
                + it
                + "].click();");
    assertThat(dom)
        .contains("in layer 1, head 5, causal")
        .contains("it → tired: q·k")
        .contains("hidden by the causal mask, weight 0")
        .contains(said(4, it, 2, true))
        .doesNotContain(said(4, it, 2, false));
    assertThat(dom.split("class=\"numbers hidden\"", -1)).hasSize(1 + 14 * 13 / 2);

    String second =
        dom(
            ExplanationPage.page(SampleExplanation.ofTwoLayers()),
            "const layer = document.getElementById('layer'); layer.value = '1';"
                + "layer.dispatchEvent(new Event('change'));");
    assertThat(second)
        .contains("in layer 2, head 1")
        .contains(said(11, it, 2, false))
        .contains("Made by: ./attn")
        .doesNotContain("id=\"compare\"");
  }

  @Test
  @Tag("full")
  void theTransposedConventionSumsColumns() throws Exception {
    String dom = dom(PAGE, "document.getElementById('transposed').click();");
    assertThat(dom)
        .contains("Every column sums to 1.")
        .contains("key ↓ query →")
        .doesNotContain("Every row sums to 1.");
    assertThat(dom.split("<td class=\"sum\">1.000</td>", -1)).hasSize(1 + 14);
    int last = dom.lastIndexOf("<tr>", dom.indexOf("<th class=\"sum\">sum</th>"));
    assertThat(dom.indexOf("<td class=\"sum\">"))
        .as("sums stand in the last line")
        .isGreaterThan(last);
  }

  @Test
  @Tag("full")
  void theKeyboardWalksTheGridAndTheMouseReadsIt() throws Exception {
    String dom =
        dom(
            PAGE,
            "const start = document.querySelector('#grid td[tabindex=\"0\"]'); start.focus();"
                + "for (const key of ['ArrowDown', 'ArrowRight', 'ArrowRight'])"
                + " document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true}));");
    // From (1, 0) down to query 2, right to key 2.
    assertThat(dom)
        .containsPattern("id=\"pair\"[^>]*>animal → animal: q·k")
        .contains("\"animal\" (token 2) attends to");
    assertThat(dom.split("<td class=\"numbers\"[^>]*tabindex=\"0\"", -1))
        .as("one cell of the grid is reached by Tab")
        .hasSize(1 + 1);
    String pointed =
        dom(
            PAGE,
            "document.querySelector('#grid td[data-query=\"9\"][data-key=\"2\"]')"
                + ".dispatchEvent(new MouseEvent('mouseover', {bubbles: true}));");
    assertThat(pointed).containsPattern("id=\"pair\"[^>]*>" + Pattern.quote(said(0, 9, 2, false)));
  }

  @Test
  @Tag("full")
  void bothThemesHaveTheirOwnColours() throws Exception {
    String script =
        "document.getElementById('how').append(' ink ' + getComputedStyle(document.body).color);";
    assertThat(dom(PAGE, script, Chromium.LIGHT)).contains("ink rgb(27, 31, 36)");
    assertThat(dom(PAGE, script, Chromium.DARK)).contains("ink rgb(230, 237, 243)");
  }
}
