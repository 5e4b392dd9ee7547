package io.github.attn4j.bench.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.bench.conform.CaseFiles;
import io.github.attn4j.core.input.NpyFile;
import io.github.attn4j.core.report.JsonReport;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** Files that cannot be written or read: exit code 8, with the file and the way out. */
class FileFaultTest {
  @TempDir private Path folder;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int attn(String... arguments) {
    CommandLine commandLine = AttnCommand.commandLine();
    commandLine.setOut(new PrintWriter(out, true));
    commandLine.setErr(new PrintWriter(err, true));
    return commandLine.execute(arguments);
  }

  private String own(float[] values) {
    Path tensor = folder.resolve("tensor.npy");
    NpyFile.write(tensor, List.of(2, 3, 4), values);
    return "--input=" + tensor + "," + tensor + "," + tensor;
  }

  /** Permissions do not stop a superuser; a file where a folder should be stops everybody. */
  private Path impossible() throws IOException {
    return Files.writeString(folder.resolve("file"), "in the way").resolve("below");
  }

  @ParameterizedTest
  @ValueSource(strings = {"--json", "--junit", "--save-output"})
  void aFileThatCannotBeWrittenEndsAVerificationBeforeItBegins(String option) throws IOException {
    Path file = impossible().resolve("x");
    assertThat(attn("verify", "--kernel=java:flash", own(new float[24]), option + "=" + file))
        .isEqualTo(8);
    assertThat(err.toString())
        .contains("cannot write " + file)
        .contains("choose a file in a folder that can be written");
    assertThat(out.toString()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"--output=%s, --forks=1", "--csv=%s/x.csv, --output", "--markdown=%s/x, --output"})
  void aFolderThatCannotBeWrittenEndsASweepBeforeItBegins(String option, String other)
      throws IOException {
    String place = impossible().toString();
    assertThat(
            attn(
                "bench",
                "--input=normal",
                "--n=64",
                "--kernel=java:flash",
                option.formatted(place),
                other.equals("--output") ? other + "=" + folder.resolve("report") : other))
        .isEqualTo(8);
    assertThat(err.toString()).contains("cannot write " + place);
    assertThat(out.toString()).isEmpty();
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void aVerificationWhoseFileMeetsAFullDiskIsStillInTheTerminal() {
    assertThat(attn("verify", "--kernel=java:flash", own(new float[24]), "--json=/dev/full"))
        .isEqualTo(8);
    assertThat(out.toString()).contains("1 cases, 1 checks");
    assertThat(err.toString()).contains("cannot write /dev/full").contains("No space left");
  }

  @ParameterizedTest
  @ValueSource(strings = {"json", "junit", "html", "markdown", "save-output"})
  @EnabledOnOs(OS.LINUX)
  void theOtherFormsOfAVerificationAreWrittenWhateverBecomesOfOne(String full) {
    List<String> arguments = new ArrayList<>(List.of("verify", "--kernel=java:flash"));
    arguments.add(own(new float[24]));
    List<Path> others = new ArrayList<>();
    for (String form : List.of("json", "junit", "html", "markdown", "save-output")) {
      Path file = form.equals(full) ? Path.of("/dev/full") : folder.resolve(form);
      arguments.add("--" + form + "=" + file);
      if (!form.equals(full)) {
        others.add(file);
      }
    }
    assertThat(attn(arguments.toArray(String[]::new))).isEqualTo(8);
    assertThat(err.toString()).contains("attn: cannot write /dev/full").contains("No space left");
    assertThat(others).allSatisfy(file -> assertThat(file).isNotEmptyFile());
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void everyFileThatMeetsAFullDiskIsNamed() throws IOException {
    Path json = Files.createSymbolicLink(folder.resolve("x.json"), Path.of("/dev/full"));
    Path junit = Files.createSymbolicLink(folder.resolve("x.xml"), Path.of("/dev/full"));
    assertThat(
            attn(
                "verify",
                "--kernel=java:flash",
                own(new float[24]),
                "--json=" + json,
                "--junit=" + junit))
        .isEqualTo(8);
    assertThat(err.toString()).contains("cannot write " + json).contains("; cannot write " + junit);
  }

  @ParameterizedTest
  @CsvSource({"json, junit", "junit, json"})
  @EnabledOnOs(OS.LINUX)
  void theOtherFormOfAConformanceRunIsWrittenWhateverBecomesOfOne(String full, String other) {
    CaseFiles.writeGenerated(folder.resolve("cases"), 7, 2);
    assertThat(
            attn(
                "conform",
                "--kernel=java:flash",
                "--" + full + "=/dev/full",
                "--" + other + "=" + folder.resolve("other"),
                folder.resolve("cases").toString()))
        .isEqualTo(8);
    assertThat(out.toString()).contains("java:flash: 2 of 2 passed");
    assertThat(err.toString()).contains("attn: cannot write /dev/full").contains("No space left");
    assertThat(folder.resolve("other")).content().contains("java:flash");
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void aSweepWhoseReportMeetsAFullDiskIsKeptElsewhere() throws IOException {
    Path report = Files.createDirectories(folder.resolve("report"));
    Files.createSymbolicLink(report.resolve("report.json"), Path.of("/dev/full"));
    assertThat(
            attn(
                "bench",
                "--input=normal",
                "--n=64",
                "--kernel=java:flash",
                "--cell-limit=0.01",
                "--output=" + report))
        .isEqualTo(8);
    Matcher kept =
        Pattern.compile("the report is kept as (\\S+report\\.json),").matcher(err.toString());
    assertThat(err.toString()).contains("cannot write " + report).contains("No space left");
    assertThat(kept.find()).as(err.toString()).isTrue();
    assertThat(report.resolve("report.html")).isNotEmptyFile();
    assertThat(report.resolve("jmh.json")).isNotEmptyFile();
    Path file = Path.of(kept.group(1));
    try {
      assertThat(JsonReport.readBench(file).cells()).hasSize(1);
      assertThat(attn("report", "--json=" + file)).isZero();
    } finally {
      Files.delete(file);
      Files.delete(file.getParent());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"decode", "peers-torch"})
  void aReportThatWasCutShortIsRefusedWhereItEnds(String name) throws IOException {
    String text = stored("-" + name + ".json");
    String half = text.substring(0, text.length() / 2);
    Path file = Files.writeString(folder.resolve("report.json"), half);
    assertThat(attn("report", "--json=" + file)).isEqualTo(8);
    assertThat(err.toString())
        .contains("cannot read " + file)
        .contains("(line " + half.split("\n", -1).length + ", column ")
        .contains("have it written anew: ./attn bench --output FOLDER");
  }

  /** A report that the repository holds. */
  private static String stored(String ending) throws IOException {
    Path results = Path.of(System.getProperty("basedir", ".")).resolve("../docs/results");
    try (Stream<Path> files = Files.list(results)) {
      return Files.readString(
          files
              .filter(file -> file.getFileName().toString().endsWith(ending))
              .sorted()
              .findFirst()
              .orElseThrow());
    }
  }

  @Test
  void aTensorThatWasCutShortIsRefusedByName() throws IOException {
    String input = own(new float[24]);
    Path tensor = folder.resolve("tensor.npy");
    byte[] whole = Files.readAllBytes(tensor);
    Files.write(tensor, Arrays.copyOf(whole, whole.length - 7));
    assertThat(attn("verify", "--kernel=java:flash", input)).isEqualTo(8);
    assertThat(err.toString()).contains("tensor.npy").contains("96").contains("89");
  }

  @Test
  void aTuningFileThatWasCutShortCostsAWordAndNoRun() throws IOException {
    Path file = Files.writeString(folder.resolve("tuning.json"), "{\n  \"schemaVersion\" : 2,\n");
    assertThat(attn("verify", "--kernel=java:flash", own(new float[24]), "--tuning-file=" + file))
        .isZero();
    assertThat(err.toString())
        .contains("no tuning of " + file + " is used: it is no JSON (line 3, column ")
        .contains("run ./attn tune, which keeps a copy");
  }

  @Test
  void nanInTheInputIsNamedAndComesBackInTheRowsThatSeeIt() {
    float[] values = new float[24];
    values[17] = Float.NaN; // head 1, row 1, column 1
    values[22] = Float.POSITIVE_INFINITY;
    assertThat(attn("verify", "--kernel=java:flash", own(values))).isZero();
    assertThat(out.toString())
        .contains(
            "Q holds 2 of 24 values that are not finite, the first NaN at [b 0, h 1, s 1, d 1]")
        .contains("K holds 2 of 24")
        .contains("V holds 2 of 24")
        .contains("rows of O that see one are not finite either");
  }

  @Test
  void ofFiniteInputNothingIsSaid() {
    assertThat(attn("verify", "--kernel=java:flash", own(new float[24]))).isZero();
    assertThat(out.toString()).doesNotContain("not finite");
  }
}
