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
        .contains("| `a:x` | nothing | 1 | no, 3 of 20, by 1.0e-06 | yes, 6 sequences |")
        .contains("| `a:x` | deterministic | 1 | yes, 20 runs | no, 2 of 6, by 2.0e-07 |");
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
  void onlyWhoTookADeterministicSpecCanBreakItsWord() {
    List<KernelRepeats> rows = SampleReports.verify("").repeats();
    assertThat(rows.get(0).brokeItsWord()).isFalse(); // asked for nothing
    assertThat(rows.get(1).brokeItsWord()).isTrue();
    assertThat(RepeatSummary.of(rows)).hasSize(2);
    KernelRepeats refused =
        new KernelRepeats("a:y", "d", "p", "B1", true, 0, 0, 0, 0, 0, 0, "takes none");
    assertThat(refused.brokeItsWord()).isFalse();
    assertThat(RepeatSummary.of(List.of(refused)))
        .containsExactly(new RepeatSummary("a:y", true, 0, "-", "-"));
  }
}
