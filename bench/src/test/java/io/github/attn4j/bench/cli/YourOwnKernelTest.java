package io.github.attn4j.bench.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.core.report.BenchReport;
import io.github.attn4j.core.report.JsonReport;
import io.github.attn4j.core.run.QuickGrid;
import io.github.attn4j.core.tuning.TuningFile;
import io.github.attn4j.core.tuning.TuningRecord;
import io.github.attn4j.opencl.KernelTemplate;
import io.github.attn4j.testing.Required;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** What becomes of a kernel that a user brings, from its files to the exit code. */
class YourOwnKernelTest {
  @TempDir private Path folder = Path.of("");
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int attn(Object... arguments) {
    CommandLine commandLine = AttnCommand.commandLine();
    commandLine.setOut(new PrintWriter(out, true));
    commandLine.setErr(new PrintWriter(err, true));
    String[] texts = new String[arguments.length];
    for (int i = 0; i < texts.length; i++) {
      texts[i] = arguments[i].toString();
    }
    int code = commandLine.execute(texts);
    if (code == ExitCode.UNAVAILABLE) {
      String said = err.toString();
      Required.abort(said.contains("Oclgrind not found") ? "oclgrind" : "opencl", said);
    }
    return code;
  }

  private String said() {
    return out + "\n" + err;
  }

  @Test
  @Tag("full")
  void theKernelOfThePagePassesVerifyAndIsInTheReportBesideTheSuites() throws IOException {
    Path file = DocumentedKernel.write(folder);
    Path json = folder.resolve("verify.json");
    Path junit = folder.resolve("verify.xml");
    int code =
        attn(
            "verify",
            "--kernel-file",
            file,
            "--kernel",
            "opencl:online_softmax",
            "--mask",
            "causal",
            "--json",
            json,
            "--junit",
            junit);
    assertThat(code).as(said()).isZero();
    assertThat(out.toString()).contains(DocumentedKernel.ID + " is " + file);
    assertThat(Files.readString(json))
        .contains("\"kernel\" : \"file:row_team\"", "\"kernel\" : \"opencl:online_softmax\"");
    assertThat(Files.readString(junit)).contains("file:row_team");
  }

  /** The whole quick grid, which the oracle answers once for both. */
  @Test
  @Tag("exhaustive")
  void theKernelOfThePageAndTheTemplatePassTheWholeGrid() {
    Path page = DocumentedKernel.write(folder);
    KernelTemplate template = new KernelTemplate("my_variant");
    template.write(folder);
    Path written = template.sourceFile(folder);
    assertThat(attn("verify", "--kernel-file", page, "--kernel-file", written)).as(said()).isZero();
    int all = QuickGrid.cases(1).size();
    assertThat(out.toString())
        .containsPattern("file:row_team +\\| +%d \\| +\\d+ \\| +0 \\| +\\d+ \\| +0 ".formatted(all))
        .containsPattern(
            "file:my_variant +\\| +%d \\| +%d \\| +0 \\| +0 \\| +0 ".formatted(all, all))
        .contains("file:row_team: its descriptor does not list additive in supports.masks");
  }

  @Test
  @Tag("full")
  void aBugFailsWithTheWorstElementNamed() {
    Path file =
        DocumentedKernel.writeReplacing(
            folder, "p + params.window_right + 1", "p + params.window_right");
    assertThat(attn("verify", "--kernel-file", file, "--mask", "causal", "--repeat-runs", "off"))
        .as(said())
        .isEqualTo(ExitCode.CHECK_FAILED);
    assertThat(out.toString())
        .containsPattern(
            "INCORRECT: file:row_team on .* elements wrong; worst: [OLSE]+\\[b 0, h \\d+, q \\d+")
        .contains("a wrong result is your kernel's");
  }

