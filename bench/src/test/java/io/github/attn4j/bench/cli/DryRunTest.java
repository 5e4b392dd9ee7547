package io.github.attn4j.bench.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.bench.ab.FakeVersion;
import io.github.attn4j.bench.fault.DelegatingBackend;
import io.github.attn4j.bench.tune.TunableBackend;
import io.github.attn4j.core.kernel.Backend;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.Session;
import io.github.attn4j.core.kernel.Tunings;
import io.github.attn4j.core.report.BenchCell;
import io.github.attn4j.core.report.JsonReport;
import io.github.attn4j.jvm.JavaBackend;
import io.github.attn4j.opencl.OpenClBackend;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/** {@code --dry-run}: a plan and a time, and nothing runs. */
class DryRunTest {
  @TempDir private Path folder = Path.of("");
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  /** A backend whose devices nobody may open. */
  private static final class Unopened extends DelegatingBackend {
    Unopened(Backend real) {
      super(real);
    }

    @Override
    public Session open(DeviceInfo device, Tunings tunings) {
      throw new AssertionError("a dry run opened " + device.name());
    }
  }

  private int attn(Backend backend, String... words) {
    CommandLine commandLine =
        AttnCommand.commandLine(() -> new Backends(List.of(new Unopened(backend))));
    commandLine.setOut(new PrintWriter(out, true));
    commandLine.setErr(new PrintWriter(err, true));
    return commandLine.execute(words);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "verify --kernel=java:flash --mask=causal --n=9; each on every kernel: ",
        "verify; checks against the float64 reference; then each kernel",
        "verify -q --grid=full; checks against",
        "bench --input=normal --n=64..256 --output=@; 3: 3 problems on 1 kernels",
        "bench --mode=decode --kernel=java:flash --output=@; 60 s (--time-budget)",
        "bench --peer=torch --kernel=java:flash --input=normal --n=64 --output=@; in turns with each peer",
        "sparsity --n=512 --kernel=java:flash --output=@; (--cell-limit)",
        "fuzz --seconds=300 --output=@; 5 min 00 s (--seconds)",
        "fuzz --seconds=20 --cases=7 --output=@; at most 20 s",
        "conform --generate; not known before",
        "model --preset=gpt3 --seconds=4; 4 s of attention",
        "model --preset=gpt3 --no-times; no time: it only counts",
      })
  void theTimeAndThePlanArePrintedAndNothingRuns(String line, String said) throws IOException {
    String[] words = line.replace("@", folder.resolve("made").toString()).split(" ", -1);
    assertThat(
            attn(
                new JavaBackend(),
                Stream.concat(Arrays.stream(words), Stream.of("--dry-run")).toArray(String[]::new)))
        .as("%s", err)
        .isEqualTo(ExitCode.OK);
    assertThat(out.toString().replaceAll("\\s+", " ")).contains(said);
    assertThat(out.toString().lines())
        .anyMatch(one -> one.startsWith("time    "))
        .allMatch(one -> one.length() <= Table.WIDEST);
    if (!line.contains("--no-times")) {
      assertThat(out.toString()).contains("device  java:0, ", "java:flash");
    }
    assertThat(err.toString()).isEmpty();
    assertThat(Files.exists(folder.resolve("made"))).isFalse();
  }

  @Test
  void anEarlierReportSaysHowLongLaunchesTake() {
    BenchCell cell = FakeVersion.cell("java:flash", 5e9);
    String device = new JavaBackend().devices().getFirst().name();
    JsonReport.write(
        folder.resolve("report.json"),
        FakeVersion.report(
            FakeVersion.cell(
                "java:flash", device, BenchCell.Status.MEASURED, "", cell.measurement())));
    for (String n : List.of("64", "64,128")) {
      assertThat(
              attn(
                  new JavaBackend(),
                  "bench",
                  "--input=normal",
                  "--heads=8",
                  "--d=64",
                  "--mask=full",
                  "--n=" + n,
                  "--output=" + folder,
                  "--dry-run"))
          .as("%s", err)
          .isEqualTo(ExitCode.OK);
    }
    // Two launches that count not, seven of two iterations' length or more, a cold one: 5 s each.
    assertThat(out.toString().replaceAll("\\s+", " "))
        .contains("which knows 1 of the 1 cells", "which knows 1 of the 2 cells")
        .containsPattern("All cells need (8\\d|9\\d|1\\d\\d) s, if launches take as long as in");
  }

  @Test
  void aSearchCountsItsClasses() {
    Path file = folder.resolve("tuning.json");
    assertThat(
            attn(
                new TunableBackend(4),
                "tune",
                "--input=normal",
                "--n=64,128,8192",
                "--d=64",
                "--tuning-file=" + file,
                "--dry-run"))
        .as("%s", err)
        .isEqualTo(ExitCode.OK);
    assertThat(out.toString())
        .containsPattern("classes [1-3] of kernels and shapes")
        .contains("at most 5 min 00 s (--time-budget)", file.getFileName().toString());
    assertThat(file).doesNotExist();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "sanitize --kernel=opencl:naive --grid=small; 1: opencl:naive",
        "sanitize --full --jobs=2; 2 at once",
      })
  void aSanitizerStartsNoProcess(String line, String said) {
    assertThat(
            attn(
                new OpenClBackend(),
                Stream.concat(Arrays.stream(line.split(" ", -1)), Stream.of("--dry-run"))
                    .toArray(String[]::new)))
        .as("%s", err)
        .isEqualTo(ExitCode.OK);
    assertThat(out.toString()).contains(said, "(--limit)");
    assertThat(out.toString().lines()).allMatch(one -> one.length() <= Table.WIDEST);
  }

  @Test
  void whatMakesNoSenseIsRefusedAsInARun() {
    assertThat(attn(new JavaBackend(), "bench", "--kernel=nayve", "--dry-run"))
        .isEqualTo(ExitCode.USAGE);
    assertThat(attn(new JavaBackend(), "fuzz", "--seconds=-1", "--dry-run"))
        .isEqualTo(ExitCode.USAGE);
  }
}
