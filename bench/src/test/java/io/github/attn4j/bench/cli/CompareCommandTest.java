package io.github.attn4j.bench.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.bench.ab.FakeVersion;
import io.github.attn4j.core.report.BenchCell;
import io.github.attn4j.core.report.JsonReport;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class CompareCommandTest {
  @TempDir private Path folder = Path.of("");
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private String file(String name, BenchCell... cells) {
    Path file = folder.resolve(name);
    JsonReport.write(file, FakeVersion.report(cells));
    return file.toString();
  }

  private int compare(String... arguments) {
    CommandLine commandLine = AttnCommand.commandLine();
    commandLine.setOut(new PrintWriter(out, true));
    commandLine.setErr(new PrintWriter(err, true));
    String[] words = new String[arguments.length + 1];
    words[0] = "compare";
    System.arraycopy(arguments, 0, words, 1, arguments.length);
    return commandLine.execute(words);
  }

  @Test
  void severalReportsAreHeldAgainstTheFirst() throws Exception {
    String a = file("a.json", FakeVersion.cell("opencl:a", 2e6));
    String b = file("b.json", FakeVersion.cell("opencl:a", 2.4e6));
    String c = file("c.json", FakeVersion.cell("opencl:a", 2e6), FakeVersion.cell("opencl:b", 1e6));
    Path markdown = folder.resolve("compare.md");
    assertThat(compare(a, b, c, "--markdown=" + markdown)).as(err.toString()).isZero();
    assertThat(out.toString())
        .containsSubsequence("slower ", b, "unchanged ", c)
        .contains("only in " + c + ": opencl:b on ")
        .contains("Passed: 1 slower, 1 unchanged");
    assertThat(Files.readString(markdown)).contains("| verdict | against | kernel |");
    assertThat(compare(a, b, c, "--fail-if-slower=5%")).isEqualTo(ExitCode.CHECK_FAILED);
    assertThat(compare(a, b, c, "--fail-if-slower", "25 %")).isZero();
  }

  @Test
  void lostCorrectnessFailsWithoutAGate() {
    String a = file("a.json", FakeVersion.cell("opencl:a", 2e6));
    String b =
        file(
            "b.json",
            FakeVersion.cell("opencl:a", "abacus", BenchCell.Status.FAILED, "INCORRECT", null));
    assertThat(compare(a, b)).isEqualTo(ExitCode.CHECK_FAILED);
    assertThat(out.toString()).contains("broken ", "INCORRECT", "Failed: 1 broken");
  }

  @Test
  void otherDevicesAreExitCodeThreeUnlessAskedFor() {
    String a = file("a.json", FakeVersion.cell("opencl:a", 2e6));
    String b =
        file(
            "b.json",
            FakeVersion.cell(
                "opencl:a",
                "another",
                BenchCell.Status.MEASURED,
                "",
                FakeVersion.cell("opencl:a", 2e6).measurement()));
    assertThat(compare(a, b)).isEqualTo(ExitCode.NOTHING_TO_DO);
    assertThat(err.toString())
        .contains("not comparable: opencl device (CPU) of " + a + ": abacus", "--across-devices");
    assertThat(compare(a, b, "--across-devices")).isZero();
    assertThat(out.toString()).contains("note: opencl device (CPU)");
  }

  @Test
  void nothingInCommonIsNothingToDo() {
    String a = file("a.json", FakeVersion.cell("opencl:a", 2e6));
    String b = file("b.json", FakeVersion.cell("opencl:b", 2e6));
    assertThat(compare(a, b)).isEqualTo(ExitCode.NOTHING_TO_DO);
    assertThat(out.toString()).contains("Nothing to compare: no cell is in both");
  }

  @Test
  void oneReportAloneOrNoneAtAllIsAnError() {
    String a = file("a.json", FakeVersion.cell("opencl:a", 2e6));
    assertThat(compare(a)).isEqualTo(ExitCode.USAGE);
    assertThat(compare(a, folder.resolve("none.json").toString())).isEqualTo(ExitCode.FILE);
    assertThat(err.toString()).contains("none.json");
  }
}
