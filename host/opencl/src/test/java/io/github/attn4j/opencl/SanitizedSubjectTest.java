package io.github.attn4j.opencl;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What {@code ./attn sanitize --full} says it runs, everything, is everything. */
class SanitizedSubjectTest {
  private static final Path KERNELS =
      Path.of(System.getProperty("basedir", ".")).resolve("../../kernels/opencl").normalize();

  @Test
  void everyKernelFileIsASubjectAndEverySubjectHasItsFile() throws IOException {
    try (Stream<Path> files = Files.walk(KERNELS)) {
      List<String> expected =
          files
              .filter(
                  file -> file.toString().endsWith(".cl") && !file.toString().contains("target"))
              .map(file -> KERNELS.relativize(file).toString())
              .sorted()
              .toList();
      assertThat(expected).hasSizeGreaterThan(15);
      assertThat(
              SanitizedSubject.all().stream().map(SanitizedSubjectTest::file).distinct().sorted())
          .containsExactlyElementsOf(expected);
    }
  }

  /** The blocks of a layer are those of the device: there is no tuning to be odd. */
  @Test
  void everyLayerAndSupportKernelIsAskedAsOnACpuAndAsOnAGpu() {
    for (SanitizedSupport support : SanitizedSupport.values()) {
      assertThat(SanitizedSubject.all().stream().filter(one -> one.support() == support))
          .extracting(SanitizedSubject::device)
          .containsExactly(SanitizedDevice.CPU, SanitizedDevice.GPU);
    }
  }

  private static String file(SanitizedSubject subject) {
    OpenClKernel kernel = subject.kernel();
    return kernel != null ? kernel.file() : subject.requireSupport().file();
  }
}
