package io.github.attn4j.bench.conform;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.bench.Sessions;
import io.github.attn4j.core.kernel.BackendException;
import io.github.attn4j.core.kernel.KernelVariant;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The standard's own cases, which are not part of this repository: -Dattn.onnx.cases names their
 * folder. Without it they are skipped, or fail under -Dattn.require=onnx.
 */
class StandardCasesTest {
  private static final String PROPERTY = "attn.onnx.cases";

  private static List<ConformRow> run(String kernels) {
    String folder = System.getProperty(PROPERTY, "");
    if (folder.isEmpty()) {
      String reason =
          "no ONNX node tests: -D%s=FOLDER names one (docs/conformance.md)".formatted(PROPERTY);
      if (System.getProperty("attn.require", "").contains("onnx")) {
        throw new AssertionError(reason);
      }
      Assumptions.abort(reason);
    }
    Backends backends = new Backends();
    List<KernelVariant> variants = backends.kernels(kernels);
    try (Sessions sessions = new Sessions(backends, null)) {
      variants.forEach(sessions::of);
      Conformance conformance = new Conformance(sessions, variants);
      List<Path> folders = Conformance.folders(Path.of(folder));
      assertThat(folders).as("case folders in %s", folder).isNotEmpty();
      folders.forEach(conformance::runFolder);
      assertThat(conformance.rows()).hasSizeGreaterThanOrEqualTo(folders.size());
      return conformance.rows();
    } catch (BackendException.Unavailable e) {
      if (System.getProperty("attn.require", "").contains(variants.getFirst().backend())) {
        throw e;
      }
      Assumptions.abort(e.description());
      throw e;
    }
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
