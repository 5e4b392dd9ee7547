package io.github.attn4j.bench.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.bench.fault.Fault;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.report.BenchCell;
import io.github.attn4j.core.report.BenchReport;
import io.github.attn4j.core.report.JsonReport;
import io.github.attn4j.opencl.OpenClBackend;
import io.github.attn4j.testing.Required;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A kernel that never ends: reported, what was found before saved, exit code 7. The tests wait for
 * processes that wait for a watchdog, so they do it side by side.
 */
@Execution(ExecutionMode.CONCURRENT)
@EnabledOnOs(OS.LINUX)
class NeverEndingKernelTest {
  private static final String KERNEL = "io/github/attn4j/kernels/opencl/attention/naive.cl";

  /** Many times what a launch with its check takes, in a JVM that has just begun. */
  private static final int SECONDS = 12;

  private static final String WATCHDOG = "--watchdog=" + SECONDS;

  /** What is said of a launch. */
  private static final String TOOK_LONGER =
      "it took longer than " + SECONDS + ".0 s and is taken to never end";

  @TempDir private Path folder;

  @Test
  void aLimitThatMakesNoSenseIsAUsageError() {
    StringWriter err = new StringWriter();
    CommandLine commandLine = AttnCommand.commandLine();
    commandLine.setErr(new PrintWriter(err, true));
    assertThat(commandLine.execute("verify", "--kernel=java:flash", "--watchdog=-3")).isEqualTo(2);
    assertThat(err.toString()).contains("--watchdog -3.0: choose a number of seconds above 0");
  }

  @Test
  @Tag("full")
  void verifyNamesItAndKeepsWhatItFoundBefore() throws Exception {
    Path json = folder.resolve("verify.json");
    Path junit = folder.resolve("verify.xml");
    try (ChildJvm child =
        ChildJvm.faulty(
            folder,
            Fault.NEVER_ENDS.name(),
            "3",
            "verify",
            WATCHDOG,
            "--json=" + json,
            "--junit=" + junit)) {
      assertThat(child.exitCode()).as(child.err()).isEqualTo(7);
      assertThat(child.err())
          .contains("attn: java:flash on ")
          .contains(TOOK_LONGER)
          .contains("--watchdog 120");
      assertThat(child.out())
          .containsPattern("java:flash +\\| +3 +\\| +2 +\\| +0 +\\| +0 +\\| +1 +\\|")
          .contains("NEVER ENDED: java:flash")
          .contains("cut short; what was found before is kept: 2 cases, 2 checks");
      assertThat(Files.readString(json))
          .containsSubsequence(
              "\"status\" : \"passed\"",
              "\"status\" : \"passed\"",
              "\"status\" : \"NEVER ENDED\"",
              "it took longer than " + SECONDS + " s (--watchdog) after 2 of ");
      assertThat(Files.readString(junit))
          .contains("tests=\"3\" failures=\"0\" errors=\"1\" skipped=\"0\"")
          .contains("<error message=\"NEVER ENDED\">");
      child.requireNothingLeft();
    }
  }

  /** One case, then launches for the bits: three sequences alone, the batch, of which one hangs. */
  @Test
  @Tag("exhaustive")
  void verifyNamesItAmongTheLaunchesForEqualBitsToo() throws Exception {
    Path json = folder.resolve("verify.json");
    Path junit = folder.resolve("verify.xml");
    try (ChildJvm child =
        ChildJvm.faulty(
            folder,
            Fault.NEVER_ENDS.name(),
            String.valueOf(RepeatRunsTest.CASES + 5),
            "verify",
            "--mask=causal",
            "--n=32",
            "--repeat-runs=3",
            WATCHDOG,
            "--json=" + json,
            "--junit=" + junit)) {
      assertThat(child.exitCode()).as(child.err()).isEqualTo(7);
      assertThat(child.err())
          .contains(Fault.NEVER_ENDS.message())
          .contains("attn: java:flash on ")
          .contains("launched again and again for its bits")
          .contains(TOOK_LONGER);
      assertThat(child.out())
          .contains("cut short; what was found before is kept: " + RepeatRunsTest.CASES + " cases")
          .contains("NEVER ENDED: java:flash on ")
          .contains(
              "multi-head",
              "plain spec",
              "a launch took longer than " + SECONDS + " s (--watchdog)")
          .contains("never ended: a kernel that hangs");
      assertThat(Files.readString(json))
          .containsSubsequence("\"repeats\"", "\"status\" : \"NEVER ENDED\"");
      assertThat(Files.readString(junit))
          .contains(
              "<testsuite name=\"java:flash, same bits\" tests=\"1\" failures=\"0\" errors=\"1\"")
          .contains("<error message=\"NEVER ENDED\">");
      child.requireNothingLeft();
    }
  }

