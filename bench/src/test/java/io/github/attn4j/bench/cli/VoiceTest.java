package io.github.attn4j.bench.cli;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.bench.conform.CaseFiles;
import io.github.attn4j.bench.conform.PlantedCases;
import io.github.attn4j.bench.fault.Fault;
import io.github.attn4j.bench.fault.FaultyBackend;
import io.github.attn4j.core.kernel.Backend;
import io.github.attn4j.jvm.JavaBackend;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Help.Ansi;

/** {@code --quiet}, {@code --verbose} and colours. */
class VoiceTest {
  private static final String ESCAPE = "\u001b";
  private static final List<String> SMALL =
      List.of("--kernel=java:flash", "--mask=causal", "--n=9");

  @TempDir private Path folder = Path.of("");
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int attn(Backend backend, Ansi ansi, List<String> words) {
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    CommandLine commandLine = AttnCommand.commandLine(() -> new Backends(List.of(backend)));
    commandLine.setColorScheme(Help.defaultColorScheme(ansi));
    commandLine.setOut(new PrintWriter(out, true));
    commandLine.setErr(new PrintWriter(err, true));
    return commandLine.execute(words.toArray(String[]::new));
  }

  private int attn(List<String> words) {
    return attn(new JavaBackend(), Ansi.OFF, words);
  }

  private static List<String> words(Object... words) {
    List<String> all = new ArrayList<>();
    for (Object word : words) {
      if (word instanceof List<?> list) {
        list.forEach(one -> all.add(one.toString()));
      } else {
        all.add(word.toString());
      }
    }
    return all;
  }

  @Test
  void quietlyACheckSaysItsSummaryAlone() {
    for (List<String> line :
        List.of(
            words("verify", "-q", SMALL),
            words("-q", "verify", SMALL),
            words("verify", SMALL, "--quiet"))) {
      assertThat(attn(line)).isEqualTo(ExitCode.OK);
      assertThat(out.toString().lines())
          .singleElement()
          .asString()
          .containsPattern("^\\d+ cases, \\d+ checks in .* s, none failed; ");
      assertThat(err.toString()).isEmpty();
    }
    assertThat(attn(words("verify", SMALL))).isEqualTo(ExitCode.OK);
    assertThat(out.toString()).contains("visible pairs:", "| java:flash ");
  }

  @Test
  void quietlyAFailureIsStillSaid() {
    int code =
        attn(
            new FaultyBackend(new JavaBackend(), Fault.WRONG_ELEMENT, 0),
            Ansi.OFF,
            words("verify", "-q", SMALL));
    assertThat(code).isEqualTo(ExitCode.CHECK_FAILED);
    assertThat(out.toString())
        .contains("INCORRECT: java:flash on ", " failed; ")
        .doesNotContain("| java:flash", "visible pairs", "none failed");
    assertThat(attn(words("-q", "verify", "--kernel=nayve"))).isEqualTo(ExitCode.USAGE);
    assertThat(err.toString()).startsWith("attn: no kernel 'nayve'");
  }

  @Test
  void quietConformanceKeepsFailuresAndCounts() {
    CaseFiles.writeGenerated(folder, 7, 2);
    PlantedCases.expectingAnother(folder);
    assertThat(attn(words("conform", "-q", folder))).isEqualTo(ExitCode.CHECK_FAILED);
    assertThat(out.toString())
        .contains("INCORRECT: expects_another", "java:flash: 2 of 3 passed")
        .doesNotContain("+--", "a cell:");
  }

  @Test
  void quietAndVerboseTogetherAreAUsageError() {
    for (List<String> line :
        List.of(words("-q", "-v", "verify", SMALL), words("-q", "verify", SMALL, "-v"))) {
      assertThat(attn(line)).isEqualTo(ExitCode.USAGE);
      assertThat(err.toString()).contains("--quiet and --verbose", "leave one of them out");
      assertThat(out.toString()).isEmpty();
    }
  }

  @Test
  void verboselyACommandSaysWhatItRunsOnAndWith() {
    assertThat(attn(words("verify", SMALL))).isEqualTo(ExitCode.OK);
    int usual = (int) out.toString().lines().count();
    assertThat(err.toString()).isEmpty();
    assertThat(attn(words("verify", "-v", SMALL))).isEqualTo(ExitCode.OK);
    assertThat(out.toString().lines()).hasSize(usual); // details are no results
    assertThat(err.toString())
        .contains("attn4j ", " on Java ", "device java:0: ", "java:flash on ", " runs with ")
        .containsPattern("attn: exit code 0 after \\d+\\.\\d s");
  }

