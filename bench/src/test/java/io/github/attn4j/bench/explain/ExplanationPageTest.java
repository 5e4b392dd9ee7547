package io.github.attn4j.bench.explain;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.testing.Axe;
import io.github.attn4j.testing.Chromium;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The page as a person uses it: by clicks and keys. */
class ExplanationPageTest {
  private static final String PAGE = ExplanationPage.page(SampleExplanation.EXPLANATION);
  private static final int TOKENS = 14;
  private static final int IT = SampleExplanation.TEXT.tokens().indexOf("it");
  private static final int ANIMAL = SampleExplanation.TEXT.tokens().indexOf("animal");

  /** What scripts of several tests call. */
  private static final String HANDS =
      """
      const press = key => document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true, cancelable: true}));
      const pick = (id, value) => { const select = document.getElementById(id); select.value = value; select.dispatchEvent(new Event('change')); };
      const say = text => document.getElementById('how').append(' said: ' + text + '‖');
      """;

  @TempDir private Path folder = Path.of("");

  private String dom(String page, String script, String... options) throws Exception {
    String dom = new Chromium(folder).dom(Chromium.with(page, HANDS + script), options);
    assertThat(dom).contains("data-ready=\"true\"");
    String body = dom.substring(dom.indexOf("<body>"), dom.indexOf("<script"));
    assertThat(body).doesNotContain("NaN").doesNotContain("undefined");
    return body;
  }

  private static List<String> said(String dom) {
    return Pattern.compile("said: (.*?)‖", Pattern.DOTALL)
        .matcher(dom)
        .results()
        .map(result -> result.group(1))
        .toList();
  }

