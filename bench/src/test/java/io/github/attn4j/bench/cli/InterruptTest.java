package io.github.attn4j.bench.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.bench.fault.Fault;
import io.github.attn4j.core.kernel.BackendException;
import io.github.attn4j.core.report.BenchCell;
import io.github.attn4j.core.report.BenchReport;
import io.github.attn4j.core.report.JsonReport;
import io.github.attn4j.opencl.Oclgrind;
import io.github.attn4j.opencl.SanitizedRun;
import io.github.attn4j.testing.Required;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * Ctrl-C at every stage: what was found before is kept, the exit code is 130, and no temporary file
 * and no process of its own is left.
 */
@Tag("full")
@EnabledOnOs(OS.LINUX)
class InterruptTest {
  private static final int INTERRUPTED = 130;

  @TempDir private Path folder;

  @Test
  void atTheStartNothingIsLeft() throws Exception {
    Path json = folder.resolve("verify.json");
    try (ChildJvm child = ChildJvm.attn(folder, "verify", "--json=" + json)) {
      ChildJvm.sleep(300); // the JVM starts, and devices are looked for
      child.interruptAll();
      assertThat(child.exitCode()).isEqualTo(INTERRUPTED);
      assertThat(json).doesNotExist();
      child.requireNothingLeft();
    }
  }

  @Test
  void whileKernelsAreCheckedWhatWasFoundIsReported() throws Exception {
    Path json = folder.resolve("verify.json");
    Path junit = folder.resolve("verify.xml");
    try (ChildJvm child =
        ChildJvm.faulty(
            folder,
            Fault.NEVER_ENDS.name(), // not even a kernel that never ends keeps it from ending
            "5",
            "verify",
            "--watchdog=0",
            "--json=" + json,
            "--junit=" + junit)) {
      child.awaitWord(Fault.NEVER_ENDS.message());
      child.interruptAll();
      assertThat(child.exitCode()).as(child.err()).isEqualTo(INTERRUPTED);
      assertThat(child.out())
          .containsPattern("java:flash +\\| +4 +\\| +4 +\\|")
          .contains("cut short; what was found before is kept: 4 cases");
      assertThat(Files.readString(json).split("\"status\" : \"passed\"", -1)).hasSize(5);
      assertThat(Files.readString(junit)).contains("tests=\"4\" failures=\"0\" errors=\"0\"");
      child.requireNothingLeft();
    }
  }

  @Test
  void whileCasesOfAStandardRunWhatWasFoundIsReported() throws Exception {
    Path json = folder.resolve("conform.json");
    Path junit = folder.resolve("conform.xml");
    try (ChildJvm child =
        ChildJvm.faulty(
            folder,
            Fault.NEVER_ENDS.name(),
            "5",
            "conform",
            "--generate",
            "--seed=7",
            "--watchdog=0",
            "--json=" + json,
            "--junit=" + junit)) {
      child.awaitWord(Fault.NEVER_ENDS.message());
      child.interruptAll();
      assertThat(child.exitCode()).as(child.err()).isEqualTo(INTERRUPTED);
      assertThat(child.out())
          .contains("java:flash: 4 of 4 passed", "oracle: 5 of 5 passed")
          .contains("cut short; what was found before is kept: ");
      assertThat(Files.readString(json).split("\"status\" : \"PASSED\"", -1)).hasSize(10);
      assertThat(Files.readString(junit))
          .contains("<testsuite name=\"java:flash\" tests=\"4\" failures=\"0\" errors=\"0\"");
      child.requireNothingLeft();
    }
  }

  @Test
  void whileRandomCasesRunWhatWasFoundIsReported() throws Exception {
    Path output = folder.resolve("fuzz");
    try (ChildJvm child =
        ChildJvm.faulty(
            folder,
            Fault.NEVER_ENDS.name(),
            "7",
            "fuzz",
            "--seconds=600",
            "--seed=3",
            "--watchdog=0",
            "--output=" + output)) {
      child.awaitWord(Fault.NEVER_ENDS.message());
      child.interruptAll();
      assertThat(child.exitCode()).as(child.err()).isEqualTo(INTERRUPTED);
      assertThat(child.out())
          .containsPattern("java:flash +\\| +\\d+ +\\| +3 +\\| +0 +\\|")
          .contains("interrupted; what was found is kept");
      assertThat(Files.readString(output.resolve("report.json")))
          .contains("\"complete\" : false", "\"right\" : 3");
      child.requireNothingLeft();
    }
  }

