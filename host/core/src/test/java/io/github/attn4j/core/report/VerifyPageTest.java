package io.github.attn4j.core.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What people read of a verification; HtmlReportTest has a browser draw the page. */
class VerifyPageTest {
  @TempDir private Path folder = Path.of("");

  @Test
  void theDocumentSaysWhatFailedAndHoldsTheHistogram() throws Exception {
    Path file = folder.resolve("verify.md");
    VerifyMarkdown.write(file, SampleReports.verify("line | 3"));
    assertThat(Files.readString(file))
        .contains("**INCORRECT: `a:x` on device, two (B1)**")
        .contains("| `a:x` | f16 | 0.500 | 0.900 | 0.900 | <= 0.500 | <= 3.25 | 3.25 |")
        .contains("<= 0.5       12,000 ########################################\n")
        .contains("<= 4          300 #\n")
        .contains("exactly 0: 5; cancelled: 6; not finite: 7; undecided: 8")
        .contains("| `a:x` | in runs | 1 | no, 3 of 20, by 1.0e-06 | yes, 6 sequences |")
        .contains("| `a:x` | in runs and in batches | 1 | yes, 20 runs | no, 2 of 6, by 2.0e-07 |")
        .contains("**OTHER BITS: `a:x` on device, p (B1), plain spec, launched again and again**")
        .contains("**BUILD FAILED: `a:x` on device, q (B1), plain spec")
        .doesNotContain("takes none");
  }

  @Test
  void thePageNeedsNothingElseAndItsDataCannotLeaveItsScript() {
    String hostile = "</script><script>document.title='broken'</script><!-- <b>";
    String page = HtmlReport.page(SampleReports.verify(hostile));
    assertThat(page).doesNotContain(hostile).doesNotContain("<script src").doesNotContain("<link");
    assertThat(page.split("</script>", -1)).hasSize(4);
    assertThat(page).doesNotContain("/*DATA*/").contains("\"cases\" : 3");
  }

  @Test
  void equalBitsInRunsArePromisedAlwaysInBatchesByWhoTakesDeterministicSpecs() {
    assertThat(measured(false, 0, 6).brokeItsWord()).isFalse();
    assertThat(measured(false, 1, 0).brokeItsWord()).isTrue();
    assertThat(measured(true, 0, 1).brokeItsWord()).isTrue();
    assertThat(measured(true, 0, 0).brokeItsWord()).isFalse();
    assertThat(measured(false, 1, 2).detail())
        .isEqualTo("1 of 20 runs on the same inputs differ from the first, by 1.0e-06 at most");
    assertThat(measured(true, 1, 2).detail())
        .startsWith("1 of 20 runs")
        .contains("; 2 of 6 sequences in a batch differ from the same ones alone, by 2.0e-07");
  }

  private static KernelRepeats measured(boolean deterministic, int runs, int sequences) {
    return KernelRepeats.measured(
        "a:x", "device", "p", "B1", deterministic, 20, runs, 1e-6, 6, sequences, 2e-7);
  }

  @Test
  void whatDidNotRunIsNoBrokenWordButAFailureUnlessItIsUnsupported() {
    KernelRepeats refused =
        KernelRepeats.notMeasured("a:y", "d", "p", "B1", true, "unsupported", "takes none");
    assertThat(refused.brokeItsWord()).isFalse();
    assertThat(refused.failed()).isFalse();
    assertThat(RepeatSummary.of(List.of(refused)))
        .containsExactly(new RepeatSummary("a:y", true, 0, "-", "-"));
    KernelRepeats hung =
        KernelRepeats.notMeasured("a:y", "d", "p", "B1", true, "NEVER ENDED", "it took too long");
    assertThat(hung.brokeItsWord()).isFalse();
    assertThat(hung.failed()).isTrue();
    assertThat(RepeatSummary.of(SampleReports.verify("").repeats())).hasSize(2);
  }

  @Test
  void junitHasAnotherSuiteForTheBits() throws Exception {
    Path file = folder.resolve("verify.xml");
    JunitXml.write(file, SampleReports.verify(""));
    assertThat(Files.readString(file))
        .contains(
            "<testsuite name=\"a:x, same bits\" tests=\"4\" failures=\"2\" errors=\"1\" skipped=\"1\"")
        .contains("<failure message=\"OTHER BITS\">3 of 20 runs on the same inputs")
        .contains("<error message=\"BUILD FAILED\">line 7")
        .contains("<skipped message=\"takes none\"");
  }
}
