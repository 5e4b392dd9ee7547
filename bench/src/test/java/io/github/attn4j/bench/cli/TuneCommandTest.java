package io.github.attn4j.bench.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.bench.tune.TunableBackend;
import io.github.attn4j.core.kernel.Backend;
import io.github.attn4j.core.tuning.TuningFile;
import io.github.attn4j.core.tuning.TuningRecord;
import io.github.attn4j.jvm.JavaBackend;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

@Tag("measures")
class TuneCommandTest {
  @TempDir private Path folder;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int attn(Backend backend, String... arguments) {
    CommandLine commandLine = AttnCommand.commandLine(() -> new Backends(List.of(backend)));
    commandLine.setOut(new PrintWriter(out, true));
    commandLine.setErr(new PrintWriter(err, true));
    return commandLine.execute(arguments);
  }

  private String file() {
    return "--tuning-file=" + folder.resolve("tuning.json");
  }

  private int tune(String... more) {
    String[] arguments = {
      "tune", "--input=normal", "--n=96", "--heads=4", "--time-budget=60", file()
    };
    return attn(
        TunableBackend.slow(4),
        java.util.stream.Stream.concat(
                java.util.Arrays.stream(arguments), java.util.Arrays.stream(more))
            .toArray(String[]::new));
  }

  @Test
  void whatWasFoundIsListedUsedAndForgotten() {
    // A wrong candidate is a failed check, whoever won.
    assertThat(tune()).isEqualTo(ExitCode.CHECK_FAILED);
    assertThat(out.toString())
        .contains("RUNS=1 SHORTCUT=0")
        .contains("REFUSED: java:flash with RUNS=")
        .contains("kept in " + folder.resolve("tuning.json"));
    List<TuningRecord> records = new TuningFile(folder.resolve("tuning.json")).records(line -> {});
    assertThat(records).hasSize(1);
    out.getBuffer().setLength(0);
    assertThat(attn(new TunableBackend(4), "tune", "--list", file())).isEqualTo(ExitCode.OK);
    assertThat(out.toString()).contains("D64 Dv64 Sq<=128 Skv<=256 full", "RUNS=1 SHORTCUT=0");
    assertThat(attn(new TunableBackend(4), "tune", "--forget", file())).isEqualTo(ExitCode.OK);
    assertThat(out.toString()).contains("1 record of");
    assertThat(attn(new TunableBackend(4), "tune", "--list", file()))
        .isEqualTo(ExitCode.NOTHING_TO_DO);
  }

  @Test
  void kernelsWithoutParametersLeaveNothingToDo() {
    assertThat(attn(new JavaBackend(), "tune", "--input=normal", "--n=64", file()))
        .isEqualTo(ExitCode.NOTHING_TO_DO);
    assertThat(out.toString()).contains("java:flash has no tuning parameters", "nothing to tune");
  }

  @Test
  void optionsThatContradictEachOtherAreUsageErrors() {
    assertThat(attn(new JavaBackend(), "tune", "--list", "--forget")).isEqualTo(ExitCode.USAGE);
    assertThat(attn(new JavaBackend(), "verify", "--untuned", "--tuning=shipped"))
        .isEqualTo(ExitCode.USAGE);
    assertThat(attn(new JavaBackend(), "verify", "--tuning=BLOCK_KV=64")).isEqualTo(ExitCode.USAGE);
    assertThat(attn(new TunableBackend(1), "verify", "--tuning=fast")).isEqualTo(ExitCode.USAGE);
    assertThat(err.toString())
        .contains("--list and --forget")
        .contains("--untuned and --tuning shipped say different things")
        .contains("no chosen kernel has a parameter BLOCK_KV; there are: none")
        .contains("'fast' in 'fast' is no NAME=VALUE of a tuning parameter");
  }

  @Test
  void whatOnlyASearchTakesForgetsNothing() {
    TuningFile database = new TuningFile(folder.resolve("tuning.json"));
    tune();
    for (String option :
        List.of("--d=64", "--n=512", "--again", "--dry-run", "--time-budget=9", "--seed=2")) {
      err.getBuffer().setLength(0);
      for (String instead : List.of("--forget", "--list")) {
        assertThat(attn(new TunableBackend(4), "tune", instead, option, file()))
            .as(option)
            .isEqualTo(ExitCode.USAGE);
        assertThat(err.toString())
            .contains(option.replaceFirst("=.*", "") + " says what is searched, and " + instead);
      }
    }
    assertThat(database.records(line -> {})).hasSize(1);
  }

