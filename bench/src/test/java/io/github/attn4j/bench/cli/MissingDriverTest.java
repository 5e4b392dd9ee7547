package io.github.attn4j.bench.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.opencl.OpenClBackend;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** A loader that finds no driver, as where none is installed. */
@Tag("full")
@EnabledOnOs(OS.LINUX)
class MissingDriverTest {
  private static final String INSTALL = "apt-get install pocl-opencl-icd ocl-icd-libopencl1";

  @TempDir private Path folder;

  private ChildJvm withoutDrivers(String... arguments) throws Exception {
    String none = Files.createDirectories(folder.resolve("vendors")).toString();
    return ChildJvm.start(
        folder,
        new ChildJvm.Settings(
            List.of(),
            Map.of("OCL_ICD_VENDORS", none, "OPENCL_VENDOR_PATH", none, "OCL_ICD_FILENAMES", "")),
        AttnCommand.class,
        arguments);
  }

  @Test
  void kernelsThatNeedItAreRefusedWithTheCommandThatInstallsOne() throws Exception {
    try (ChildJvm child = withoutDrivers("verify", "--kernel=opencl:*")) {
      assertThat(child.exitCode()).as(child.err()).isEqualTo(4);
      assertThat(child.err())
          .contains("attn: opencl:naive has no device to run on")
          .contains(INSTALL);
      assertThat(child.out()).isEmpty();
    }
  }

  @Test
  void devicesShowsTheOthersAndSaysWhatIsMissing() throws Exception {
    try (ChildJvm child = withoutDrivers("devices")) {
      assertThat(child.exitCode()).as(child.err()).isZero();
      assertThat(child.out())
          .contains("java:0")
          .doesNotContain(OpenClBackend.ID + ":0")
          .containsPattern("not found: .*OpenCL.*" + INSTALL);
    }
  }
}