  @Test
  @Tag("exhaustive")
  void conformNamesTheCaseAndKeepsWhatItFoundBefore() throws Exception {
    Path json = folder.resolve("conform.json");
    Path junit = folder.resolve("conform.xml");
    try (ChildJvm child =
        ChildJvm.faulty(
            folder,
            Fault.NEVER_ENDS.name(),
            "4",
            "conform",
            "--generate",
            "--seed=7",
            WATCHDOG,
            "--json=" + json,
            "--junit=" + junit)) {
      assertThat(child.exitCode()).as(child.err()).isEqualTo(7);
      assertThat(child.err())
          .contains("attn: java:flash on ")
          .contains(", generated_seed7_003 (")
          .contains(TOOK_LONGER);
      assertThat(child.out())
          .contains(
              "NEVER ENDED: generated_seed7_003 (java:flash): it took longer than "
                  + SECONDS
                  + ".0 s")
          .contains("java:flash: 3 of 4 passed")
          .contains("cut short; what was found before is kept: ");
      assertThat(Files.readString(json)).contains("\"status\" : \"NEVER_ENDED\"");
      assertThat(Files.readString(junit))
          .contains("<testsuite name=\"java:flash\" tests=\"4\" failures=\"0\" errors=\"1\"")
          .contains("<error message=\"NEVER ENDED\">");
      child.requireNothingLeft();
    }
  }

  @Test
  @Tag("full")
  void fuzzKeepsTheCaseAndReplayNamesItAgain() throws Exception {
    Path output = folder.resolve("fuzz");
    try (ChildJvm child =
        ChildJvm.faulty(
            folder,
            Fault.NEVER_ENDS.name(),
            "7",
            "fuzz",
            "--seconds=600",
            "--seed=3",
            WATCHDOG,
            "--output=" + output)) {
      assertThat(child.exitCode()).as(child.err()).isEqualTo(7);
      assertThat(child.err())
          .contains("attn: java:flash on ")
          .containsPattern(", case \\d+ \\(.*" + TOOK_LONGER);
      assertThat(child.out())
          .containsPattern("java:flash +\\| +\\d+ +\\| +3 +\\| +1 +\\|")
          .contains("NEVER_ENDED: java:flash on ")
          .contains("interrupted; what was found is kept");
      assertThat(Files.readString(output.resolve("report.json")))
          .contains("\"complete\" : false", "\"kind\" : \"NEVER_ENDED\"");
      child.requireNothingLeft();
    }
    Path kept;
    try (Stream<Path> files = Files.list(output)) {
      kept =
          files
              .filter(file -> file.toString().endsWith("-java-flash-never-ended.json"))
              .findFirst()
              .orElseThrow();
    }
    try (ChildJvm child =
        ChildJvm.faulty(
            folder, Fault.NEVER_ENDS.name(), "0", "replay", kept.toString(), WATCHDOG)) {
      assertThat(child.exitCode()).as(child.err()).isEqualTo(7);
      assertThat(child.err()).contains("attn: " + kept + ", java:flash on ");
      assertThat(child.out()).contains("NEVER_ENDED: " + kept + ", java:flash on ");
      child.requireNothingLeft();
    }
  }

  @Test
  @Tag("exhaustive")
  void theTunerNamesTheCandidate() throws Exception {
    try (ChildJvm child =
        ChildJvm.faulty(
            folder,
            Fault.NEVER_ENDS.name(),
            "3", // before any candidate is measured, which may take as long as the limit
            "tune",
            "--input=normal",
            "--n=64",
            "--watchdog=15", // its steps are longer: many launches, and the oracle
            "--tuning-file=" + folder.resolve("tuning.json"))) {
      assertThat(child.exitCode()).as(child.err()).isEqualTo(7);
      assertThat(child.err())
          .contains(Fault.NEVER_ENDS.message()) // and not a step that was slow
          .contains("attn: java:flash on ")
          .containsPattern("tuning B1 .*RUNS=\\d SHORTCUT=\\d: it took longer than 15.0 s");
      assertThat(child.out()).contains("cut short; what is in the table is kept");
    }
  }