  @Test
  void verboselyAnErrorSaysWhereItComesFrom() {
    assertThat(attn(words("verify", "--kernel=nayve"))).isEqualTo(ExitCode.USAGE);
    assertThat(err.toString()).doesNotContain("\tat ");
    assertThat(attn(words("verify", "--kernel=nayve", "-v"))).isEqualTo(ExitCode.USAGE);
    assertThat(err.toString()).contains("attn: no kernel 'nayve'", "\tat io.github.attn4j");
  }

  @Test
  void whatFailedIsColouredWhereThereAreColours() throws IOException {
    FaultyBackend wrong = new FaultyBackend(new JavaBackend(), Fault.WRONG_ELEMENT, 0);
    Path json = folder.resolve("v.json");
    List<String> line = words("verify", SMALL, "--json=" + json);
    assertThat(attn(wrong, Ansi.ON, line)).isEqualTo(ExitCode.CHECK_FAILED);
    assertThat(out.toString())
        .contains(Ansi.ON.string("@|bold,red INCORRECT|@") + ": java:flash on ");
    String coloured = out.toString();
    assertThat(Files.readString(json)).doesNotContain(ESCAPE);
    assertThat(attn(wrong, Ansi.OFF, line)).isEqualTo(ExitCode.CHECK_FAILED);
    assertThat(out.toString()).doesNotContain(ESCAPE).contains("INCORRECT: java:flash on ");
    // Tables stand in line: no escape is counted as a letter.
    assertThat(coloured.lines().filter(row -> row.startsWith("|")).toList())
        .isNotEmpty()
        .noneMatch(row -> row.contains(ESCAPE));
    assertThat(attn(new JavaBackend(), Ansi.ON, words("verify", SMALL))).isEqualTo(ExitCode.OK);
    assertThat(out.toString()).contains(Ansi.ON.string("@|green none failed|@"));
    attn(new JavaBackend(), Ansi.ON, words("verify", "--kernel=nayve"));
    assertThat(err.toString()).startsWith(Ansi.ON.string("@|bold,red attn:|@") + " no kernel");
  }

  /** A terminal of its own, which the command script makes; what it shows is what it prints. */
  @Tag("full")
  @EnabledOnOs(OS.LINUX)
  @ParameterizedTest
  @CsvSource({
    "'', --kernel=nayve, true",
    "NO_COLOR=1, --kernel=nayve, false",
    "CLICOLOR=0, --grid=nayve, false",
    "TO_A_FILE=1, --kernel=nayve, false",
    "TO_A_FILE=1, --grid=nayve, false",
  })
  void onATerminalErrorsAreColouredUnlessTheUserSaysNo(
      String variable, String word, boolean coloured) throws Exception {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    boolean toFile = variable.startsWith("TO_A_FILE");
    String line =
        "env -u NO_COLOR -u CLICOLOR -u CLICOLOR_FORCE %s '%s' -XX:TieredStopAtLevel=1 --enable-native-access=ALL-UNNAMED --add-modules=jdk.incubator.vector -cp '%s' %s verify %s%s"
            .formatted(
                variable,
                java,
                System.getProperty("java.class.path"),
                AttnCommand.class.getName(),
                word,
                toFile ? " 2> '" + folder.resolve("err.txt") + "'" : "");
    Process process =
        new ProcessBuilder("script", "-qec", line, "/dev/null")
            .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
            .redirectErrorStream(true)
            .start();
    String shown = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    String errors = toFile ? Files.readString(folder.resolve("err.txt")) : shown;
    assertThat(errors).contains("nayve");
    if (coloured) {
      assertThat(errors).contains(ESCAPE);
    } else {
      assertThat(errors).doesNotContain(ESCAPE);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"verify", "bench", "tune", "fuzz", "conform", "model", "masks", "devices"})
  void everyCommandTakesBothOptions(String name) {
    CommandLine command = requireNonNull(AttnCommand.commandLine().getSubcommands().get(name));
    assertThat(command.getCommandSpec().optionsMap())
        .containsKeys("-q", "--quiet", "-v", "--verbose");
  }
}
