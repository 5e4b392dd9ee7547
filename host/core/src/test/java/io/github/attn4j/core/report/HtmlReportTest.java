package io.github.attn4j.core.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.testing.Chromium;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

class HtmlReportTest {
  private static final String HOSTILE = "</script><script>document.title='broken'</script><!-- <b>";

  @TempDir private Path folder = Path.of("");

  @Test
  void thePageLoadsNothingFromElsewhere() {
    String page = HtmlReport.page(SampleReports.bench(HOSTILE));
    assertThat(page)
        .doesNotContain("<script src")
        .doesNotContain("<link")
        .doesNotContain("@import");
    assertThat(page)
        .doesNotContain("/*DATA*/")
        .doesNotContain("/*ECHARTS*/")
        .doesNotContain("/*SCRIPT*/");
  }

  @Test
  void dataCannotLeaveItsScript() {
    String page = HtmlReport.page(SampleReports.bench(HOSTILE));
    assertThat(page).doesNotContain(HOSTILE);
    assertThat(page.split("</script>", -1)).hasSize(4); // the three scripts of the template
  }

  @Test
  @Tag("full")
  void aBrowserDrawsEveryChartAndShowsFailures() throws Exception {
    String dom = domOf(SampleReports.bench(HOSTILE));
    assertThat(dom).contains("data-ready=\"true\"");
    assertThat(charts(dom)).isEqualTo(4 + 2);
    assertThat(dom)
        .contains("Failed: opencl:naive")
        .contains("The machine was noisy")
        .contains("<li>the FMA ceiling of opencl:0 drifted by 12.0 %</li>")
        .contains("Build failed: opencl:flash on opencl:0, normal")
        .contains("16 of 4,096")
        .contains("Ran on opencl:0 Abacus o; java:0 Abacus j.")
        .contains("skipped, predicted 14 s");
    assertThat(dom).contains("<title>attn4j: cost of attention over context</title>");
  }

  @Test
  @Tag("full")
  void ratiosToPeersAreDrawnWithTheirSpread() throws Exception {
    String dom = domOf(SamplePeers.of(HOSTILE, true));
    assertThat(dom).contains("data-ready=\"true\"");
    assertThat(charts(dom)).isEqualTo(1);
    assertThat(dom)
        .contains("<title>attn4j: beside other projects' attention</title>")
        .contains("failed: opencl:flash beside onnxruntime, normal, B1 H8 S1024 D64 full")
        .contains("<td>3.60 to 4.40</td>")
        .contains("skipped, predicted 14 s")
        .contains("beads | moved by hand");
    // Both percentiles of each of the three measured rows, joined by a line.
    String chart = dom.substring(dom.indexOf("id=\"plots\""), dom.indexOf("ratios-title"));
    assertThat(chart).contains(">normal, B1 H8 S512 D64 full</text>");
    assertThat(dom.substring(dom.indexOf("<body>"), dom.indexOf("<script>")))
        .doesNotContain("NaN")
        .doesNotContain("undefined");
    String empty = domOf(SamplePeers.unmeasured());
    assertThat(empty)
        .contains("data-ready=\"true\"")
        .contains("The run was interrupted")
        .contains("No pair was measured")
        .doesNotContain("id=\"means\"");
    assertThat(charts(empty)).isZero();
  }

  @Test
  @Tag("full")
  void aVerificationIsDrawnWithItsHistogram() throws Exception {
    String dom = domOf(HtmlReport.page(SampleReports.verify(HOSTILE)));
    assertThat(dom).contains("data-ready=\"true\"");
    assertThat(charts(dom)).isEqualTo(1); // nothing has an LSE here
    assertThat(dom)
        .contains("<title>attn4j: against the float64 reference</title>")
        .contains("incorrect: a:x on device, two (B1, normal)")
        .contains("other bits: a:x on device, p (B1), plain spec, launched again and again")
        .contains("no, 3 of 20, by 1.0e-06");
    assertThat(dom.substring(dom.indexOf("<body>"), dom.indexOf("<script>")))
        .doesNotContain("NaN")
        .doesNotContain("undefined");
  }

