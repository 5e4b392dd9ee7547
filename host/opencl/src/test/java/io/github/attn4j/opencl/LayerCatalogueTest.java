package io.github.attn4j.opencl;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.core.layer.LayerGrid;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Files of kernels/opencl/layers, constants and rows of the table are one set. */
class LayerCatalogueTest {
  private static final Path KERNELS =
      Path.of(System.getProperty("basedir", ".")).resolve("../../kernels").normalize();
  private static final Pattern ROW = Pattern.compile("^\\| `layers/(\\w+)` \\|.*");
  private static final Pattern FUNCTION = Pattern.compile("__kernel\\s+void\\s+(\\w+)\\s*\\(");

  private static List<String> ids() {
    return Stream.of(OpenClLayer.values()).map(OpenClLayer::id).sorted().toList();
  }

  @Test
  void everyFileHasItsConstantAndEveryConstantItsFile() throws IOException {
    try (Stream<Path> files = Files.list(KERNELS.resolve("opencl/layers"))) {
      assertThat(
              files.map(file -> file.getFileName().toString().replaceFirst("\\.cl$", "")).sorted())
          .containsExactlyElementsOf(ids());
    }
  }

  @Test
  void everyConstantHasExactlyOneRowOfTheTable() throws IOException {
    assertThat(
            Files.readAllLines(KERNELS.resolve("README.md")).stream()
                .map(ROW::matcher)
                .filter(Matcher::matches)
                .map(row -> row.group(1))
                .sorted())
        .containsExactlyElementsOf(ids());
  }

  @ParameterizedTest
  @EnumSource(OpenClLayer.class)
  void everyConstantHasCasesOfTheGrid(OpenClLayer layer) {
    assertThat(LayerGrid.cases(layer.id())).isNotEmpty();
  }

  @ParameterizedTest
  @EnumSource(OpenClLayer.class)
  void theHeaderCommentSaysEverythingInOrderAndTheOneFunctionIsTheFiles(OpenClLayer layer)
      throws IOException {
    String text = Files.readString(KERNELS.resolve("opencl").resolve(layer.file()));
    String header =
        String.join("\n", text.lines().takeWhile(line -> line.startsWith("//")).toList());
    assertThat(header)
        .containsSubsequence(
            "// Idea: ",
            "\n// Paper: ",
            "\n// Tensors",
            "\n// Launch: ",
            "\n// Local memory: ",
            "\n// Preconditions: ",
            "\n// Leaves out: ");
    assertThat(FUNCTION.matcher(text).results().map(found -> found.group(1)))
        .containsExactly(layer.id());
  }

  @ParameterizedTest
  @EnumSource(OpenClLayer.class)
  void everyFileBuildsWithoutAWarningAndOnItsOwnDefaults(OpenClLayer layer) {
    String marker =
        "\n__constant int built_for_its_warnings_%d = 0;\n".formatted(System.nanoTime());
    try (OpenClSession session =
        TestDevices.openPreferred(file -> KernelSource.load(file) + marker)) {
      Programs programs = session.programs();
      Programs.Built built = programs.get(layer.file(), layer.options(session.device()));
      assertThat(programs.buildLog(built.program())).doesNotContainIgnoringCase("warning");
      assertThat(programs.get(layer.file(), "-cl-std=CL1.2")).isNotNull();
    }
  }
}
