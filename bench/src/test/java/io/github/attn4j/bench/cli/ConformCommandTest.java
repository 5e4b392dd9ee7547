package io.github.attn4j.bench.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.bench.conform.CaseFiles;
import io.github.attn4j.bench.conform.PlantedCases;
import io.github.attn4j.bench.fault.Fault;
import io.github.attn4j.bench.fault.FaultyBackend;
import io.github.attn4j.jvm.JavaBackend;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code ./attn conform}: what it says of cases, and its exit codes. On the JVM alone. */
class ConformCommandTest {
  @TempDir private Path folder = Path.of("");
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int conform(Object... arguments) {
    return run(new Backends(List.of(new JavaBackend())), arguments);
  }

  private int run(Backends backends, Object... arguments) {
    List<String> words = new ArrayList<>(List.of("conform"));
    for (Object argument : arguments) {
      words.add(argument.toString());
    }
    CommandLine commandLine = AttnCommand.commandLine(() -> backends);
    commandLine.setOut(new PrintWriter(out, true));
    commandLine.setErr(new PrintWriter(err, true));
    return commandLine.execute(words.toArray(String[]::new));
  }

  private List<Path> cases(int count) {
    return CaseFiles.writeGenerated(folder, 7, count);
  }

  @Test
  void casesThatPassEndWithZeroAndNameWhoMadeEachOutput() throws IOException {
    cases(30);
    Path json = folder.resolve("conform.json");
    Path junit = folder.resolve("conform.xml");
    assertThat(conform(folder, "--json=" + json, "--junit=" + junit))
        .as(out + "" + err)
        .isEqualTo(ExitCode.OK);
    assertThat(out.toString())
        .contains("oracle: 30 of 30 passed", "java:flash: 30 of 30 passed")
        .contains("java, pair by pair in float32")
        .contains("java keeps no cache");
    JsonNode rows = JsonMapper.shared().readTree(Files.readString(json)).path("rows");
    assertThat(rows.size()).isEqualTo(60);
    for (JsonNode row : rows) {
      assertThat(row.path("outputs").size()).isPositive();
      for (JsonNode output : row.path("outputs")) {
        assertThat(output.path("producer").asString("")).isNotEmpty();
        assertThat(output.path("elements").asInt()).isPositive();
      }
    }
    assertThat(Files.readString(junit))
        .contains("<testsuite name=\"oracle\" tests=\"30\" failures=\"0\" errors=\"0\"")
        .contains("<testsuite name=\"java:flash\" tests=\"30\" failures=\"0\" errors=\"0\"")
        .contains("<property name=\"Y\" value=\"java:flash; ");
  }

  @Test
  void generatedCasesNeedNoFolder() {
    assertThat(conform("--generate", "--seed=9")).as(out + "" + err).isEqualTo(ExitCode.OK);
    assertThat(out.toString())
        .contains("java:flash: 108 of 108 passed")
        .contains("generated_seed9_000");
  }

  @Test
  void whatNobodyKnowsIsUnsupportedByNameAndOthersStillRun() {
    cases(1);
    PlantedCases.withAttribute(folder, "sink_tokens", 4);
    PlantedCases.withAttribute(folder, "softmax_precision", 7);
    PlantedCases.ofOpset(folder, 22);
    PlantedCases.ofOpset(folder, 26);
    PlantedCases.ofOperator(folder, "Softmax");
    PlantedCases.ofDoubles(folder);
    PlantedCases.ofUnknownType(folder);
    assertThat(conform(folder)).as(out + "" + err).isEqualTo(ExitCode.OK);
    assertThat(out.toString())
        .contains("attribute sink_tokens, which is none of Attention's")
        .contains("attribute softmax_precision of 7")
        .contains("opset 22", "opset 26")
        .contains("operator Softmax")
        .contains("Q of tensor(double)")
        .contains("Q of tensor of ONNX data type 99")
        .contains("java:flash: 1 of 8 passed, 7 unsupported");
  }

  @Test
  void whereAllIsUnsupportedThereWasNothingToDo() {
    PlantedCases.ofOpset(folder, 22);
    assertThat(conform(folder)).isEqualTo(ExitCode.NOTHING_TO_DO);
  }

