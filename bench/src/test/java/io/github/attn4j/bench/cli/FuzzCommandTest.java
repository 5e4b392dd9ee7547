package io.github.attn4j.bench.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.bench.fault.DelegatingBackend;
import io.github.attn4j.bench.fault.Fault;
import io.github.attn4j.bench.fault.FaultyBackend;
import io.github.attn4j.core.fuzz.CaseFile;
import io.github.attn4j.core.fuzz.FuzzCase;
import io.github.attn4j.core.kernel.Backend;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.Session;
import io.github.attn4j.core.kernel.Tunings;
import io.github.attn4j.jvm.JavaBackend;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/** {@code fuzz} and {@code replay} on the JVM's kernel, right and wrong. */
class FuzzCommandTest {
  @TempDir private Path folder = Path.of("");
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int attn(Backend backend, String... arguments) {
    CommandLine commandLine = AttnCommand.commandLine(() -> new Backends(List.of(backend)));
    commandLine.setOut(new PrintWriter(out, true));
    commandLine.setErr(new PrintWriter(err, true));
    return commandLine.execute(arguments);
  }

  private int fuzz(Backend backend, int cases) {
    return attn(
        backend, "fuzz", "--seconds=120", "--seed=3", "--cases=" + cases, "--output=" + folder);
  }

