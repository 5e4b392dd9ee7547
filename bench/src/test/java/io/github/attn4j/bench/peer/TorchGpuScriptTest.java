package io.github.attn4j.bench.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.input.InputFamily;
import io.github.attn4j.core.report.BenchCell;
import io.github.attn4j.core.report.BenchReport;
import io.github.attn4j.core.report.JsonReport;
import io.github.attn4j.core.report.MarkdownReport;
import io.github.attn4j.core.report.Measurement;
import io.github.attn4j.core.report.Sparsity;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.ElementType;
import io.github.attn4j.core.spec.Mask;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** bench/peers/torch_gpu.py, as far as it goes without PyTorch: its inputs and its report. */
class TorchGpuScriptTest {
  private static final AttentionSpec SPEC =
      AttentionSpec.builder().batch(2).heads(4, 2).lengths(7, 7).dim(8).mask(Mask.causal()).build();

  /** Surefire tells the module's folder; an editor starts tests in it. */
  private static final Path FOLDER_OF_SCRIPT =
      Path.of(System.getProperty("basedir", "")).toAbsolutePath().resolve("peers");

  @TempDir Path folder;

  /** Runs Python with the script imported as t; skips the test where there is no Python. */
  private String python(String code) throws Exception {
    Path output = folder.resolve("output");
    Process process;
    try {
      process =
          new ProcessBuilder(
                  "python3",
                  "-B",
                  "-c",
                  "import sys; sys.path.insert(0, sys.argv[1]); import torch_gpu as t\n" + code,
                  FOLDER_OF_SCRIPT.toString(),
                  folder.toString())
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
    } catch (IOException e) {
      assumeTrue(false, "python3 is missing: " + e.getMessage());
      throw e;
    }
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    String text = Files.readString(output, StandardCharsets.UTF_8);
    assertThat(process.exitValue()).as(text).isZero();
    return text;
  }

  @Test
  void its_inputs_are_ours_bit_for_bit() throws Exception {
    for (long seed : new long[] {1, -5, Long.MAX_VALUE}) {
      AttentionInputs inputs = AttentionInputs.generate(SPEC, InputFamily.NORMAL, seed);
      List<String> expected = new ArrayList<>();
      for (float[] tensor : List.of(inputs.q(), inputs.k(), inputs.v())) {
        for (float value : tensor) {
          expected.add(Integer.toHexString(Float.floatToRawIntBits(value)));
        }
      }
      String drawn =
          python(
              """
              import struct
              for stream, count in (('Q', %d), ('K', %d), ('V', %d)):
                  for index in range(count):
                      print('%%x' %% struct.unpack('<I', struct.pack('<f', t.normal(%d, stream, index))))
              """
                  .formatted(inputs.q().length, inputs.k().length, inputs.v().length, seed));
      assertThat(drawn.lines()).containsExactlyElementsOf(expected);
    }
  }

  @ParameterizedTest
  @CsvSource({"7, F32", "65, F16", "130, BF16"})
  void its_problems_count_as_ours_do(int length, ElementType type) throws Exception {
    AttentionSpec spec =
        AttentionSpec.builder()
            .batch(2)
            .heads(4, 2)
            .lengths(length, length)
            .dim(8)
            .mask(Mask.causal())
            .storage(type)
            .build();
    String counted =
        python(
            """
            p = t.Problem(2, 4, 2, %d, %d, 8, 'causal', '%s')
            blocks = p.sparsity
            print(p.label, p.visible_pairs, int(p.flops), p.compulsory_bytes, p.key_value_bytes, p.rows, sep='\\n')
            print(blocks['blocks'], blocks['listedBlocks'], blocks['fullBlocks'], sep='\\n')
            """
                .formatted(length, length, type.label()));
    Sparsity blocks = Sparsity.of(spec.blockMap().counts(spec.mask()::visible));
    assertThat(counted.lines())
        .containsExactly(
            spec.label(),
            String.valueOf(spec.visiblePairs()),
            String.valueOf((long) spec.flops()),
            String.valueOf(spec.compulsoryBytes()),
            String.valueOf(spec.keyValueBytes()),
            String.valueOf(spec.rows()),
            String.valueOf(blocks.blocks()),
            String.valueOf(blocks.listedBlocks()),
            String.valueOf(blocks.fullBlocks()));
  }

