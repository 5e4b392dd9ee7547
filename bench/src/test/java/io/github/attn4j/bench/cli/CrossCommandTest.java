package io.github.attn4j.bench.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.bench.fault.AttentionAlone;
import io.github.attn4j.bench.fault.Fault;
import io.github.attn4j.bench.fault.FaultyBackend;
import io.github.attn4j.jvm.JavaBackend;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/** {@code ./attn cross} on the model's own weights. */
class CrossCommandTest {
  private static final String ASKING = "Why did the animal not cross the street?";
  private static final String ANSWERING = "It was too tired.";

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int cross(Supplier<Backends> backends, String... arguments) {
    List<String> all = new ArrayList<>(List.of("cross"));
    all.addAll(List.of(arguments));
    CommandLine commandLine = AttnCommand.commandLine(backends);
    commandLine.setOut(new PrintWriter(out, true));
    commandLine.setErr(new PrintWriter(err, true));
    return commandLine.execute(all.toArray(String[]::new));
  }

  @Test
  @Tag("full")
  void aTextAsksAnotherAndTheResultIsChecked() {
    assertThat(
            cross(
                Backends::new,
                ASKING,
                ANSWERING,
                "--kernel=java:flash",
                "--layer=1",
                "--head=3",
                "--top=7"))
        .as("%s", err)
        .isEqualTo(ExitCode.OK);
    assertThat(out.toString())
        .contains("11 tokens ask: [CLS] why did the animal not cross the street ? [SEP]")
        .contains("7 tokens answer: [CLS] it was too tired . [SEP]")
        .contains("layer 1 of all-MiniLM-L6-v2, 12 heads of 32, no mask; java:flash on java:0")
        .containsPattern("right: error / budget 0\\.\\d+ against")
        .contains("attends to (head 3)")
        .contains("entropy, ", "1.95")
        // All seven weights of a row, so that they can be added up by hand.
        .containsPattern("street +\\|( (\\S+) [01]\\.\\d{3},){6} (\\S+) [01]\\.\\d{3} \\|");
  }

  @Test
  @Tag("full")
  void aWrongResultIsNoTable() {
    Supplier<Backends> wrong =
        () -> new Backends(List.of(new FaultyBackend(new JavaBackend(), Fault.WRONG_ELEMENT, 0)));
    assertThat(cross(wrong, ASKING, ANSWERING, "--kernel=java:flash"))
        .as("%s", err)
        .isEqualTo(ExitCode.CHECK_FAILED);
    assertThat(out.toString()).contains("INCORRECT: ").doesNotContain("attends to");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--layer=6 | --layer 6: all-MiniLM-L6-v2 has 0 to 5",
        "--head=12 | --head 12: a layer has 0 to 11",
        "--top=0 | --top 0: show 1 token at least",
        "--kernel=java:flash,opencl:naive | --kernel names 2"
      })
  void errorsNameTheValue(String option, String message) {
    assertThat(cross(Backends::new, ASKING, ANSWERING, option)).isEqualTo(ExitCode.USAGE);
    assertThat(err.toString()).contains(message);
  }

  @Test
  void anEmptyTextHasNothingToAskOrToAnswer() {
    assertThat(cross(Backends::new, ASKING, " ")).isEqualTo(ExitCode.USAGE);
    assertThat(err.toString()).contains("the answering text is empty");
  }

  @Test
  void aBackendThatHasAttentionAloneSaysSo() {
    Supplier<Backends> attentionAlone =
        () -> new Backends(List.of(AttentionAlone.of(new JavaBackend())));
    assertThat(cross(attentionAlone, ASKING, ANSWERING, "--kernel=java:flash"))
        .isEqualTo(ExitCode.NOTHING_TO_DO);
    assertThat(err.toString()).contains("has attention alone");
  }

  @Test
  void aKernelThatCannotSaysWhy() {
    Supplier<Backends> refusing =
        () -> new Backends(List.of(new FaultyBackend(new JavaBackend(), Fault.UNSUPPORTED, 0)));
    assertThat(cross(refusing, ASKING, ANSWERING, "--kernel=java:flash"))
        .isEqualTo(ExitCode.NOTHING_TO_DO);
    assertThat(err.toString())
        .contains("java:flash cannot compute the model's attention on ")
        .contains("without --kernel one is taken that can");
  }
}