  /**
   * With next to no time a launch is four runs: of the probe, of the first context, of the second
   * one, of which another hangs.
   */
  @Test
  @Tag("exhaustive")
  void modelKeepsItsCountsAndTheTimesSoFar() throws Exception {
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
            WATCHDOG,
            "--json=" + json)) {
      assertThat(child.exitCode()).as(child.err()).isEqualTo(7);
      assertThat(child.err())
          .contains(Fault.NEVER_ENDS.message())
          .containsPattern(
              "attn: java:flash on .*, attention of 1 heads over \\d+ tokens: it took");
      assertThat(child.out())
          .contains("query, a head", "Time of one layer on java:0")
          .contains("No block was run: the measuring did not come to it")
          .contains("cut short; what was found before is kept");
      JsonNode times = new JsonMapper().readTree(Files.readString(json)).get("times");
      assertThat(times.get("contexts").size()).isOne();
      assertThat(times.at("/contexts/0/context").asInt()).isEqualTo(64);
      child.requireNothingLeft();
    }
  }

  @Test
  @Tag("exhaustive")
  void aRealKernelThatNeverEndsEndsExplain() throws Exception {
    requireTheWatchdogOfTheModel(
        "in the layers of all-MiniLM-L6-v2",
        "explain",
        "It did not cross the street.",
        "--json=" + folder.resolve("explain.json"));
    assertThat(folder.resolve("explain.json")).as("nothing was explained").doesNotExist();
  }

  @Test
  @Tag("exhaustive")
  void aRealKernelThatNeverEndsEndsCross() throws Exception {
    requireTheWatchdogOfTheModel(
        "cross-attention of layer 0", "cross", "Why did it stop?", "It was too tired.");
  }

  /** Their kernel is one of the model's layers, so the limit covers those around it, too. */
  private void requireTheWatchdogOfTheModel(String what, String... command) throws Exception {
    List<String> arguments = new ArrayList<>(List.of(command));
    arguments.addAll(List.of("--kernel=opencl:naive", WATCHDOG));
    try (ChildJvm child =
        ChildJvm.start(folder, planted(), AttnCommand.class, arguments.toArray(String[]::new))) {
      assertThat(child.exitCode()).as(child.err()).isEqualTo(7);
      assertThat(child.err())
          .contains("attn: opencl:naive on ")
          .contains(what)
          .contains(TOOK_LONGER);
      assertThat(child.out()).doesNotContain("right");
      child.requireNothingLeft();
    }
  }

  /** A class path whose {@code naive} has a loop without an end, which no compiler may remove. */
  private ChildJvm.Settings planted() throws IOException {
    requireOpenCl();
    Path root = folder.resolve("planted");
    String place = "  int key = get_global_id(0);\n";
    try (InputStream stream =
        Objects.requireNonNull(getClass().getResourceAsStream("/" + KERNEL))) {
      String source = new String(stream.readAllBytes(), StandardCharsets.UTF_8);
      assertThat(source).contains(place);
      Path file = root.resolve(KERNEL);
      Files.createDirectories(file.getParent());
      Files.writeString(
          file,
          source.replace(place, "  volatile int spin = 0;\n  while (spin == 0) {\n  }\n" + place));
    }
    return new ChildJvm.Settings(List.of(root), Map.of());
  }

  private static void requireOpenCl() {
    List<DeviceInfo> devices = new Backends().backend(OpenClBackend.ID).devices();
    if (devices.isEmpty()) {
      Required.abort(OpenClBackend.ID, "no OpenCL device to run a kernel on that never ends");
    }
  }

  @Test
  @Tag("full")
  void aRealKernelThatNeverEndsEndsTheCheckOfKernels() throws Exception {
    Path json = folder.resolve("verify.json");
    try (ChildJvm child =
        ChildJvm.start(
            folder,
            planted(),
            AttnCommand.class,
            "verify",
            "--kernel=java:flash,opencl:naive",
            WATCHDOG,
            "--json=" + json)) {
      assertThat(child.exitCode()).as(child.err()).isEqualTo(7);
      assertThat(child.err()).contains("attn: opencl:naive on ");
      assertThat(Files.readString(json))
          .containsSubsequence("\"status\" : \"passed\"", "\"status\" : \"NEVER ENDED\"");
      child.requireNothingLeft();
    }
  }

  @Test
  @Tag("full")
  void aRealKernelThatNeverEndsCostsASweepItsOwnCellsOnly() throws Exception {
    try (ChildJvm child =
        ChildJvm.start(
            folder,
            planted(),
            AttnCommand.class,
            "bench",
            "--input=normal",
            "--n=64,128",
            "--kernel=opencl:naive,java:flash",
            "--forks=1",
            WATCHDOG,
            "--output=" + folder.resolve("report"))) {
      assertThat(child.exitCode()).as(child.err()).isEqualTo(7);
      BenchReport report = JsonReport.readBench(folder.resolve("report/report.json"));
      assertThat(report.complete()).isTrue();
      assertThat(report.cells())
          .filteredOn(cell -> cell.kernel().equals("opencl:naive"))
          .extracting(BenchCell::status)
          .containsExactlyInAnyOrder(BenchCell.Status.NEVER_ENDED, BenchCell.Status.SKIPPED);
      assertThat(report.cells())
          .filteredOn(cell -> cell.kernel().equals("java:flash"))
          .extracting(BenchCell::status)
          .containsExactly(BenchCell.Status.MEASURED, BenchCell.Status.MEASURED);
      assertThat(child.out())
          .contains("never ended: ")
          .contains("took longer than " + SECONDS + ".0 s (--watchdog), and its JVM was ended")
          .contains("skipped, since opencl:naive never ended on B1 ");
      child.requireNothingLeft();
    }
  }
}
