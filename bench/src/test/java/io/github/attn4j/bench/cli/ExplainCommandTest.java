package io.github.attn4j.bench.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.bench.fault.AttentionAlone;
import io.github.attn4j.core.kernel.Backend;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.Session;
import io.github.attn4j.core.kernel.Tunings;
import io.github.attn4j.jvm.JavaBackend;
import io.github.attn4j.opencl.OpenClBackend;
import io.github.attn4j.testing.Required;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class ExplainCommandTest {
  private static final String SENTENCE =
      "The animal did not cross the street because it was too tired";

  @TempDir private Path folder = Path.of("");
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int explain(String... arguments) {
    return explain(AttnCommand.commandLine(), arguments);
  }

  private int explain(CommandLine commandLine, String... arguments) {
    commandLine.setOut(new PrintWriter(out, true));
    commandLine.setErr(new PrintWriter(err, true));
    return commandLine.execute(
        Stream.concat(Stream.of("explain"), Stream.of(arguments)).toArray(String[]::new));
  }

  private static void requireOpenCl() {
    if (new Backends().backend("opencl").devices().isEmpty()) {
      Required.abort("opencl", "no OpenCL device");
    }
  }

  @Test
  void aPageIsWrittenWithAllLayersOfTheRealModel() throws Exception {
    Path page = folder.resolve("new").resolve("it's.html");
    assertThat(
            explain(
                SENTENCE,
                "--kernel",
                "java:flash",
                "--layer",
                "3",
                "--head",
                "7",
                "--causal",
                "--html",
                page.toString()))
        .as("%s", err)
        .isEqualTo(ExitCode.OK);
    assertThat(out.toString())
        .contains("14 tokens in 6 layers of all-MiniLM-L6-v2")
        .contains("by java:flash on ")
        .contains("page: " + page)
        .doesNotContain("mean entropy");
    Matcher sums = Pattern.compile("sums to 1 within (\\S+),").matcher(out.toString());
    assertThat(sums.find()).isTrue();
    assertThat(Double.parseDouble(sums.group(1))).isPositive().isLessThan(1e-5);
    assertThat(Files.readString(page))
        .contains("\"tired\"")
        .contains("\"kernel\" : \"java:flash\"")
        .containsPattern("\"view\" : \\{\\s*\"layer\" : 3,\\s*\"head\" : 7,\\s*\"causal\" : true")
        .contains("./attn explain '" + SENTENCE + "' --kernel java:flash");
  }

  @Test
  void aTerminalShowsTokensOneHeadAndALineForEach() {
    assertThat(
            explain(SENTENCE, "--text", "--kernel", "java:flash", "--layer", "5", "--head", "11"))
        .isEqualTo(ExitCode.OK);
    assertThat(out.toString())
        .contains("[CLS] 101  the 1996  animal 4111")
        .contains("layer 5 of 0 to 5, head 11 of 0 to 11; rows are queries")
        .containsPattern("(?m)^ +it \\|.{14}\\| \\S+ [01]\\.\\d\\d  \\S+ 0\\.\\d\\d")
        .contains("layer  0 head  0")
        .contains("layer  5 head 11")
        .contains("not why a model answers")
        .doesNotContain("page:");
  }

  @Test
  void aWordIsFollowedThroughTwoTextsAndIntoJson() throws Exception {
    Path json = folder.resolve("mole.json");
    assertThat(
            explain(
                "--compare",
                "take a biopsy of the mole",
                "one mole of carbon dioxide",
                "--word",
                "mole",
                "--word",
                "of",
                "--kernel",
                "java:flash",
                "--html",
                folder.resolve("mole.html").toString(),
                "--json",
                json.toString()))
        .as("%s", err)
        .isEqualTo(ExitCode.OK);
    assertThat(out.toString())
        .contains("\"mole\" in \"take a biopsy of the mole\" and in \"one mole of carbon dioxide\"")
        .containsPattern("(?m)^  word +1\\.000 +1\\.000 +1\\.000$")
        .containsPattern("(?m)^  after layer 5 +0\\.\\d{3}");
    JsonNode tree = JsonMapper.shared().readTree(Files.readString(json));
    assertThat(tree.get("schemaVersion").asInt()).isEqualTo(1);
    assertThat(tree.get("texts")).hasSize(2);
    assertThat(tree.get("words")).hasSize(2);
    JsonNode places = tree.get("words").get(0).get("places");
    assertThat(places).hasSize(8);
    assertThat(places.get(7).get("between").asDouble())
        .as("two meanings")
        .isLessThan(places.get(1).get("between").asDouble());
    JsonNode head = tree.get("texts").get(1).get("layers").get(5).get("heads").get(11);
    assertThat(head.get("full").get("logs")).hasSize(7 * 7);
    assertThat(head.get("causal").get("logs")).hasSize(7 * 8 / 2);
    assertThat(head.get("causal").get("lse")).hasSize(7);
  }

  @ParameterizedTest
  @ValueSource(strings = {"opencl:flash_query_lanes", "opencl:naive"})
  @Tag("full")
  void openClKernelsShowTheSamePattern(String kernel) throws Exception {
    requireOpenCl();
    Path first = folder.resolve("java.json");
    Path second = folder.resolve("opencl.json");
    assertThat(explain(SENTENCE, "--text", "--kernel", "java:flash", "--json", first.toString()))
        .isZero();
    assertThat(explain(SENTENCE, "--text", "--kernel", kernel, "--json", second.toString()))
        .as("%s", err)
        .isZero();
    JsonNode a = JsonMapper.shared().readTree(Files.readString(first)).get("texts").get(0);
    JsonNode b = JsonMapper.shared().readTree(Files.readString(second)).get("texts").get(0);
    double most = 0;
    for (String run : List.of("full", "causal")) {
      for (int layer = 0; layer < 6; layer++) {
        for (int h = 0; h < 12; h++) {
          JsonNode mine = a.get("layers").get(layer).get("heads").get(h).get(run).get("logs");
          JsonNode other = b.get("layers").get(layer).get("heads").get(h).get(run).get("logs");
          for (int pair = 0; pair < mine.size(); pair++) {
            double difference =
                Math.abs(
                    Math.exp(mine.get(pair).asDouble()) - Math.exp(other.get(pair).asDouble()));
            assertThat(difference).as("layer %d, head %d, %s", layer, h, run).isLessThan(1e-4);
            most = Math.max(most, difference);
          }
        }
      }
    }
    assertThat(most).as("they are two computations").isPositive();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "2 |                                  | give a text in quotes",
        "2 | %                                | the text is empty",
        "2 | one --layer 6                    | --layer 6 is none of the model's 6, 0 to 5",
        "2 | one --head -1                    | --head -1 is none of the model's 12, 0 to 11",
        "2 | one --compare one two            | --word",
        "2 | one --word one                   | --compare",
        "2 | --compare one two --word three   | the word 'three' is not in 'one', whose tokens are [CLS] one [SEP]",
        "2 | one --kernel java:flesh          | no kernel 'java:flesh'",
        "2 | one --kernel java:*,opencl:flash | names",
        "4 | one --device nowhere             | --device nowhere matches 0",
        "8 | one --html /dev/null/x.html      | /dev/null/x.html",
        "8 | one --json /dev/null/x.json      | /dev/null/x.json"
      })
  void errorsNameTheValueAndTheWayOut(int code, String arguments, String message) {
    List<String> all = new ArrayList<>();
    if (arguments != null) {
      for (String word : arguments.split(" +", -1)) {
        all.add(word.equals("%") ? " " : word);
      }
    }
    if (!all.contains("--html")) {
      all.add("--text");
    }
    if (!all.contains("--kernel") && !all.contains("--device")) {
      all.addAll(List.of("--kernel", "java:flash"));
    }
    assertThat(explain(all.toArray(String[]::new))).as("%s", err).isEqualTo(code);
    assertThat(err.toString()).contains(message).doesNotContain("mistake of ours");
  }

  @Test
  void textsThatAreTooLongAreRefusedWithTheirLength() {
    assertThat(explain("mole ".repeat(600), "--text", "--kernel", "java:flash"))
        .isEqualTo(ExitCode.USAGE);
    assertThat(err.toString()).contains("602 tokens").contains("1 to 512 at a time");
    assertThat(
            explain(
                "mole ".repeat(200),
                "--text",
                "--kernel",
                "java:flash",
                "--json",
                folder.resolve("x.json").toString()))
        .isEqualTo(ExitCode.USAGE);
    assertThat(err.toString())
        .contains("202 tokens")
        .contains("shows 128 at most: give a shorter one");
    assertThat(explain("mole ".repeat(130), "--text", "--kernel", "java:flash"))
        .as("%s", err)
        .isZero();
    assertThat(out.toString()).contains("132 tokens in 6 layers");
  }

  @Test
  void aPageAndJsonInOneFileAreRefused() {
    String file = folder.resolve("x").toString();
    String same = folder.resolve("y").resolve("..").resolve("x").toString();
    assertThat(explain("one", "--kernel", "java:flash", "--html", file, "--json", same))
        .isEqualTo(ExitCode.USAGE);
    assertThat(err.toString()).contains("are both to be").contains("name two files");
    assertThat(folder.resolve("x")).doesNotExist();
  }

  /** As the tokenizer has them: accents gone, marks apart, each ideograph a word. */
  @Test
  void wordsAreFoundAsTheTokenizerHasThem() {
    assertThat(
            explain(
                "--compare",
                "Don't take the well-known caf\u00E9 in \u6771\u4EAC\u001B[2J",
                "a CAF\u00C9 of \u6771\u4EAC is well-known, but I don't go",
                "--word",
                "caf\u00E9",
                "--word",
                "don't",
                "--word",
                "well-known",
                "--word",
                "\u6771\u4EAC",
                "--text",
                "--kernel",
                "java:flash"))
        .as("%s", err)
        .isZero();
    assertThat(out.toString())
        .contains("\"caf\u00E9\" in")
        .contains("\"well-known\" in")
        .doesNotContain("\u001B");
  }

  @Test
  void aKernelThatCannotSaysWhy() {
    requireOpenCl();
    assertThat(explain("one", "--text", "--kernel", "opencl:flash_mma"))
        .isEqualTo(ExitCode.NOTHING_TO_DO);
    assertThat(err.toString())
        .contains("opencl:flash_mma cannot compute the model's attention on ")
        .contains("without --kernel one is taken that can");
  }

  @Test
  void aBackendWithoutDeviceIsMissing() {
    CommandLine withoutOpenCl =
        AttnCommand.commandLine(() -> new Backends(List.of(new JavaBackend(), new NoDevices())));
    assertThat(explain(withoutOpenCl, "one", "--text", "--kernel", "opencl:naive"))
        .isEqualTo(ExitCode.UNAVAILABLE);
    assertThat(err.toString()).contains("no OpenCL here");
    assertThat(explain(withoutOpenCl, "one", "--text")).as("%s", err).isZero();
    assertThat(out.toString()).contains("by java:flash on ");
  }

  @Test
  void aBackendThatHasAttentionAloneSaysSo() {
    CommandLine commandLine =
        AttnCommand.commandLine(() -> new Backends(List.of(AttentionAlone.of(new JavaBackend()))));
    assertThat(explain(commandLine, "one", "--text", "--kernel", "java:flash"))
        .isEqualTo(ExitCode.NOTHING_TO_DO);
    assertThat(err.toString()).contains("has attention alone");
  }

  /** OpenCL's kernels on a machine without OpenCL. */
  private static final class NoDevices implements Backend {
    @Override
    public String id() {
      return "opencl";
    }

    @Override
    public List<DeviceInfo> devices() {
      return List.of();
    }

    @Override
    public List<String> missing() {
      return List.of("no OpenCL here");
    }

    @Override
    public List<? extends KernelVariant> kernels() {
      return new OpenClBackend().kernels();
    }

    @Override
    public Session open(DeviceInfo device, Tunings tunings) {
      throw new AssertionError("there is no device");
    }
  }
}