  @Test
  void whileTheReportOfRandomCasesIsWrittenItIsWrittenToItsEnd() throws Exception {
    Path output = Files.createDirectories(folder.resolve("fuzz"));
    Path pipe = output.resolve("report.json"); // keeps the writer waiting for a reader
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    try (ChildJvm child =
        ChildJvm.attn(
            folder,
            "fuzz",
            "--kernel=java:flash",
            "--seconds=600",
            "--cases=3",
            "--output=" + output)) {
      assertThat(read(pipe)).contains("\"cases\" : 0"); // whether it can be written
      child.awaitWord("3 cases from number 0"); // the last line before
      child.interruptAll();
      ChildJvm.sleep(300);
      assertThat(read(pipe)).contains("\"complete\" : true", "\"cases\" : 3").endsWith("}");
      assertThat(child.exitCode()).as(child.err()).isEqualTo(INTERRUPTED);
      assertThat(child.out()).contains("report: " + pipe);
      child.requireNothingLeft();
    }
  }

  /** What a writer writes, or nothing where none comes. */
  private static String read(Path pipe) throws Exception {
    Process reader = new ProcessBuilder("timeout", "120", "cat", pipe.toString()).start();
    return new String(reader.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
  }

  @Test
  void whileASweepMeasuresItsCellsSoFarAreReported() throws Exception {
    interruptSweep(true);
  }

  @Test
  void whereTheSweepAloneIsInterruptedItTakesItsMeasuringProcessAlong() throws Exception {
    interruptSweep(false);
  }

  private void interruptSweep(boolean asATerminal) throws Exception {
    try (ChildJvm child =
        ChildJvm.attn(
            folder,
            "bench",
            "--input=normal",
            "--n=64,96",
            "--kernel=java:flash",
            "--forks=1",
            "--output=" + folder.resolve("report"))) {
      child.awaitForks(2); // the first cell is done
      if (asATerminal) {
        child.interruptAll();
      } else {
        child.interruptAlone();
      }
      assertThat(child.exitCode()).as(child.err()).isEqualTo(INTERRUPTED);
      assertThat(child.out()).contains("cut short; what was measured is kept: ");
      BenchReport report = JsonReport.readBench(folder.resolve("report/report.json"));
      assertThat(report.complete()).isFalse();
      assertThat(report.cells())
          .extracting(BenchCell::status)
          .containsExactly(BenchCell.Status.MEASURED);
      child.requireNothingLeft();
    }
  }

  @Test
  void beforeAnyCellIsMeasuredAnEarlierReportStays() throws Exception {
    Path report = Files.createDirectories(folder.resolve("report")).resolve("report.json");
    Files.writeString(report, "of yesterday");
    try (ChildJvm child =
        ChildJvm.attn(
            folder,
            "bench",
            "--input=normal",
            "--n=64",
            "--kernel=java:flash",
            "--output=" + folder.resolve("report"))) {
      child.awaitForks(1);
      child.interruptAll();
      assertThat(child.exitCode()).as(child.err()).isEqualTo(INTERRUPTED);
      assertThat(report).hasContent("of yesterday");
      child.requireNothingLeft();
    }
  }

  @Test
  void whileKernelsAreTunedTheTableIsShownAndTheDatabaseIsWhole() throws Exception {
    Path database = folder.resolve("tuning.json");
    try (ChildJvm child =
        ChildJvm.faulty(
            folder,
            Fault.NEVER_ENDS.name(),
            "30",
            "tune",
            "--input=normal",
            "--n=64",
            "--tuning-file=" + database)) {
      child.awaitWord(Fault.NEVER_ENDS.message());
      child.interruptAll();
      assertThat(child.exitCode()).as(child.err()).isEqualTo(INTERRUPTED);
      assertThat(child.out())
          .contains("cut short; what is in the table is kept, and the next run goes on")
          .contains("kept in " + database);
      assertThat(database).doesNotExist(); // no winner was found yet
      child.requireNothingLeft();
    }
  }

  @Test
  void whereASanitizerAloneIsInterruptedItsRowsAreKeptAndTheDeviceThatItStartedEndsToo()
      throws Exception {
    requireOclgrind();
    try (ChildJvm child =
        ChildJvm.attn(
            folder, "sanitize", "--grid=tiny", "--kernel=opencl:online_softmax,opencl:flash")) {
      child.awaitWord("1 of 2: opencl:online_softmax f32: clean, "); // while the other one runs
      child.awaitProcesses(1, SanitizedRun.class.getName());
      child.interruptAlone();
      requireFirstRowKept(child, "opencl:online_softmax", "opencl:flash f32");
    }
  }

  /** The process of Oclgrind is interrupted, too, which is no finding of its kernel's. */
  @Test
  void whereATerminalInterruptsTheWholeSanitizationItsRowsAreKeptAndNobodyIsBlamed()
      throws Exception {
    requireOclgrind();
    try (ChildJvm child =
        ChildJvm.attn(
            folder, "sanitize", "--full", "--jobs=1", "--kernel=support/fma_ceiling.cl")) {
      child.awaitWord("1 of 2: support/fma_ceiling.cl: clean, ");
      child.awaitProcesses(1, SanitizedRun.class.getName());
      child.interruptAll();
      requireFirstRowKept(child, "support/fma_ceiling.cl", "support/fma_ceiling.cl as on gpu");
    }
  }

  private static void requireOclgrind() {
    try {
      Oclgrind.find();
    } catch (BackendException.Unavailable e) {
      Required.abort("oclgrind", String.valueOf(e.getMessage()));
    }
  }

  private static void requireFirstRowKept(ChildJvm child, String first, String second)
      throws Exception {
    assertThat(child.exitCode()).as(child.err()).isEqualTo(INTERRUPTED);
    assertThat(child.out())
        .containsPattern(Pattern.quote(first) + " +\\|.* \\d+ +\\|") // of the table
        .contains("not ended: " + second + System.lineSeparator())
        .containsPattern(
            "cut short; what was found before is kept: 1 of \\d runs: 1 clean, none failed; \\d+"
                + " cases right, 0 findings, ")
        .doesNotContain("NOT CLEAN");
    child.requireNothingLeft();
  }

  /** The tenth run is in the second context: see {@link NeverEndingKernelTest}. */
  @Test
  void whileAModelIsTimedItsCountsAndTimesSoFarAreKept() throws Exception {
    Path json = folder.resolve("model.json");
    try (ChildJvm child =
        ChildJvm.faulty(
            folder,
            Fault.NEVER_ENDS.name(),
            "10",
            "model",
            "--d-model=128",
            "--heads=4",
            "--layers=2",
            "--context=64,128",
            "--seconds=0.001",
            "--json=" + json)) {
      child.awaitWord(Fault.NEVER_ENDS.message());
      child.interruptAll();
      assertThat(child.exitCode()).as(child.err()).isEqualTo(INTERRUPTED);
      assertThat(child.out())
          .contains("Time of one layer on java:0")
          .contains("cut short; what was found before is kept");
      assertThat(json).exists();
      child.requireNothingLeft();
    }
  }

  @Test
  void whileTheReportIsWrittenItIsWrittenToItsEnd() throws Exception {
    Path pipe = folder.resolve("verify.json"); // keeps the writer waiting for a reader
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    try (ChildJvm child =
        ChildJvm.attn(
            folder, "verify", "--kernel=java:flash", "--mask=causal", "--n=32", "--json=" + pipe)) {
      child.awaitWord("programs given to the compiler"); // the last line before
      child.interruptAll();
      ChildJvm.sleep(300);
      List<String> lines = Files.readAllLines(pipe);
      assertThat(child.exitCode()).as(child.err()).isEqualTo(INTERRUPTED);
      assertThat(lines).contains("{", "}").anyMatch(line -> line.contains("\"passed\""));
      child.requireNothingLeft();
    }
  }
}