  @Test
  @Tag("full")
  void aFailingBuildPrintsItsLogOnceWithTheLinesOfTheFile() {
    Path file =
        DocumentedKernel.writeReplacing(folder, "float sum = 0.0f;", "float sum = undeclared;");
    int code = attn("verify", "--kernel-file", file, "--mask", "causal", "--repeat-runs", "3");
    assertThat(code).as(said()).isEqualTo(ExitCode.BUILD_FAILED);
    String place = file + ":" + DocumentedKernel.lineOf(file, "undeclared");
    assertThat(out.toString()).contains(place).contains("CL_BUILD_PROGRAM_FAILURE");
    assertThat(out.toString().split(Pattern.quote(place), -1)).hasSize(2);
    assertThat(out.toString())
        .contains("file:row_team does not build in 6 more cases, with the same log")
        .contains("--kernel-file prints the whole");
  }

  @Test
  @Tag("full")
  void aFailingBuildIsTheTunersExitCodeToo() {
    Path file =
        DocumentedKernel.writeReplacing(folder, "float sum = 0.0f;", "float sum = undeclared;");
    assertThat(attn(small("tune", file, "--tuning-file", folder.resolve("tuning.json"))))
        .as(said())
        .isEqualTo(ExitCode.BUILD_FAILED);
    assertThat(out.toString())
        .contains("row_team.cl:" + DocumentedKernel.lineOf(file, "undeclared") + ":");
  }

  @Test
  @Tag("exhaustive")
  void aFailingBuildIsTheBenchmarksExitCodeToo() {
    Path file =
        DocumentedKernel.writeReplacing(folder, "float sum = 0.0f;", "float sum = undeclared;");
    assertThat(attn(small("bench", file, "--output", folder.resolve("report"))))
        .as(said())
        .isEqualTo(ExitCode.BUILD_FAILED);
    assertThat(out.toString())
        .contains("row_team.cl:" + DocumentedKernel.lineOf(file, "undeclared") + ":");
  }

  /** A command on the file and one small problem. */
  private static Object[] small(String command, Path file, Object... more) {
    List<Object> words = new ArrayList<>(List.of(command, "--kernel-file", file));
    words.addAll(List.of("--input", "normal", "--n", "64", "--heads", "1", "--d", "8"));
    words.addAll(List.of(more));
    return words.toArray();
  }

  @Test
  @Tag("full")
  void theSanitizerFindsAMissingBarrierInTheLinesOfTheFile() {
    Path file =
        DocumentedKernel.writeReplacing(folder, "  barrier(CLK_LOCAL_MEM_FENCE);", "  ; //");
    int code = attn("sanitize", "--kernel-file", file, "--grid", "small", "--tuning", "ITEMS=4");
    assertThat(code).as(said()).isEqualTo(ExitCode.CHECK_FAILED);
    int line = DocumentedKernel.lineOf(file, "m_row = fmax(");
    assertThat(out.toString())
        .contains("file:row_team: exit code 0, ")
        .containsPattern("At line %d \\(.*/row_team\\.cl".formatted(line));
  }

  @Test
  @Tag("full")
  void aFailingBuildIsTheSanitizersExitCodeToo() {
    Path file =
        DocumentedKernel.writeReplacing(folder, "float sum = 0.0f;", "float sum = undeclared;");
    int code = attn("sanitize", "--kernel-file", file, "--grid", "small");
    assertThat(code).as(said()).isEqualTo(ExitCode.BUILD_FAILED);
    assertThat(out.toString())
        .contains(file + ":" + DocumentedKernel.lineOf(file, "undeclared") + ":");
  }

  @Test
  @Tag("full")
  void theTunerSearchesTheDescriptorsValues() {
    Path file = DocumentedKernel.write(folder);
    Path records = folder.resolve("tuning.json");
    int code = attn(small("tune", file, "--tuning-file", records, "--time-budget", "3"));
    assertThat(code).as(said()).isZero();
    List<TuningRecord> found = new TuningFile(records).records(err::append);
    assertThat(found).hasSize(1);
    assertThat(found.getFirst().kernel()).isEqualTo(DocumentedKernel.ID);
    assertThat(found.getFirst().tuning()).matches("ITEMS=(4|8|16|32)");
  }