  @Test
  void thePageLoadsNothingFromElsewhereAndItsDataCannotLeaveItsScript() {
    assertThat(PAGE)
        .doesNotContain("<script src")
        .doesNotContain("<link")
        .doesNotContain("@import")
        .doesNotContain("/*DATA*/")
        .doesNotContain("/*SCRIPT*/");
    assertThat(PAGE.length()).isBetween(100_000, 250_000);
    assertThat(PAGE)
        .contains(
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'\">");
    String page = hostilePage();
    assertThat(page).doesNotContain(HOSTILE);
    assertThat(page.split("</script>", -1)).hasSize(3);
  }

  private static final String HOSTILE =
      "</script><script>document.title='broken'</script><img src=x onerror=document.title='broken'><!-- <b>";

  /** Its text, tokens, word, captions, names and command line. */
  private static String hostilePage() {
    TextPatterns own = SampleExplanation.patterns();
    WordInContext word = SampleExplanation.EXPLANATION.words().getFirst();
    List<WordInContext.Place> places =
        word.places().stream().map(one -> new WordInContext.Place(HOSTILE, .5, .5, .5)).toList();
    return ExplanationPage.page(
        Explanation.of(
            HOSTILE,
            HOSTILE,
            HOSTILE,
            View.FIRST,
            List.of(
                new TextPatterns(
                    HOSTILE,
                    own.tokens().stream().map(token -> HOSTILE).toList(),
                    own.ids(),
                    1,
                    own.layers()),
                own),
            List.of(new WordInContext(HOSTILE, HOSTILE, HOSTILE, places)),
            "./attn explain " + HOSTILE));
  }

  @Test
  @Tag("full")
  void hostileTextStaysTextInABrowser() throws Exception {
    String marks =
        """
        const marks = document.documentElement.dataset;
        document.querySelectorAll('#words button')[3].click();
        document.getElementById('causal').click();
        marks.images = document.images.length;
        marks.scripts = document.scripts.length;
        marks.bold = document.querySelectorAll('b').length;
        marks.shown = document.querySelector('#words button').textContent.includes("onerror");
        """;
    String dom = new Chromium(folder).dom(Chromium.with(hostilePage(), marks));
    assertThat(dom)
        .contains("<title>attn4j: what attends to what</title>")
        .contains("data-ready=\"true\"")
        .contains("data-images=\"0\"")
        .contains("data-scripts=\"3\"")
        .contains("data-bold=\"0\"")
        .contains("data-shown=\"true\"");
  }

  @Test
  @Tag("full")
  void aNarrowScreenIsNotLeftByLongWords() throws Exception {
    TextPatterns own = SampleExplanation.patterns();
    String longest = "Donaudampfschifffahrt".repeat(20);
    TextPatterns wide =
        new TextPatterns(
            longest,
            own.tokens().stream().map(token -> longest).toList(),
            own.ids(),
            1,
            own.layers());
    WordInContext word =
        new WordInContext(
            longest, longest, longest, SampleExplanation.EXPLANATION.words().getFirst().places());
    String page =
        ExplanationPage.page(
            Explanation.of("m", "k", "d", View.FIRST, List.of(wide, own), List.of(word), longest));
    String script = "say(document.documentElement.scrollWidth <= innerWidth); say(innerWidth);";
    for (String one : List.of(page, PAGE)) {
      List<String> said = said(dom(one, script, "--window-size=500,900"));
      assertThat(said.getFirst()).as("within %s", said.getLast()).isEqualTo("true");
      assertThat(Integer.parseInt(said.getLast())).isLessThanOrEqualTo(500);
    }
  }

  /** As the command prints it: upwards. */
  @Test
  @Tag("full")
  void theBoundOfSumsIsRoundedUpwards() throws Exception {
    String page =
        PAGE.replaceFirst("\"largestRowError\" : [^,]+,", "\"largestRowError\" : 1.04E-5,");
    assertThat(dom(page, "")).contains("sums to 1 within 1.1e-5.");
    String carried =
        PAGE.replaceFirst("\"largestRowError\" : [^,]+,", "\"largestRowError\" : 9.94E-6,");
    assertThat(dom(carried, "")).contains("sums to 1 within 1.0e-5.");
  }

  @Test
  @Tag("full")
  void theGridShowsWeightsAndEveryRowsSum() throws Exception {
    String dom = dom(PAGE, "");
    assertThat(dom)
        .contains("Every row sums to 1.")
        .contains("between the two")
        .contains("Not an explanation")
        .contains("after layer 5")
        .contains("id=\"text-label\" hidden=\"\"");
    assertThat(dom.split("class=\"numbers\"", -1)).hasSize(1 + TOKENS * TOKENS);
    assertThat(dom.split("class=\"sum\"[^>]*>1\\.000</td>", -1)).hasSize(1 + TOKENS);
    // The cell of "it" and "animal" says what the data gives.
    assertThat(dom).contains(cell(0, 0, IT, ANIMAL, false));
  }

  /** A cell's description. */
  private static String cell(int layer, int head, int query, int key, boolean causal) {
    LayerPattern pattern = SampleExplanation.patterns().layers().get(layer);
    Scores scores = pattern.heads().get(head).scores(causal);
    return String.format(
        Locale.ROOT,
        "%s → %s: q·k %.3f, scaled %.3f, LSE %.3f, weight",
        SampleExplanation.TEXT.tokens().get(query),
        SampleExplanation.TEXT.tokens().get(key),
        scores.score(query, key) / pattern.scale(),
        scores.score(query, key),
        scores.lse()[query]);
  }

  /** Click by click through 6 layers x 12 heads, under each switch. */
  @Test
  @Tag("full")
  void everyRowOfEveryHeadOfEveryLayerSumsToOneOnTheScreen() throws Exception {
    String dom =
        dom(
            PAGE,
            """
            let worst = 0, rows = 0;
            const seen = new Set();
            const walkAll = () => {
              for (let head = 0; head < 72; head++) {
                document.querySelectorAll('#overview button')[head].click();
                seen.add(document.getElementById('grid-where').textContent);
                for (const cell of document.querySelectorAll('#grid td.sum')) {
                  const miss = Math.abs(Number(cell.dataset.sum) - 1);
                  if (!(miss <= worst)) worst = miss;
                  rows++;
                }
              }
            };
            walkAll();
            document.getElementById('transposed').click();
            walkAll();
            document.getElementById('causal').click();
            walkAll();
            say(rows); say(seen.size); say(worst);
            """);
    List<String> said = said(dom);
    assertThat(said.get(0)).as("rows").isEqualTo(String.valueOf(3 * 72 * TOKENS));
    assertThat(said.get(1)).as("grids").isEqualTo(String.valueOf(2 * 72));
    assertThat(Double.parseDouble(said.get(2))).isPositive().isLessThan(1e-5);
  }

  @Test
  @Tag("full")
  void layersAndHeadsArePickedBySelectAndByPicture() throws Exception {
    String dom = dom(PAGE, "pick('layer', 5); pick('head', 7);");
    assertThat(dom)
        .contains(cell(5, 7, IT, ANIMAL, false))
        .doesNotContain(cell(0, 0, IT, ANIMAL, false))
        .contains("Layer 5, head 7. ");
    assertThat(dom.split("<option value=\"5\"", -1)).as("of both lists").hasSize(1 + 2);
    String pressed =
        dom(
            PAGE,
            """
            const picked = () => say(document.getElementById('layer').value + '/' + document.getElementById('head').value);
            document.querySelectorAll('#overview button')[12 * 3 + 4].click();
            picked();
            document.querySelectorAll('#heads button')[9].click();
            picked();
            say([...document.querySelectorAll('#overview [aria-pressed=true]')].map(one => one.title));
            say(document.activeElement.textContent);
            """);
    assertThat(said(pressed)).containsExactly("3/4", "3/9", "layer 3, head 9", "head 9");
    assertThat(pressed).contains(cell(3, 9, IT, ANIMAL, false));
  }

  @Test
  @Tag("full")
  void clickingAWordShowsWhomItAttendsTo() throws Exception {
    String dom =
        dom(
            PAGE,
            "pick('layer', 2); document.querySelectorAll('#words button')[" + IT + "].click();");
    Scores scores = SampleExplanation.patterns().layers().get(2).heads().getFirst().full();
    int most =
        IntStream.range(0, TOKENS)
            .boxed()
            .max((a, b) -> Double.compare(scores.weight(IT, a), scores.weight(IT, b)))
            .orElseThrow();
    assertThat(dom)
        .contains("\"it\" (token " + IT + ") attends to, in layer 2, head 0: entropy")
        .containsPattern("sum (1\\.0000|0\\.9999)")
        .containsPattern("<th scope=\"row\" class=\"chosen\">it</th>");
    Matcher first =
        Pattern.compile("id=\"row\".*?<tbody><tr><td class=\"text\">(.*?)</td><td>(.*?)</td>")
            .matcher(dom);
    assertThat(first.find()).isTrue();
    assertThat(first.group(1)).isEqualTo(SampleExplanation.TEXT.tokens().get(most));
    assertThat(first.group(2))
        .isEqualTo(String.format(Locale.ROOT, "%.4f", scores.weight(IT, most)));
  }

  @Test
  @Tag("full")
  void theCausalSwitchShowsARunBehindTheMaskAndNoSecondSoftmax() throws Exception {
    String dom =
        dom(
            PAGE,
            "pick('layer', 4); pick('head', 4); document.getElementById('causal').click();"
                + "document.querySelectorAll('#words button')["
                + IT
                + "].click();");
    assertThat(dom)
        .contains("in layer 4, head 4, causal")
        .contains("it → tired: hidden by the causal mask, weight 0")
        .contains(cell(4, 4, IT, ANIMAL, true))
        .doesNotContain(cell(4, 4, IT, ANIMAL, false));
    assertThat(dom.split("class=\"numbers hidden\"", -1)).hasSize(1 + TOKENS * (TOKENS - 1) / 2);
    // Behind the first layer the vectors themselves are others: not one run's scores masked.
    LayerPattern last = SampleExplanation.patterns().layers().get(4);
    assertThat(last.heads().get(4).full().score(IT, ANIMAL))
        .isNotEqualTo(last.heads().get(4).causal().score(IT, ANIMAL));
  }

  @Test
  @Tag("full")
  void theTransposedConventionSumsColumns() throws Exception {
    String dom = dom(PAGE, "document.getElementById('transposed').click();");
    assertThat(dom)
        .contains("Every column sums to 1.")
        .contains("key ↓ query →")
        .doesNotContain("Every row sums to 1.");
    assertThat(dom.split("class=\"sum\"[^>]*>1\\.000</td>", -1)).hasSize(1 + TOKENS);
    int last = dom.lastIndexOf("<tr>", dom.indexOf("class=\"sum\" scope=\"row\">sum</th>"));
    assertThat(last).isPositive();
    assertThat(dom.indexOf("<td class=\"sum\""))
        .as("sums stand in the last line")
        .isGreaterThan(last);
  }

  @Test
  @Tag("full")
  void theKeyboardWalksWordsHeadsAndTheGridAndTheMouseReadsIt() throws Exception {
    String dom =
        dom(
            PAGE,
            """
            document.querySelector('#grid td[tabindex="0"]').focus();
            ['ArrowDown', 'ArrowRight', 'ArrowRight'].forEach(press);
            say([...document.querySelectorAll('#grid [tabindex="0"]')].length);
            document.querySelector('#words button[tabindex="0"]').focus();
            ['ArrowRight', 'ArrowRight', 'ArrowLeft'].forEach(press);
            say(document.activeElement.firstChild.textContent);
            document.activeElement.click();
            press('End');
            say(document.activeElement.firstChild.textContent);
            press('ArrowRight');
            say(document.activeElement.firstChild.textContent);
            document.querySelector('#overview button[tabindex="0"]').focus();
            ['ArrowDown', 'ArrowDown', 'ArrowRight'].forEach(press);
            say(document.activeElement.title);
            say([...document.querySelectorAll('#overview [tabindex="0"]')].length);
            document.activeElement.click();
            document.querySelector('#grid td[data-query="9"][data-key="2"]').dispatchEvent(new MouseEvent('mouseover', {bubbles: true}));
            """);
    // From (1, 0) down to query 2, right to key 2; then words 2, 3, 4 and back to 3.
    assertThat(said(dom)).containsExactly("1", "did", "[SEP]", "[SEP]", "layer 2, head 1", "1");
    assertThat(dom)
        .contains("\"did\" (token 3) attends to, in layer 2, head 1")
        .contains("Layer 2, head 1. ");
    assertThat(dom).containsPattern("id=\"pair\"[^>]*>" + Pattern.quote(cell(2, 1, 9, 2, false)));
  }

  @Test
  @Tag("full")
  void anotherTextIsPickedAndTheViewIsKept() throws Exception {
    TextPatterns other =
        TextPatterns.of(SampleExplanation.SHORTER, SampleExplanation.CAUSAL_SHORTER);
    String page = ExplanationPage.page(SampleExplanation.beside(other, new View(4, 11, true)));
    String dom = dom(page, "");
    assertThat(dom)
        .contains("Layer 4, head 11, causal. ")
        .contains("Made by: ./attn")
        .contains(cell(4, 11, IT, ANIMAL, true))
        .doesNotContain("id=\"compare\"")
        .doesNotContain("hidden=\"\"");
    String picked = dom(page, "pick('text', 1);");
    assertThat(picked)
        .contains("cross the street because\", read by m: 10 tokens, 6 layers.")
        .contains("Layer 4, head 11, causal. ")
        .doesNotContain(">tired<");
    assertThat(picked.split("class=\"numbers hidden\"", -1)).hasSize(1 + 10 * 9 / 2);
  }

  /** Labels, roles, names, and contrast of words, cells and all else. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {Chromium.LIGHT + " | rgb(27, 31, 36)", Chromium.DARK + " | rgb(230, 237, 243)"})
  @Tag("full")
  void axeFindsNothingToComplainOfInEitherTheme(String theme, String ink) throws Exception {
    String script =
        """
        pick('layer', 3);
        document.getElementById('causal').click();
        say(getComputedStyle(document.body).color);
        """;
    assertThat(said(dom(PAGE, Axe.script() + script + Axe.complaints("document"), theme)))
        .containsExactly(ink, "true");
  }

  @Test
  @Tag("full")
  void axeMissesALabel() throws Exception {
    String broken = PAGE.replace("<label>Layer <select", "<label></label><select");
    assertThat(said(dom(broken, Axe.script() + Axe.complaints("'#controls'"))))
        .anyMatch(one -> one.startsWith("select-name"));
  }
}