  @Test
  void aTimeBudgetThatIsNoTimeIsAUsageError() {
    for (String seconds : List.of("0", "-1", "NaN", "Infinity", "1e10")) {
      err.getBuffer().setLength(0);
      assertThat(attn(new TunableBackend(4), "tune", "--time-budget=" + seconds, file()))
          .as(seconds)
          .isEqualTo(ExitCode.USAGE);
      assertThat(err.toString()).contains("--time-budget ");
    }
  }

  @Test
  void aTuningFileThatWouldNotCountIsRefused() {
    new TuningFile(folder.resolve("tuning.json")).write(List.of());
    for (String option :
        List.of("--untuned", "--tuning=none", "--tuning=shipped", "--tuning=RUNS=1")) {
      err.getBuffer().setLength(0);
      assertThat(attn(new TunableBackend(4), "verify", "--mask=full", option, file()))
          .as(option)
          .isEqualTo(ExitCode.USAGE);
      assertThat(err.toString()).contains("no tuning of it is used");
    }
    Path mistyped = folder.resolve("tunning.json");
    assertThat(attn(new TunableBackend(4), "verify", "--mask=full", "--tuning-file=" + mistyped))
        .isEqualTo(ExitCode.FILE);
    assertThat(err.toString()).contains(mistyped.toString(), "./attn tune --tuning-file makes it");
  }

  @Test
  void aDatabaseThatCannotBeWrittenEndsTheTunerBeforeItSearches() throws IOException {
    Path inAFile = Files.writeString(folder.resolve("file"), "").resolve("tuning.json");
    assertThat(
            attn(
                TunableBackend.slow(4),
                "tune",
                "--input=normal",
                "--n=96",
                "--verbose",
                "--tuning-file=" + inAFile))
        .isEqualTo(ExitCode.FILE);
    assertThat(err.toString()).contains("cannot write " + inAFile);
    assertThat(out.toString()).doesNotContain("RUNS=");
  }

  @Test
  void aDefaultThatDoesNotBuildHasItsOwnExitCode() {
    TunableBackend backend = new TunableBackend(4, tuning -> tuning.get("RUNS") == 4);
    assertThat(attn(backend, "tune", "--input=normal", "--n=96", "--heads=4", file()))
        .isEqualTo(ExitCode.BUILD_FAILED);
    assertThat(out.toString()).contains("the default does not run here").doesNotContain("REFUSED");
  }

  /** A wrong tuning on the command line must be what runs: verify then says that it is wrong. */
  @Test
  void aTuningOfTheUsersIsWhatRuns() {
    new TuningFile(folder.resolve("tuning.json")).write(List.of());
    String[] plain = {"verify", "--mask=full", "--n=70", "--heads=2", file()};
    assertThat(attn(new TunableBackend(1), plain)).as(err + "" + out).isEqualTo(ExitCode.OK);
    String[] wrong = {"verify", "--mask=full", "--n=70", "--heads=2", "--tuning=SHORTCUT=1"};
    assertThat(attn(new TunableBackend(1), wrong)).isEqualTo(ExitCode.CHECK_FAILED);
  }

  /** The re-check finds what is wrong before verify does, says so, and the default runs. */
  @Test
  void aStoredTuningThatIsWrongIsIgnoredWithAWord() throws IOException {
    tune("--kv-heads=2"); // as verify has it
    Path path = folder.resolve("tuning.json");
    String text = Files.readString(path);
    assertThat(text).contains("\"tuning\" : \"RUNS=1 SHORTCUT=0\"");
    Files.writeString(
        path,
        text.replace("\"tuning\" : \"RUNS=1 SHORTCUT=0\"", "\"tuning\" : \"RUNS=1 SHORTCUT=1\""));
    err.getBuffer().setLength(0);
    String[] verify = {"verify", "--mask=full", "--n=96", "--heads=4", file()};
    assertThat(attn(new TunableBackend(4), verify)).isEqualTo(ExitCode.OK);
    assertThat(err.toString())
        .contains("attn: the tuning 'RUNS=1 SHORTCUT=1' of java:flash")
        .contains(path.toString())
        .contains("it fails its check: tails (")
        .contains("./attn tune --kernel java:flash");
  }
}