  @Test
  @Tag("exhaustive")
  void theBenchmarkMeasuresItBesideTheSuites() {
    Path file = DocumentedKernel.write(folder);
    Path report = folder.resolve("report");
    int code =
        attn(
            small(
                "bench",
                file,
                "--kernel",
                "opencl:online_softmax",
                "--forks",
                "1",
                "--tuning",
                "ITEMS=4",
                "--output",
                report));
    assertThat(code).as(said()).isZero();
    BenchReport read = (BenchReport) JsonReport.read(report.resolve("report.json"));
    assertThat(read.cells())
        .extracting(cell -> cell.kernel())
        .containsExactlyInAnyOrder(DocumentedKernel.ID, "opencl:online_softmax");
    assertThat(read.tuningsUsed().toString()).contains("file:row_team with ITEMS=4");
  }

  @Test
  @Tag("full")
  void whatNewKernelWritesPassesVerifyAsItStands() {
    assertThat(attn("new-kernel", "my_variant", "--output", folder)).as(said()).isZero();
    Path file = folder.resolve("my_variant.cl");
    assertThat(out.toString()).contains("./attn verify --kernel-file " + file);
    assertThat(attn("verify", "--kernel-file", file, "--mask", "causal", "--repeat-runs", "3"))
        .as(said())
        .isZero();
    assertThat(out.toString()).contains("file:my_variant");
  }

  @Test
  void theLinesOfNewKernelCanBePastedIntoAShell() {
    Path spaced = folder.resolve("of mine");
    assertThat(attn("new-kernel", "my_variant", "--output", spaced)).as(said()).isZero();
    assertThat(out.toString())
        .contains("  ./attn verify --kernel-file '%s/my_variant.cl'%n".formatted(spaced))
        .contains("  ./attn sanitize --grid small --kernel-file '%s/".formatted(spaced));
  }

  @Test
  void newKernelRefusesANameOfTheSuitesHeaders() {
    assertThat(attn("new-kernel", "pair_score", "--output", folder)).isEqualTo(ExitCode.USAGE);
    assertThat(err.toString()).contains("pair_score is a name of the suite's headers");
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void newKernelOverwritesNothing() throws IOException {
    Path taken = folder.resolve("my_variant.json");
    Files.writeString(taken, "mine");
    assertThat(attn("new-kernel", "my_variant", "--output", folder)).isEqualTo(ExitCode.FILE);
    assertThat(err.toString()).contains(taken + " is there already");
    assertThat(taken).hasContent("mine");
    assertThat(folder.resolve("my_variant.cl")).doesNotExist();
  }

  @Test
  void newKernelRefusesWhatNamesNoFunction() {
    assertThat(attn("new-kernel", "My-Variant", "--output", folder)).isEqualTo(ExitCode.USAGE);
    assertThat(err.toString()).contains("'My-Variant' names no kernel");
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void aDescriptorThatMakesNoSenseIsAUsageErrorAndAMissingOneAFilesError() throws IOException {
    Path file =
        DocumentedKernel.write(
            folder,
            DocumentedKernel.source(),
            DocumentedKernel.descriptor().replace("\"softCap\"", "\"softcap\""));
    assertThat(attn("verify", "--kernel-file", file)).isEqualTo(ExitCode.USAGE);
    assertThat(err.toString())
        .contains("row_team.json: supports.softcap is no field", "did you mean 'softCap'?");
    Files.delete(folder.resolve("row_team.json"));
    assertThat(attn("verify", "--kernel-file", file)).isEqualTo(ExitCode.FILE);
    assertThat(err.toString()).contains("cannot read the descriptor");
  }

  @Test
  void aDescriptorWithoutItsFileIsAUsageError() {
    assertThat(attn("verify", "--kernel-descriptor", "my.json")).isEqualTo(ExitCode.USAGE);
    assertThat(err.toString()).contains("0 of --kernel-file and 1 of --kernel-descriptor");
  }

  @Test
  void twoFilesOfOneIdAreAUsageError() {
    Path file = DocumentedKernel.write(folder);
    assertThat(attn("verify", "--kernel-file", file, "--kernel-file", file))
        .isEqualTo(ExitCode.USAGE);
    assertThat(err.toString()).contains("two of the files are file:row_team");
  }
}