  @Test
  @Tag("full")
  void aReportWithoutAnyMeasurementStillOpens() throws Exception {
    BenchReport full = SampleReports.bench("none");
    BenchReport empty =
        new BenchReport(
            BenchReport.SCHEMA_VERSION,
            full.environment(),
            full.ceilings(),
            full.flopConvention(),
            full.kernels(),
            full.cells().stream().filter(cell -> cell.measurement() == null).toList(),
            List.of(),
            List.of(),
            full.noise(),
            false);
    assertThat(domOf(empty)).contains("data-ready=\"true\"").contains("The run was interrupted");
  }

  @Test
  @Tag("full")
  void modesHaveATableOfTokensAndBandwidth() throws Exception {
    assertThat(domOf(SampleReports.bench(""))).doesNotContain("id=\"serving\"");
    assertThat(domOf(SampleReports.inMode("decode")))
        .contains("id=\"serving\"")
        .contains("<td class=\"text\">decode</td>")
        .contains("<td>1,000</td><td>12.5</td><td>30.0 % L2</td><td>90.0 %</td>");
  }

  @Test
  @Tag("full")
  void aLargeReportIsGroupedByInputAndFamily() throws Exception {
    BenchReport report = SampleSweep.of(8, 8, List.of("normal", "model"), true);
    String dom = domOf(report);
    // Two inputs of two families, the models' shapes side by side, and a roofline of each device.
    assertThat(charts(dom)).isEqualTo(4 * 4 + 4 + 2);
    assertThat(dom)
        .contains("<h2>normal inputs: B1 H8 D64 full</h2>")
        .contains("<h2>normal inputs: B1 H8 D64 causal</h2>")
        .contains("<h2>Q, K, V of a real model: B1 H8 D64 causal</h2>")
        .contains("<h2>normal inputs: one context each</h2>")
        .contains("<h2>Roofline of java:0, Java on 2 cores</h2>")
        .contains("1.987 ± 0.031")
        .contains("visited tiles")
        .contains("N = 4,096: +63.1 %")
        .contains("from N = 612 on opencl:flash_query_lanes beats")
        .contains("llama-3-8b prefill: B1 H32/8 S8192 D128 causal")
        .contains("The machine was steady.")
        .contains("8 cells of 272 did not settle")
        .contains("± 5.5 %, not settled")
        .contains(", with uncommitted changes")
        .contains("2100 MHz");
    Families families = new Families(report.cells());
    for (BenchCell cell : report.cells()) {
      assertThat(cell.model().isEmpty() ? dom : families.of(cell)).contains(families.of(cell));
    }
  }

  @Test
  @Tag("full")
  void whatMasksGainIsDrawnAgainstItsIdeal() throws Exception {
    String dom = domOf(SampleSparsity.of("model", true));
    assertThat(dom).contains("data-ready=\"true\"");
    // Speed-up, its share, mass, error; the masks side by side, but for memory, which is 0 here; a
    // roofline of each device.
    assertThat(charts(dom)).isEqualTo(4 + 3 + 2);
    assertThat(dom)
        .contains("<h2>What masks gain, Q, K, V of a real model: B1 H8 D64, N = 8,192</h2>")
        .contains("ideal speed-up: 1 / density of 64x64 blocks")
        .contains(">mass kept, mean</text>")
        .contains("<td>12.30 ms</td>")
        .contains("<td>33.8 KiB</td>")
        .contains("<td>3 of 504</td>")
        .contains("<td>1.98x</td>")
        .doesNotContain("says little about a model.</figcaption>");
    String axes = dom.substring(dom.indexOf("<h2>What masks gain"), dom.indexOf("<h2>Q, K, V"));
    assertThat(axes).contains(">8,192</text>").contains(">100 %</text>");
    assertThat(dom.substring(dom.indexOf("<body>"), dom.indexOf("<script>")))
        .doesNotContain("NaN")
        .doesNotContain("undefined")
        .doesNotContain(">null");
  }