  private List<Path> failures() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.getFileName().toString().startsWith("failure")).toList();
    }
  }

  /** JUnit warns of each that it meets. */
  @AfterEach
  void removeLinks() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path link : files.filter(Files::isSymbolicLink).toList()) {
        Files.delete(link);
      }
    }
  }

  @Test
  void aRightKernelFailsNowhere() throws IOException {
    assertThat(fuzz(new JavaBackend(), 40)).isZero();
    assertThat(out.toString())
        .containsPattern("40 cases from number 0 in .* a second; 0 programs .*; 0 failures")
        .contains("java:flash: largest error in case");
    assertThat(Files.readString(folder.resolve("report.json")))
        .contains("\"complete\" : true", "\"cases\" : 40", "\"failures\" : [ ]", "\"seed\" : 3");
    assertThat(failures()).isEmpty();
  }

  @Test
  void theSameSeedFindsTheSameLargestError() {
    fuzz(new JavaBackend(), 25);
    String first = largest();
    out.getBuffer().setLength(0);
    fuzz(new JavaBackend(), 25);
    assertThat(largest()).isEqualTo(first);
  }

  private String largest() {
    Matcher line = Pattern.compile("java:flash: largest error in .*").matcher(out.toString());
    assertThat(line.find()).isTrue();
    return line.group();
  }

  @Test
  void aWrongKernelIsFoundMadeSmallKeptAndReplayed() throws IOException {
    Backend wrong = new FaultyBackend(new JavaBackend(), Fault.NAN_ELEMENT, 0);
    assertThat(fuzz(wrong, 20)).isOne();
    List<Path> files = failures();
    assertThat(files).hasSize(5);
    assertThat(out.toString())
        .contains("WRONG_RESULT: java:flash on")
        .contains("java:flash: wrong 5 times, and left out from then on")
        .contains("./attn replay " + folder);
    FuzzCase small = CaseFile.read(files.getFirst());
    assertThat(small.kernel()).isEqualTo("java:flash");
    assertThat(small.found()).startsWith("WRONG_RESULT: ");
    assertThat(
            List.of(small.shape().batch(), small.shape().queryLength(), small.shape().kvLength()))
        .containsOnly(1);
    assertThat(attn(wrong, "replay", files.getFirst().toString())).isOne();
    assertThat(attn(new JavaBackend(), "replay", files.getFirst().toString())).isZero();
    assertThat(out.toString()).contains("right, error / budget");
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void findingsOnAFullDiskAreInTheTerminalAndTheRunGoesOn() throws IOException {
    Backend wrong = new FaultyBackend(new JavaBackend(), Fault.NAN_ELEMENT, 0);
    assertThat(fuzz(fillingTheDisk(wrong), 20)).isEqualTo(8);
    List<String> lines = out.toString().lines().toList();
    assertThat(out.toString())
        .contains("java:flash: wrong 5 times, and left out from then on")
        .contains("put this line into that file, and run ./attn replay " + folder);
    assertThat(lines).filteredOn(line -> line.startsWith("WRONG_RESULT: java:flash")).hasSize(10);
    List<String> cases = lines.stream().filter(line -> line.startsWith("{")).toList();
    assertThat(cases).as("as drawn, and made small").hasSize(10);
    assertThat(err.toString())
        .contains("cannot write " + folder.resolve("failure-3-"))
        .contains("No space left")
        .contains("and so with 1 more file;");
    deleteKeptReport();
    Path again = Files.writeString(folder.resolve("again.json"), cases.getLast());
    assertThat(attn(wrong, "replay", again.toString())).isOne();
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void aReportThatMeetsAFullDiskIsKeptElsewhere() throws IOException {
    assertThat(fuzz(fillingTheDisk(new JavaBackend()), 5)).isEqualTo(8);
    assertThat(deleteKeptReport()).contains("\"complete\" : true", "\"cases\" : 5");
  }

  private String deleteKeptReport() throws IOException {
    Matcher kept =
        Pattern.compile("the report is kept as (\\S+report\\.json)").matcher(err.toString());
    assertThat(kept.find()).as(err.toString()).isTrue();
    Path file = Path.of(kept.group(1));
    String text = Files.readString(file);
    Files.delete(file);
    Files.delete(file.getParent());
    return text;
  }

  /** From now on, as far as what this run writes. */
  private void fillTheDisk() {
    Path full = Path.of("/dev/full");
    try {
      Files.delete(folder.resolve("report.json"));
      Files.createSymbolicLink(folder.resolve("report.json"), full);
      for (int number = 0; number < 20; number++) {
        Files.createSymbolicLink(
            folder.resolve("failure-3-%d-java-flash.json".formatted(number)), full);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The disk is full before a session is opened, which is after the first look at the disk. */
  private Backend fillingTheDisk(Backend real) {
    return new DelegatingBackend(real) {
      @Override
      public Session open(DeviceInfo device, Tunings tunings) {
        fillTheDisk();
        return super.open(device, tunings);
      }
    };
  }

  @ParameterizedTest
  @CsvSource({
    "UNSUPPORTED, 3",
    "BUILD_FAILS, 6",
    "LAUNCH_FAILS, 1",
    "DOWNLOAD_FAILS, 1",
    "SCRATCH_DOES_NOT_FIT, 5",
    "LOST_AT_RUN, 4",
    "LOST_AT_STAGE, 4"
  })
  void aFaultHasItsCode(Fault fault, int code) throws IOException {
    assertThat(fuzz(new FaultyBackend(new JavaBackend(), fault, 0), 6)).isEqualTo(code);
    assertThat(Files.readString(folder.resolve("report.json"))).contains(fault.message());
  }

  @Test
  void whatWasFoundBeforeALossIsReported() throws IOException {
    assertThat(fuzz(new FaultyBackend(new JavaBackend(), Fault.LOST_AT_RUN, 9), 40)).isEqualTo(4);
    assertThat(out.toString())
        .contains("DEVICE LOST, case")
        .contains("interrupted; what was found");
    assertThat(Files.readString(folder.resolve("report.json")))
        .contains("\"complete\" : false")
        .contains("\"right\" : 4", "\"checks\" : 4");
    assertThat(err.toString()).contains("attn: the device was lost in case");
  }

  @ParameterizedTest
  @CsvSource({"--seconds=0", "--seconds=NaN", "--cases=0", "--from=-1"})
  void aLimitThatMakesNoSenseIsRefused(String option) {
    assertThat(attn(new JavaBackend(), "fuzz", "--output=" + folder, option)).isEqualTo(2);
    assertThat(err.toString()).contains("seconds are above 0");
  }

  @Test
  void aFolderThatCannotBeWrittenIsFoundBeforeAnythingRuns() throws IOException {
    Path file = Files.createFile(folder.resolve("file"));
    assertThat(attn(new JavaBackend(), "fuzz", "--seconds=600", "--output=" + file)).isEqualTo(8);
    assertThat(err.toString()).contains("cannot write " + file);
  }

  @Test
  void aBrokenCaseIsNamedByFileAndField() throws IOException {
    Path broken = folder.resolve("broken.json");
    Files.writeString(broken, "{\"schemaVersion\" : 1, \"kernel\" : 3");
    assertThat(attn(new JavaBackend(), "replay", broken.toString())).isEqualTo(8);
    assertThat(err.toString()).contains(broken + ": is no JSON");
    assertThat(attn(new JavaBackend(), "replay", folder.resolve("none").toString())).isEqualTo(8);
    assertThat(attn(new JavaBackend(), "replay")).isEqualTo(2);
  }
}
