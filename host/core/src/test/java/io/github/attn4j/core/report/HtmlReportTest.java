package io.github.attn4j.core.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
    assertThat(dom.split("baseProfile=\"full\"", -1)).hasSize(1 + 4 + 2);
    assertThat(dom)
        .contains("Failed: opencl:naive")
        .contains("Build failed: opencl:flash on opencl:0, normal")
        .contains("16 of 4,096")
        .contains("Ran on opencl:0 Abacus o; java:0 Abacus j.")
        .contains("skipped, predicted 14 s");
    assertThat(dom).contains("<title>attn4j: cost of attention over context</title>");
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

  private String domOf(BenchReport report) throws IOException, InterruptedException {
    Path page = folder.resolve("report.html");
    HtmlReport.write(page, report);
    Path dom = folder.resolve("dom.html");
    Process browser =
        new ProcessBuilder(
                browser(),
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--user-data-dir=" + folder.resolve("profile"),
                "--virtual-time-budget=5000",
                "--dump-dom",
                page.toUri().toString())
            .redirectOutput(dom.toFile())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    assertThat(browser.waitFor(60, TimeUnit.SECONDS)).as("the browser ended").isTrue();
    return Files.readString(dom, StandardCharsets.UTF_8);
  }

  private static String browser() {
    for (String directory : System.getenv("PATH").split(File.pathSeparator, -1)) {
      for (String name : new String[] {"chromium", "chromium-browser", "google-chrome"}) {
        Path candidate = Path.of(directory, name);
        if (Files.isExecutable(candidate)) {
          return candidate.toString();
        }
      }
    }
    return Assumptions.abort("no chromium on PATH: apt-get install chromium");
  }
}