  @Test
  @Tag("full")
  void withoutQualityAndForGeneratedInputsThePageSaysSo() throws Exception {
    String plain = domOf(SampleSparsity.of("normal", false));
    assertThat(charts(plain)).isEqualTo(2 + 3 + 2);
    assertThat(plain).doesNotContain(">mass kept, mean</text>");
    assertThat(domOf(SampleSparsity.of("normal", true)))
        .contains(">mass kept, mean</text>")
        .contains("says little about a model.</figcaption>");
    // A sweep without masks has no such section and no such table.
    assertThat(domOf(SampleReports.bench("")))
        .doesNotContain("<h2>What masks gain")
        .doesNotContain("id=\"masks\"");
  }

  @Test
  @Tag("full")
  void pointingAtAMaskedCellShowsWhatItGains() throws Exception {
    String dom =
        domOf(
            Chromium.with(
                HtmlReport.page(SampleSparsity.of("model", true)),
                "echarts.getInstanceByDom(document.querySelector('.chart'))"
                    + ".dispatchAction({type: 'showTip', seriesIndex: 0, dataIndex: 0});"));
    assertThat(dom)
        .contains("% of the pairs, 50.4 % of 64x64 blocks</td>")
        .contains("ideal 1.98x: ")
        .contains("<td>3, left out</td>");
  }

  @Test
  @Tag("full")
  void oneKernelOnOneContextStandsBesideItsLimits() throws Exception {
    String dom = domOf(SampleSweep.of(1, 1, List.of("normal"), false));
    assertThat(dom).contains("data-ready=\"true\"").contains("one context each");
    assertThat(charts(dom)).isEqualTo(4 + 1);
  }

  @Test
  @Tag("full")
  void figuresThatAreMissingLeaveTheirPlacesEmpty() throws Exception {
    JsonMapper mapper = new JsonMapper();
    ObjectNode tree = (ObjectNode) mapper.readTree(JsonReport.text(SampleReports.bench("")));
    for (JsonNode cell : tree.get("cells")) {
      if (cell.get("measurement") instanceof ObjectNode measurement) {
        measurement
            .putNull("coldKernelNanos")
            .putNull("shareOfBandwidth")
            .put("bandwidthLevel", "")
            .put("halfWidthPercent", "Infinity");
      }
    }
    for (JsonNode ceiling : tree.get("ceilings")) {
      ((ObjectNode) ceiling).putArray("bandwidth");
    }
    ((ObjectNode) tree.get("growth").get(0)).putNull("exponent").putNull("halfWidth");
    Path file = folder.resolve("report.json");
    Files.writeString(file, tree.toString());
    String dom = domOf(JsonReport.readBench(file));
    assertThat(dom)
        .contains("data-ready=\"true\"")
        .contains("too few points")
        .contains("± ∞ %")
        .contains("the bandwidth was not measured");
    assertThat(dom.substring(dom.indexOf("<body>"), dom.indexOf("<script>")))
        .doesNotContain("NaN")
        .doesNotContain("undefined")
        .doesNotContain(">null");
    assertThat(charts(dom)).isEqualTo(6);
  }

  @Test
  @Tag("full")
  void wrongScratchAndRatesAboveACeilingAreShownAsErrors() throws Exception {
    JsonMapper mapper = new JsonMapper();
    ObjectNode tree = (ObjectNode) mapper.readTree(JsonReport.text(SampleReports.bench("")));
    ObjectNode measurement = (ObjectNode) tree.at("/cells/0/measurement");
    measurement.put("scratchBytes", 524_292).put("shareOfFmaCeiling", 1.2);
    Path file = folder.resolve("report.json");
    Files.writeString(file, tree.toString());
    assertThat(domOf(JsonReport.readBench(file)))
        .contains("<td class=\"bad\">524,288 B, not 524,292 B</td>")
        .contains("is 524,292 bytes, but its formula says 524,288.</p>")
        .contains("<td class=\"bad\">120.0 %</td>")
        .contains("is above 105 % of a ceiling");
  }

