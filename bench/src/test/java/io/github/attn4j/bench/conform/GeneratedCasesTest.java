package io.github.attn4j.bench.conform;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.bench.Sessions;
import io.github.attn4j.core.kernel.BackendException;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.model.onnx.OnnxAttribute;
import io.github.attn4j.model.onnx.OnnxTensor;
import io.github.attn4j.testing.Required;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Generated cases, whose expected outputs know nothing of our specs. */
class GeneratedCasesTest {
  private static final int CASES = 108;

  /** Every mask with every cache once. */
  private static final int ROUND = 27;

  private final Backends backends = new Backends();

  private List<ConformRow> run(String kernels, List<StandardCase> cases) {
    List<KernelVariant> variants = kernels.isEmpty() ? List.of() : backends.kernels(kernels);
    try (Sessions sessions = new Sessions(backends, null)) {
      Conformance conformance = new Conformance(sessions, variants);
      cases.forEach(conformance::run);
      return conformance.rows();
    }
  }

  /** Skips the test where there is no such device. */
  private List<ConformRow> runOnADevice(String kernels, List<StandardCase> cases) {
    try {
      return run(kernels, cases);
    } catch (BackendException.Unavailable e) {
      return Required.abort("opencl", e.description());
    }
  }

  private static void requireAllPassed(List<ConformRow> rows) {
    assertThat(rows)
        .allSatisfy(row ->
            assertThat(row.status())
                .as("%s on %s, %s: %s", row.kernel(), row.name(), row.shape(), row.detail())
                .isEqualTo(ConformRow.Status.PASSED));
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 2, 3})
  void theOracleAndTheJvmKernelPassThemWhateverTheSeed(long seed) {
    List<ConformRow> rows = run("java:flash", GeneratedCases.of(seed));
    assertThat(rows).hasSize(2 * CASES);
    requireAllPassed(rows);
  }

  /** Those that one program computes: PoCL takes 4 to 7 s for each of the 18 that cases have. */
  @Tag("exhaustive")
  @Test
  void flashOnADevicePassesThoseOfOneProgram() {
    List<StandardCase> cases =
        LongStream.range(6, 14)
            .mapToObj(GeneratedCases::of)
            .flatMap(List::stream)
            .filter(standard -> !standard.inputs().containsKey(StandardCase.PAST_KEY))
            .filter(standard -> !standard.outputs().containsKey(StandardCase.SCORES))
            .filter(standard ->
                Stream.of(StandardCase.Q, StandardCase.V)
                    .map(name -> tensor(standard, name))
                    .allMatch(tensor ->
                        tensor.typeLabel().equals("tensor(float)")
                            && tensor.shape().size() == 4
                            && tensor.shape().getLast() == 8))
            .toList();
    assertThat(cases).hasSizeGreaterThan(4);
    List<ConformRow> rows = runOnADevice("opencl:flash", cases);
    assertThat(rows).hasSize(2 * cases.size());
    requireAllPassed(rows);
  }

  @Tag("exhaustive")
  @ParameterizedTest
  @ValueSource(longs = {4, 5})
  void kernelsOnADeviceWithACachePassThem(long seed) {
    String kernels = "opencl:naive,opencl:flash,opencl:flash_query_lanes";
    List<ConformRow> rows = runOnADevice(kernels, GeneratedCases.of(seed).subList(0, ROUND));
    assertThat(rows).hasSize(4 * ROUND);
    requireAllPassed(rows);
    rows.stream()
        .collect(
            Collectors.groupingBy(
                ConformRow::kernel,
                TreeMap::new,
                Collectors.summarizingDouble(ConformRow::shareOfBudget)))
        .forEach((kernel, shares) ->
            System.out.printf(
                "seed %d, %s: %d cases passed, largest error / budget %.3f%n",
                seed, kernel, shares.getCount(), shares.getMax()));
    assertThat(rows)
        .filteredOn(row -> row.kernel().equals("opencl:flash_query_lanes"))
        .flatExtracting(ConformRow::outputs)
        .filteredOn(output -> !output.name().equals(StandardCase.Y))
        .extracting(ConformRow.Output::producer)
        .as("nobody but the device makes caches and scores")
        .allMatch(producer ->
            producer.contains("the device's cache") || producer.contains("opencl:naive"));
  }

  @Test
  void aFewSeedsHaveEverythingThatTheOperatorHas() {
    Set<String> seen = new TreeSet<>();
    for (long seed = 0; seed < 4; seed++) {
      for (StandardCase standard : GeneratedCases.of(seed)) {
        for (OnnxAttribute attribute : standard.node().attributes()) {
          seen.add(attribute.name());
          if (attribute.name().startsWith("qk_") || attribute.name().equals("softmax_precision")) {
            seen.add(attribute.name() + " " + attribute.integer());
          }
        }
        standard.inputs().keySet().forEach(name -> seen.add("input " + name));
        standard.outputs().keySet().forEach(name -> seen.add("output " + name));
        seen.add("opset " + standard.opset());
        seen.add("rank " + tensor(standard, StandardCase.Q).shape().size());
        seen.add(tensor(standard, StandardCase.Q).typeLabel());
        if (standard.inputs().containsKey(StandardCase.MASK)) {
          OnnxTensor mask = tensor(standard, StandardCase.MASK);
          seen.add("mask " + mask.shape().size() + " " + mask.typeLabel());
        }
      }
    }
    assertThat(seen)
        .contains(
            "is_causal",
            "scale",
            "softcap",
            "q_num_heads",
            "kv_num_heads",
            "left_window_size",
            "right_window_size",
            "qk_matmul_output_mode 0",
            "qk_matmul_output_mode 1",
            "qk_matmul_output_mode 2",
            "qk_matmul_output_mode 3",
            "softmax_precision 1",
            "softmax_precision 10",
            "softmax_precision 11",
            "softmax_precision 16",
            "opset 23",
            "opset 24",
            "opset 25",
            "rank 3",
            "rank 4",
            "tensor(float)",
            "tensor(float16)",
            "tensor(bfloat16)",
            "mask 1 tensor(bool)",
            "mask 2 tensor(bool)",
            "mask 3 tensor(bool)",
            "mask 4 tensor(bool)",
            "mask 1 tensor(float)",
            "mask 4 tensor(float16)")
        .containsAll(StandardCase.INPUTS.stream().map(name -> "input " + name).toList())
        .containsAll(StandardCase.OUTPUTS.stream().map(name -> "output " + name).toList());
  }

  @Test
  void aCaseIsTheSameOnceItWasWrittenAndRead(@TempDir Path folder) {
    for (StandardCase standard : GeneratedCases.of(5).subList(0, ROUND)) {
      StandardCase read = StandardCase.read(CaseFiles.write(folder, standard)).getFirst();
      assertThat(read.node()).isEqualTo(standard.node());
      assertThat(read.opset()).isEqualTo(standard.opset());
      assertThat(read.inputs().keySet()).isEqualTo(standard.inputs().keySet());
      standard
          .inputs()
          .forEach((name, tensor) ->
              assertThat(tensor(read, name).raw()).as(name).isEqualTo(tensor.raw()));
      standard
          .outputs()
          .forEach((name, tensor) ->
              assertThat(read.outputs().get(name)).usingRecursiveComparison().isEqualTo(tensor));
    }
  }

  private static OnnxTensor tensor(StandardCase standard, String name) {
    return Objects.requireNonNull(standard.inputs().get(name), name);
  }
}
