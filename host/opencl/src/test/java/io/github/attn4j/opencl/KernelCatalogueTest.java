package io.github.attn4j.opencl;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.core.expression.MaskExpression;
import io.github.attn4j.core.expression.ScoreExpression;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.Mask;
import io.github.attn4j.core.spec.ScoreModifier;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Kernel files, enum constants and rows of the ladder are one set, each file is self-explaining.
 */
class KernelCatalogueTest {
  private static final Path KERNELS =
      Path.of(System.getProperty("basedir", ".")).resolve("../../kernels").normalize();
  private static final Mask BANDS =
      Mask.expression(MaskExpression.parse("k <= p && (p - k) % 3 != 0 || hash(k) < 9"));
  private static final Pattern KERNEL_NAME =
      Pattern.compile("__kernel\\s+(?:__attribute__\\(\\(.*?\\)\\)\\)?\\s+)?void\\s+(\\w+)\\s*\\(");
  private static final Pattern LADDER_ROW = Pattern.compile("^\\| `opencl:(\\w+)` \\|.*");

  @Test
  void everyFileHasItsConstantAndEveryConstantItsFile() throws IOException {
    try (Stream<Path> files = Files.list(KERNELS.resolve("opencl/attention"))) {
      List<String> stems =
          files
              .map(file -> file.getFileName().toString().replaceFirst("\\.cl$", ""))
              .sorted()
              .toList();
      assertThat(stems).containsExactlyElementsOf(constantIds());
    }
  }

  @Test
  void everyConstantHasExactlyOneRowOfTheLadder() throws IOException {
    List<String> rows =
        Files.readAllLines(KERNELS.resolve("README.md")).stream()
            .map(LADDER_ROW::matcher)
            .filter(Matcher::matches)
            .map(row -> row.group(1))
            .sorted()
            .toList();
    assertThat(rows).containsExactlyElementsOf(constantIds());
  }

  @Test
  void everyRowOfTheLadderFillsEveryColumn() throws IOException {
    List<String> table =
        Files.readAllLines(KERNELS.resolve("README.md")).stream()
            .filter(line -> line.startsWith("| `"))
            .toList();
    assertThat(table).hasSizeGreaterThan(2);
    for (String row : table) {
      List<String> cells = Arrays.asList(row.substring(1, row.lastIndexOf('|')).split("\\|", -1));
      assertThat(cells).as(row).hasSize(6).noneMatch(String::isBlank);
    }
  }

  @ParameterizedTest
  @EnumSource(OpenClKernel.class)
  void kernelFunctionsStartWithTheIdAndAllAreLaunched(OpenClKernel kernel) throws IOException {
    Matcher matcher = KERNEL_NAME.matcher(text(kernel));
    TreeSet<String> functions = new TreeSet<>();
    while (matcher.find()) {
      functions.add(matcher.group(1));
    }
    // One query on many keys: what splits keys does so here.
    AttentionSpec spec = AttentionSpec.builder().lengths(1, 1000).build();
    assertThat(functions).isNotEmpty().allMatch(name -> name.startsWith(kernel.id()));
    try (OpenClSession session = TestDevices.openPreferred()) {
      assertThat(
              kernel
                  .stages(spec, session.device(), kernel.defaultTuning(spec, session.device()))
                  .stream()
                  .map(Stage::kernel))
          .containsExactlyInAnyOrderElementsOf(functions);
    }
  }

  @ParameterizedTest
  @EnumSource(OpenClKernel.class)
  void theHeaderCommentSaysEverythingInOrder(OpenClKernel kernel) throws IOException {
    String header =
        String.join("\n", text(kernel).lines().takeWhile(line -> line.startsWith("//")).toList());
    assertThat(header)
        .containsSubsequence(
            "// Idea: ",
            "\n// Paper: ",
            "\n// Tensors",
            "\n// Launch: ",
            "\n// Local memory: ",
            "\n// Preconditions: ",
            "\n// Leaves out: ");
  }