  @Test
  @Tag("full")
  void chartsTakeTheColoursOfTheScreenAndOfPaper() throws Exception {
    String page = HtmlReport.page(SampleReports.bench(""));
    String lightInk = "fill=\"#1b1f24\"";
    String darkInk = "fill=\"#e6edf3\"";
    assertThat(domOf(page, Chromium.LIGHT)).contains(lightInk).doesNotContain(darkInk);
    assertThat(domOf(page, Chromium.DARK)).contains(darkInk).doesNotContain(lightInk);
    String printing = Chromium.with(page, "dispatchEvent(new Event('beforeprint'));");
    String dom = domOf(printing, Chromium.DARK);
    assertThat(dom).contains(lightInk).doesNotContain(darkInk);
    assertThat(dom.split("<svg width=\"320\"", -1)).hasSize(1 + 4);
    assertThat(dom.split("<svg width=\"660\"", -1)).hasSize(1 + 2);
  }

  @Test
  @Tag("full")
  void thePageIsPrintedOnSeveralSheets() throws Exception {
    Path pdf = folder.resolve("report.pdf");
    new Chromium(folder)
        .print(HtmlReport.page(SampleSweep.of(2, 3, List.of("normal"), true)), pdf, Chromium.DARK);
    String text = Files.readString(pdf, StandardCharsets.ISO_8859_1);
    assertThat(text).startsWith("%PDF-");
    assertThat(text.split("/Type /Page\\b", -1)).hasSizeGreaterThan(3);
  }

  @Test
  @Tag("full")
  void pointingShowsWhatWasMeasuredAndNamesStayText() throws Exception {
    BenchReport plain = SampleReports.bench("");
    String hostile = JsonReport.text(plain).replace("opencl:naive", "opencl:<b>");
    Path file = folder.resolve("report.json");
    Files.writeString(file, hostile);
    String page = HtmlReport.page(JsonReport.readBench(file));
    String dom =
        domOf(
            Chromium.with(
                page,
                "echarts.getInstanceByDom(document.querySelector('.chart'))"
                    + ".dispatchAction({type: 'showTip', seriesIndex: 0, dataIndex: 1});"));
    assertThat(dom)
        .contains("<strong>opencl:&lt;b&gt;</strong>")
        .contains("<td>7.20 ms to 8.80 ms</td>")
        .contains("<td>8.00 ms, ± 1.4 %</td>")
        .contains("<td>9.60 ms</td>")
        .contains("<td>50 in 1 fork</td>")
        .contains("<td>125.0 GFLOP/s, 50.0 % of FMA</td>")
        .contains("<td>25.0 % of 500.0 GFLOP/s (FMA)</td>")
        .doesNotContain("opencl:<b>");
  }

  @Test
  @Tag("full")
  void buttonsHideKernelsAndCopyTheCommand() throws Exception {
    String page = HtmlReport.page(SampleReports.bench(""));
    String naive = "fill=\"#0072b2\"";
    String released = "<button type=\"button\" aria-pressed=\"false\">";
    assertThat(domOf(page)).contains(naive).doesNotContain(released);
    String dom =
        domOf(
            Chromium.with(
                page,
                "for (const one of document.querySelectorAll('.legend button'))"
                    + " if (one.textContent === 'opencl:naive') one.click();"
                    + "document.getElementById('copy').click();"));
    assertThat(dom).doesNotContain(naive).contains(released);
    assertThat(dom).containsPattern("id=\"copied\" role=\"status\">(Copied|Selected)");
  }

  /** The library's own text holds the attribute's name, but not with its value. */
  private static int charts(String dom) {
    return dom.split("baseProfile=\"full\"", -1).length - 1;
  }

  private String domOf(Report report, String... options) throws IOException, InterruptedException {
    return domOf(HtmlReport.page(report), options);
  }

  private String domOf(String page, String... options) throws IOException, InterruptedException {
    return new Chromium(folder).dom(page, options);
  }
}