  @Test
  void aBrokenFileIsNamedAndOthersStillRun() throws IOException {
    List<Path> paths = cases(3);
    Path broken = paths.get(0).resolve("model.onnx");
    Files.write(broken, new byte[] {(byte) 0x3a, 100, 1});
    Path missing = paths.get(1).resolve("test_data_set_0").resolve("output_0.pb");
    Files.delete(missing);
    PlantedCases.withShortKeys(folder);
    assertThat(conform(folder)).as(out + "" + err).isEqualTo(ExitCode.FILE);
    assertThat(out.toString())
        .contains(broken + ": no readable ONNX model")
        .contains(missing + ": is missing: it should hold Y")
        .contains("short_keys/test_data_set_0: ")
        .contains("java:flash: 1 of 4 passed, 3 broken");
  }

  @Test
  void aWrongExpectationFailsEverybodyAndCountsForMoreThanABrokenFile() throws IOException {
    PlantedCases.expectingAnother(folder);
    Files.delete(cases(1).getFirst().resolve("model.onnx"));
    Files.createDirectories(folder.resolve("empty"));
    Files.write(folder.resolve("empty").resolve("model.onnx"), new byte[0]);
    assertThat(conform(folder)).as(out + "" + err).isEqualTo(ExitCode.CHECK_FAILED);
    assertThat(out.toString())
        .contains("INCORRECT: expects_another (whoever computes it): the file's Y is")
        .contains("BROKEN FILE: empty");
  }

  @Test
  void anExpectedNanWhereTheOracleHasANumberFails() {
    PlantedCases.expectingNan(folder);
    assertThat(conform(folder)).as(out + "" + err).isEqualTo(ExitCode.CHECK_FAILED);
    assertThat(out.toString()).contains("INCORRECT: expects_nan").contains("expected", "NaN");
  }

  @Test
  void casesOfOneNameInTwoFoldersAreTwoCases() throws IOException {
    Path first = Files.createDirectory(folder.resolve("first"));
    Path second = Files.createDirectory(folder.resolve("second"));
    for (Path root : List.of(first, second)) {
      CaseFiles.writeGenerated(root, 7, 2);
      PlantedCases.ofOpset(root, 22);
    }
    Path broken = second.resolve("generated_seed7_001");
    Files.delete(broken.resolve("model.onnx"));
    Files.write(broken.resolve("model.onnx"), new byte[0]);
    Path json = folder.resolve("conform.json");
    Path junit = folder.resolve("conform.xml");
    assertThat(conform(first, second, "--json=" + json, "--junit=" + junit))
        .as(out + "" + err)
        .isEqualTo(ExitCode.FILE);
    assertThat(out.toString())
        .contains("java:flash: 3 of 6 passed, 2 unsupported, 1 broken")
        .contains("generated_seed7_000 in " + first, "generated_seed7_000 in " + second)
        .contains("BROKEN FILE: generated_seed7_001 in " + second + " (whoever computes it)")
        .contains("unsupported: opset_22 in " + first)
        .contains("unsupported: opset_22 in " + second);
    assertThat(out.toString().lines().filter(line -> line.matches("\\| (\\d \\| )?\\w+ in .*")))
        .hasSize(6);
    assertThat(Files.readString(json))
        .contains("\"folder\" : \"" + broken + "\"", "\"schemaVersion\" : 2");
    assertThat(Files.readString(junit))
        .contains("<testsuite name=\"java:flash\" tests=\"6\" failures=\"0\" errors=\"1\"")
        .contains("<property name=\"folder\" value=\"" + broken + "\"");
    assertThat(Files.readString(junit).split("<testcase ", -1)).hasSize(1 + 12);
  }

  @Test
  void noCasesAtAllIsAMistakeAndAFolderWithoutAnyNothingToDo() throws IOException {
    assertThat(conform()).isEqualTo(ExitCode.USAGE);
    assertThat(err.toString()).contains("no cases").contains("--generate");
    Path empty = Files.createDirectory(folder.resolve("none"));
    assertThat(conform(empty)).isEqualTo(ExitCode.NOTHING_TO_DO);
    assertThat(conform(folder.resolve("absent"))).isEqualTo(ExitCode.FILE);
    assertThat(err.toString()).contains("absent: is no folder");
  }

  @Test
  void aDeviceThatIsLostEndsTheRunAndKeepsWhatWasFound() {
    cases(4);
    Backends backends =
        new Backends(List.of(new FaultyBackend(new JavaBackend(), Fault.LOST_AT_RUN, 3)));
    assertThat(run(backends, folder)).as(out + "" + err).isEqualTo(ExitCode.UNAVAILABLE);
    assertThat(out.toString()).contains("DEVICE LOST").contains("oracle: 3 of 3 passed");
  }
}
