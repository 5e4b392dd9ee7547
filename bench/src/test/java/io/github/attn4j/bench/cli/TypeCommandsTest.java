package io.github.attn4j.bench.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.bench.shape.Storage;
import io.github.attn4j.bench.tune.TunableBackend;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.input.InputFamily;
import io.github.attn4j.core.input.NpyFile;
import io.github.attn4j.core.run.GridCase;
import io.github.attn4j.core.run.QuickGrid;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.ElementType;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code --dtype} and {@code --kv-dtype} of the commands that take them. */
class TypeCommandsTest {
  @TempDir private Path folder = Path.of("");
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int attn(String... arguments) {
    return run(AttnCommand.commandLine(), arguments);
  }

  private int run(CommandLine commandLine, String... arguments) {
    commandLine.setOut(new PrintWriter(out, true));
    commandLine.setErr(new PrintWriter(err, true));
    return commandLine.execute(arguments);
  }

  /** Own tensors as --input takes them. */
  private String tensors() {
    AttentionSpec spec = AttentionSpec.builder().heads(2).lengths(5, 9).dim(4).build();
    AttentionInputs inputs = AttentionInputs.generate(spec, InputFamily.NORMAL, 3);
    NpyFile.write(folder.resolve("q.npy"), List.of(2, 5, 4), inputs.q());
    NpyFile.write(folder.resolve("k.npy"), List.of(2, 9, 4), inputs.k());
    NpyFile.write(folder.resolve("v.npy"), List.of(2, 9, 4), inputs.v());
    return "%s,%s,%s"
        .formatted(folder.resolve("q.npy"), folder.resolve("k.npy"), folder.resolve("v.npy"));
  }

  @Test
  void aTypeThatAKernelDoesNotTakeIsSaidOnceForAllItsCells() {
    int code =
        attn(
            "bench",
            "--kernel=opencl:flash_mma",
            "--input=normal",
            "--n=16,32,48",
            "--output=" + folder.resolve("report"));
    Assumptions.assumeFalse(code == ExitCode.UNAVAILABLE, "no OpenCL device: " + err);
    assertThat(code).as(out.toString()).isEqualTo(ExitCode.NOTHING_TO_DO);
    assertThat(out.toString())
        .containsOnlyOnce("takes queries of f16, bf16, not of f32")
        .contains("opencl:flash_mma, 3 cells: takes queries");
  }

  @Test
  void ownTensorsAreCheckedInEveryPairOfTypes() throws IOException {
    Path json = folder.resolve("verify.json");
    Path junit = folder.resolve("verify.xml");
    int code =
        attn(
            "verify",
            "--kernel=opencl:naive",
            "--input=" + tensors(),
            "--dtype=f16,bf16",
            "--kv-dtype=f16,i8",
            "--json=" + json,
            "--junit=" + junit);
    Assumptions.assumeFalse(code == ExitCode.UNAVAILABLE, "no OpenCL device: " + err);
    assertThat(code).as(out.toString()).isEqualTo(ExitCode.OK);
    List<String> types = new ArrayList<>();
    for (JsonNode one : new JsonMapper().readTree(Files.readString(json)).get("cases")) {
      assertThat(one.get("status").asString()).isEqualTo("passed");
      types.add(one.get("dtype").asString() + " " + one.get("kvDtype").asString());
    }
    assertThat(types).containsExactly("f16 f16", "f16 i8", "bf16 f16", "bf16 i8");
    assertThat(junit)
        .content()
        .contains("<property name=\"dtype\" value=\"bf16\"")
        .contains("<property name=\"kvDtype\" value=\"i8\"");
  }

  @Test
  void aCaseSaysWhatItsKernelWasTunedTo() throws IOException {
    Path json = folder.resolve("verify.json");
    String[] arguments = {"verify", "--input=" + tensors(), "--tuning=RUNS=2", "--json=" + json};
    CommandLine commandLine =
        AttnCommand.commandLine(() -> new Backends(List.of(new TunableBackend(4))));
    assertThat(run(commandLine, arguments)).as(err.toString()).isEqualTo(ExitCode.OK);
    assertThat(json).content().contains("\"tuning\" : \"RUNS=2 SHORTCUT=0\"");
  }

  @Test
  void anOutputIsOfOnePairOfTypes() {
    String save = "--save-output=" + folder.resolve("o.npy");
    String input = "--input=" + tensors();
    assertThat(attn("verify", "--kernel=java:flash", input, "--dtype=f32,f16", save))
        .isEqualTo(ExitCode.USAGE);
    assertThat(err.toString()).contains("--save-output needs one pair of types").contains("make 2");
  }

  @Test
  void typesThatMakeNoSenseAreUsageErrorsOfEveryCommand() {
    for (String command : List.of("verify", "bench", "tune", "sanitize")) {
      err.getBuffer().setLength(0);
      assertThat(attn(command, "--dtype=f8e4m3")).isEqualTo(ExitCode.USAGE);
      assertThat(err.toString())
          .contains("--dtype f8e4m3: Q and O cannot be stored so, only K and V can: --kv-dtype");
      assertThat(attn(command, "--kv-dtype=int8")).isEqualTo(ExitCode.USAGE);
      assertThat(err.toString()).contains("--kv-dtype: 'int8' is no element type: there are f32");
    }
    assertThat(attn("sparsity", "--dtype=f16")).isEqualTo(ExitCode.USAGE);
    assertThat(err.toString()).contains("'--dtype=f16'");
  }

  @Test
  void theCacheGridHasCasesOfEveryPairAndOthersTakeAny() {
    for (ElementType query : List.of(ElementType.F32, ElementType.F16, ElementType.BF16)) {
      for (ElementType keyValue : ElementType.values()) {
        Storage pair = Storage.of(query, keyValue);
        assertThat(VerifyCommand.Grid.CACHE.cases(1, pair))
            .isNotEmpty()
            .allMatch(one -> one.spec().queryType() == query)
            .allMatch(one -> one.spec().keyValueType() == keyValue);
      }
    }
    assertThat(VerifyCommand.Grid.CACHE.cases(1)).hasSizeGreaterThan(400);
    List<GridCase> half =
        VerifyCommand.Grid.QUICK.cases(1, Storage.of(ElementType.F16, ElementType.F16));
    assertThat(half)
        .hasSameSizeAs(QuickGrid.cases(1))
        .allMatch(one -> one.spec().queryType() == ElementType.F16);
  }

  @Test
  void aSanitizerGridWithoutCasesOfThePairIsAUsageError() {
    assertThat(attn("sanitize", "--grid=cache", "--dtype=f32", "--kv-dtype=f8e4m3"))
        .isEqualTo(ExitCode.USAGE);
    assertThat(err.toString())
        .contains("--grid cache has no case of f32 kv:f8e4m3; leave --dtype out");
  }

  @Test
  void nobodyTunesWhatRunsItsDefaultsOnly() {
    String file = "--tuning-file=" + folder.resolve("tuning.json");
    assertThat(attn("tune", "--input=normal", "--deterministic", file)).isEqualTo(ExitCode.USAGE);
    assertThat(err.toString()).contains("--deterministic runs kernels' own defaults");
  }
}
