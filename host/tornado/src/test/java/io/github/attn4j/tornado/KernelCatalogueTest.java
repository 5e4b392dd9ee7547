package io.github.attn4j.tornado;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Classes and constants fit each other, and every kernel explains itself. */
class KernelCatalogueTest {
  private static final String HEADER = "\n * Idea: ";

  @Test
  void everyKernelHasItsConstantAndEveryConstantItsKernel() throws IOException {
    try (Stream<Path> files = Files.list(PlantedBackend.SOURCES)) {
      List<String> kernels =
          files
              .map(file -> file.getFileName().toString().replaceFirst("\\.java$", ""))
              .filter(name -> text(name).contains(HEADER))
              .sorted()
              .toList();
      assertThat(kernels)
          .containsExactlyElementsOf(
              Stream.of(TornadoKernel.values())
                  .flatMap(kernel -> classNames(kernel).stream())
                  .sorted()
                  .toList());
    }
  }

  @ParameterizedTest
  @EnumSource(TornadoKernel.class)
  void theHeaderCommentSaysEverythingInOrder(TornadoKernel kernel) {
    for (String className : classNames(kernel)) {
      requireHeader(text(className));
    }
  }

  @ParameterizedTest
  @EnumSource(TornadoKernel.class)
  void theLadderHasARow(TornadoKernel kernel) throws IOException {
    Path ladder = PlantedBackend.SOURCES.resolve("../../../../../../../../../README.md");
    assertThat(Files.readString(ladder)).contains("\n| `" + kernel.globalId() + "` |");
  }

  private static void requireHeader(String text) {
    String header = text.substring(text.indexOf("/**"), text.indexOf("public final class"));
    assertThat(header)
        .containsSubsequence(
            HEADER,
            "Paper: ",
            "Tensors (float32): ",
            "Launch: ",
            "Local memory: ",
            "Preconditions: ",
            "Leaves out: ");
  }

  /** ONLINE_SOFTMAX stands for OnlineSoftmax; FLASH is another class on CPU devices. */
  private static List<String> classNames(TornadoKernel kernel) {
    String name =
        Stream.of(kernel.id().split("_", -1))
            .map(word -> word.substring(0, 1).toUpperCase(Locale.ROOT) + word.substring(1))
            .collect(Collectors.joining());
    return kernel == TornadoKernel.FLASH ? List.of(name, "FlashLanes") : List.of(name);
  }

  private static String text(String className) {
    try {
      return Files.readString(PlantedBackend.SOURCES.resolve(className + ".java"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
