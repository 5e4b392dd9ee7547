package io.github.attn4j.bench.conform;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.bench.Sessions;
import io.github.attn4j.core.kernel.BackendException;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.testing.Required;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The standard's own cases, which are not part of this repository: -Dattn.onnx.cases names their
 * folder, or one that holds those of all operators. Without it they are skipped, or fail under
 * -Dattn.require=onnx.
 */
class StandardCasesTest {
  private static final String PROPERTY = "attn.onnx.cases";

  /** ONNX 1.22.0 has 64; fewer than this, and the folder is another one than was meant. */
  private static final int LEAST_CASES = 60;

  private static List<ConformRow> run(String kernels) {
    String folder = System.getProperty(PROPERTY, "");
    if (folder.isEmpty()) {
      Required.abort(
          "onnx",
          "no ONNX node tests: -D%s=FOLDER names one (docs/conformance.md)".formatted(PROPERTY));
    }
    Backends backends = new Backends();
    List<KernelVariant> variants = backends.kernels(kernels);
    try (Sessions sessions = new Sessions(backends, null)) {
      variants.forEach(sessions::of);
      Conformance conformance = new Conformance(sessions, variants);
      List<Path> folders =
          Conformance.folders(Path.of(folder)).stream()
              .filter(StandardCasesTest::isOfAttention)
              .toList();
      assertThat(folders).as("cases in %s", folder).hasSizeGreaterThanOrEqualTo(LEAST_CASES);
      folders.forEach(conformance::runFolder);
      assertThat(conformance.rows()).hasSizeGreaterThanOrEqualTo(folders.size());
      return conformance.rows();
    } catch (BackendException.Unavailable e) {
      return Required.abort(variants.getFirst().backend(), e.description());
    }
  }

  /**
   * Of one node, the operator itself: other operators' cases lie beside them, and the same cases
   * written out as graphs of many nodes, whose names end in {@code _expanded}.
   */
  private static boolean isOfAttention(Path folder) {
    String name = String.valueOf(folder.getFileName());
    return name.startsWith("test_attention_") && !name.contains("_expanded");
  }

  private static void requireAllPassed(List<ConformRow> rows) {
    assertThat(rows)
        .allSatisfy(row ->
            assertThat(row.status())
                .as("%s on %s: %s", row.kernel(), row.name(), row.detail())
                .isEqualTo(ConformRow.Status.PASSED));
  }

  @Test
  void theOracleAndTheJvmKernelPassAll() {
    requireAllPassed(run("java:flash"));
  }

  @Tag("full")
  @Test
  void openClKernelsPassAll() {
    requireAllPassed(run("opencl:naive,opencl:flash,opencl:flash_query_lanes"));
  }
}