  @Test
  void its_types_have_our_names_or_pytorchs() throws Exception {
    assertThat(python("print(*t.types('f16,bfloat16,float32,f8'), *t.TYPES, *t.UNIT_ROUNDOFF)"))
        .isEqualToIgnoringNewLines("f16 bf16 f32 f8 f32 f16 bf16 f32 f16 bf16");
    for (ElementType type : List.of(ElementType.F32, ElementType.F16, ElementType.BF16)) {
      String figures =
          python(
              "print(t.ELEMENT_BYTES['%1$s'], t.UNIT_ROUNDOFF['%1$s'], t.SMALLEST_NORMAL.get('%1$s', %2$s))"
                  .formatted(type.label(), (double) type.smallestNormal()));
      assertThat(figures.strip().split(" "))
          .extracting(Double::parseDouble)
          .containsExactly(
              (double) type.bytes(), type.unitRoundoff(), (double) type.smallestNormal());
    }
  }

  @Test
  void its_report_is_one_of_the_current_version_that_we_read_and_show() throws Exception {
    python(
        """
        import json, os
        p = t.Problem(2, 4, 2, 7, 7, 8, 'causal')
        half = t.Problem(2, 4, 2, 7, 7, 8, 'full', 'f16')
        device = {"backend": "torch", "index": 0, "name": "a GPU", "kind": "GPU", "driver": "made up",
                  "computeUnits": 1, "memoryBytes": 1, "localBytes": 0, "largestWorkGroup": 1, "caches": [], "details": {}}
        ceilings = {"fma": 100.0, "memory": 10.0, "bytes": 4, "shape": "torch.matmul", "drift": 0.0}
        samples = {"iterations": [[(1000.0, 1500)], [(1010.0, 1600)], [(990.0, 1400)]], "scratchBytes": 3, "deviceBytes": 9,
                   "maxErrorOverBudget": 0.5, "checkedRows": 56}
        cells = [t.cell('flash', device, p, 'MEASURED', '', t.measurement(p, samples, ceilings)),
                 t.cell('flash', device, half, 'MEASURED', '', t.measurement(half, samples, ceilings)),
                 t.cell('cudnn', device, half, 'UNSUPPORTED', 'No available kernel', None)]
        with open(os.path.join(sys.argv[2], 'report.json'), 'w') as out:
            json.dump(t.report(device, ceilings, 'made up', 1, 'python3 torch_gpu.py', cells, True), out)
        """);

    Path file = folder.resolve("report.json");
    BenchReport report = JsonReport.readBench(file);

    JsonNode written = new JsonMapper().readTree(Files.readString(file));
    assertThat(written.path("schemaVersion").asInt()).isEqualTo(BenchReport.SCHEMA_VERSION);
    // What a report of ours has at each place, none of it left out or made up.
    assertSameNames(written, new JsonMapper().readTree(JsonReport.text(report)), "report");
    assertThat(report.cells())
        .extracting(BenchCell::kernel, BenchCell::types)
        .containsExactly(
            tuple("torch:flash", "f32"), tuple("torch:flash", "f16"), tuple("torch:cudnn", "f16"));
    assertThat(report.cells().getFirst().visiblePairs()).isEqualTo(SPEC.visiblePairs());
    Measurement measurement = Objects.requireNonNull(report.cells().getFirst().measurement());
    assertThat(measurement.kernelNanos().median()).isEqualTo(1000);
    assertThat(measurement.gflopsPerSecond()).isEqualTo(SPEC.flops() / 1000);
    assertThat(measurement.tokensPerSecond()).isEqualTo(14 / 1e-6, within(1.0));
    assertThat(measurement.keyValueGigabytesPerSecond()).isEqualTo(SPEC.keyValueBytes() / 1000.0);
    Measurement half = Objects.requireNonNull(report.cells().get(1).measurement());
    assertThat(2 * half.keyValueGigabytesPerSecond())
        .isEqualTo(measurement.keyValueGigabytesPerSecond());
    assertThat(MarkdownReport.markdown(report)).contains("torch:flash", "D8 full f16");
  }

  private static void assertSameNames(JsonNode written, JsonNode ours, String place) {
    assertThat(written.propertyNames())
        .as(place)
        .containsExactlyInAnyOrderElementsOf(ours.propertyNames());
    for (String name : ours.propertyNames()) {
      assertSameNames(written.get(name), ours.get(name), place + "/" + name);
    }
    for (int i = 0; i < ours.size() && ours.isArray(); i++) {
      assertSameNames(written.get(i), ours.get(i), place + "/" + i);
    }
  }

  @Test
  void it_compiles_as_a_whole() throws Exception {
    assertThat(
            python(
                "import py_compile; print(py_compile.compile(t.__file__, cfile=sys.argv[2] + '/c.pyc', doraise=True))"))
        .contains("c.pyc");
  }
}
