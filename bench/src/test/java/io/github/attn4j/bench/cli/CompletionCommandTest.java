package io.github.attn4j.bench.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.opencl.OpenClKernel;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/** What bash completes once it has sourced the script. */
@EnabledOnOs({OS.LINUX, OS.MAC})
class CompletionCommandTest {
  @TempDir private static Path folder = Path.of("");

  /** Prints what COMPREPLY holds; its arguments are the words as bash breaks them. */
  private static final String COMPLETED =
      """
      source "$1" || exit 9
      shift
      compopt() { :; } # bash's own refuses where nobody pressed the key
      COMP_WORDS=("$@")
      COMP_CWORD=$(( $# - 1 ))
      COMP_LINE="$*"
      specification=$(complete -p "${1##*/}") || exit 8
      function_name=${specification#*-F }
      "${function_name%% *}" "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
      printf '%s\\n' "${COMPREPLY[@]}"
      """;

  @BeforeAll
  static void writesTheScript() throws IOException {
    Files.writeString(folder.resolve("attn.bash"), script("bash"));
  }

  private static String script(String shell) {
    StringWriter out = new StringWriter();
    CommandLine commandLine = AttnCommand.commandLine();
    commandLine.setOut(new PrintWriter(out, true));
    assertThat(commandLine.execute("completion", shell)).isEqualTo(ExitCode.OK);
    return out.toString();
  }

  private static List<String> completed(String... words) throws Exception {
    String[] command = {"bash", "--norc", "-c", COMPLETED, "bash", folder + "/attn.bash"};
    Process process =
        new ProcessBuilder(Stream.concat(Arrays.stream(command), Arrays.stream(words)).toList())
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(output).isZero();
    return output.lines().filter(line -> !line.isEmpty()).toList();
  }

  @Test
  void commandsAreCompleted() throws Exception {
    assertThat(completed("attn", "ver")).containsExactly("verify");
    assertThat(completed("./attn", "ver")).containsExactly("verify");
    assertThat(completed("attn", "-q", "ver")).containsExactly("verify");
    assertThat(completed("attn", ""))
        .contains("bench", "tune", "completion")
        .doesNotContain("trial");
  }

  @Test
  void optionsAreThoseOfTheCommandAndOfAll() throws Exception {
    assertThat(completed("attn", "verify", "--gr")).containsExactly("--grid");
    assertThat(completed("attn", "verify", "--q")).containsExactly("--quiet");
    assertThat(completed("attn", "verify", "--dry")).containsExactly("--dry-run");
  }

  @Test
  void theFirstWordIsTheCommandWhateverValuesAreSpeltLike() throws Exception {
    assertThat(completed("attn", "bench", "--input", "model", "--for")).containsExactly("--forks");
    assertThat(completed("attn", "kernel-source", "--mas")).containsExactly("--mask");
  }

  @Test
  void kernelsAreCompletedAcrossTheColonAtWhichBashBreaksWords() throws Exception {
    assertThat(completed("attn", "verify", "--kernel", ""))
        .contains("java:flash")
        .containsAll(Arrays.stream(OpenClKernel.values()).map(OpenClKernel::globalId).toList());
    assertThat(completed("attn", "verify", "--kernel", "opencl", ":", "flash_q"))
        .containsExactly("flash_query_lanes");
    assertThat(completed("attn", "verify", "--kernel", "=", "opencl", ":", "flash_q"))
        .containsExactly("flash_query_lanes");
    assertThat(completed("attn", "bench", "--kernel", "java", ":")).containsExactly("flash");
    assertThat(completed("attn", "sanitize", "--kernel", "java")).isEmpty();
  }

  @Test
  void presetsAreCompleted() throws Exception {
    assertThat(completed("attn", "masks", "longf")).containsExactly("longformer");
    assertThat(completed("attn", "bench", "--mask", "bigb")).containsExactly("bigbird");
    assertThat(completed("attn", "bench", "--shapes", "llama-3-8")).containsExactly("llama-3-8b");
    assertThat(completed("attn", "bench", "--mode", "=", "dec")).containsExactly("decode");
    assertThat(completed("attn", "bench", "--input", "poison-n")).containsExactly("poison-nan");
    assertThat(completed("attn", "model", "--preset", "gpt3")).containsExactly("gpt3");
    assertThat(completed("attn", "completion", "z")).containsExactly("zsh");
    assertThat(completed("attn", "verify", "--grid", "")).contains("QUICK", "FULL", "CACHE");
  }

  @ParameterizedTest
  @ValueSource(strings = {"bash", "ZSH"})
  void aScriptSaysWhichShellItIsFor(String shell) {
    assertThat(script(shell))
        .startsWith("# For " + shell.toLowerCase(Locale.ROOT))
        .contains("bashcompinit", "complete -F _attn_complete");
  }

  @Test
  void anUnknownShellIsAUsageError() {
    StringWriter err = new StringWriter();
    CommandLine commandLine = AttnCommand.commandLine();
    commandLine.setErr(new PrintWriter(err, true));
    assertThat(commandLine.execute("completion", "fish")).isEqualTo(ExitCode.USAGE);
    assertThat(err.toString()).contains("fish", "bash, zsh");
  }

  /** Picocli keeps the words of an option under its label: two of one label would share them. */
  @Test
  void noTwoOptionsOfACommandShareTheirWords() {
    AttnCommand.commandLine()
        .getSubcommands()
        .forEach((name, command) -> {
          Map<String, OptionSpec> byLabel = new HashMap<>();
          for (OptionSpec option :
              command.getCommandSpec().options().stream()
                  .filter(one -> one.completionCandidates() != null)
                  .toList()) {
            OptionSpec other =
                byLabel.put(option.paramLabel().replaceAll("[^A-Za-z0-9_ ]", ""), option);
            assertThat(other).as("%s: %s", name, option.longestName()).isNull();
          }
        });
  }
}