  @Tag("full")
  @ParameterizedTest
  @EnumSource(OpenClKernel.class)
  void everyKernelBuildsWithoutAWarning(OpenClKernel kernel) {
    // 111 leaves tails of every group of columns; each dimension is another compilation.
    for (int dim : new int[] {64, 111}) {
      requireNoWarning(kernel, AttentionSpec.builder().dim(dim).build());
    }
    requireNoWarning(
        kernel,
        AttentionSpec.builder()
            .mask(BANDS)
            .scoreModifier(
                ScoreModifier.expression(ScoreExpression.parse("s - slope(h) * (p - k)")))
            .build());
  }

  private static void requireNoWarning(OpenClKernel kernel, AttentionSpec spec) {
    String marker = marker();
    try (OpenClSession session =
        TestDevices.openPreferred(file -> KernelSource.load(file) + marker)) {
      TestDevices.assumeSupported(kernel, spec, session);
      SequenceWords sequences = SequenceWords.of(spec);
      String options =
          kernel.buildOptions(
              spec, session.device(), kernel.defaultTuning(spec, session.device()), sequences);
      Programs programs = session.programs();
      Programs.Built built = programs.get(kernel.file(), options, sequences.prologue());
      assertThat(programs.buildLog(built.program())).doesNotContainIgnoringCase("warning");
    }
  }

  /**
   * What measures, enumerates blocks or fills caches has no constant, and no spec to be built for.
   */
  @Test
  void everySupportFileIsKnownAndBuildsWithoutAWarning() throws IOException {
    Map<String, String> options =
        Map.of(
            DeviceBlockEnumerator.FILE,
            "-cl-std=CL1.2 -cl-mad-enable -DLANES=64",
            OpenClCache.FILE,
            "-cl-std=CL1.2 -DKV_TYPE=4 -DLANES=64",
            "support/fma_ceiling.cl",
            "-cl-std=CL1.2",
            "support/read_bandwidth.cl",
            "-cl-std=CL1.2");
    try (Stream<Path> files = Files.list(KERNELS.resolve("opencl/support"))) {
      assertThat(files.map(file -> "support/" + file.getFileName()))
          .containsExactlyInAnyOrderElementsOf(options.keySet());
    }
    SequenceWords words = SequenceWords.of(AttentionSpec.builder().mask(BANDS).build());
    String marker = marker();
    try (OpenClSession session =
        TestDevices.openPreferred(file -> KernelSource.load(file) + marker)) {
      Programs programs = session.programs();
      options.forEach((file, own) -> {
        String prologue = file.equals(DeviceBlockEnumerator.FILE) ? words.prologue() : "";
        Programs.Built built = programs.get(file, own, prologue);
        assertThat(programs.buildLog(built.program()))
            .as(file)
            .doesNotContainIgnoringCase("warning");
      });
    }
  }

  @ParameterizedTest
  @EnumSource(OpenClKernel.class)
  void everyFileBuildsOnItsOwnDefaults(OpenClKernel kernel) {
    try (OpenClSession session = TestDevices.openPreferred()) {
      assertThat(session.programs().get(kernel.file(), "-cl-std=CL1.2")).isNotNull();
    }
  }

  @Test
  void aWarningWouldBeSeen() {
    try (OpenClSession session =
        TestDevices.openPreferred(
            file -> KernelSource.load(file) + marker() + "#warning planted\n")) {
      assertThat(buildLog(session, OpenClKernel.NAIVE, "-cl-std=CL1.2"))
          .containsIgnoringCase("warning")
          .contains("planted");
    }
  }

  /**
   * Makes the compiler run, since a program from a cache has no log. PoCL's cache knows programs by
   * what the preprocessor leaves of them, so a comment would not do.
   */
  private static String marker() {
    return "\n__constant int built_for_its_warnings_%d = 0;\n".formatted(System.nanoTime());
  }

  private static String buildLog(OpenClSession session, OpenClKernel kernel, String options) {
    Programs programs = session.programs();
    return programs.buildLog(programs.get(kernel.file(), options).program());
  }

  private static List<String> constantIds() {
    return Stream.of(OpenClKernel.values()).map(OpenClKernel::id).sorted().toList();
  }

  private static String text(OpenClKernel kernel) throws IOException {
    return Files.readString(KERNELS.resolve("opencl").resolve(kernel.file()));
  }
}
