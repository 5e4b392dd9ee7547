package io.github.attn4j.bench.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.core.kernel.BackendException;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.opencl.GivenKernel;
import io.github.attn4j.opencl.KernelTemplate;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A user's kernel, from the JVM that read it to the one that measures it. */
class GivenInForkTest {
  private static final KernelTemplate TEMPLATE = new KernelTemplate("my_variant");

  @TempDir private Path folder = Path.of("");
  private final List<String> set = new ArrayList<>();

  /** As a JVM does with its -D arguments. */
  private GivenKernel cross() throws IOException {
    Path spaced = Files.createDirectories(folder.resolve("a folder, with ümlaut"));
    TEMPLATE.write(spaced);
    return cross(GivenKernel.read(TEMPLATE.sourceFile(spaced), TEMPLATE.descriptorFile(spaced)));
  }

  private GivenKernel cross(GivenKernel kernel) {
    for (String argument : GivenInFork.jvmArguments(kernel)) {
      assertThat(argument).startsWith("-D").doesNotContain(" ");
      String[] sides = argument.substring(2).split("=", 2);
      System.setProperty(sides[0], sides[1]);
      set.add(sides[0]);
    }
    return kernel;
  }

  @AfterEach
  void clear() {
    set.forEach(System::clearProperty);
  }

  @Test
  void theForkKnowsTheKernelByItsId() throws IOException {
    GivenKernel kernel = cross();
    KernelVariant arrived = GivenInFork.backends().kernel("file:my_variant");
    assertThat(((GivenKernel) arrived).sourceDigest()).isEqualTo(kernel.sourceDigest());
  }

  @Test
  void aForkOfTheSuitesKernelsKnowsNone() {
    Backends backends = GivenInFork.backends();
    assertThat(backends.given()).isEmpty();
  }

  @Test
  void aDescriptorWithAUrlThatWasSavedInTheMeantimeIsRefused() throws IOException {
    Path own = Files.createDirectories(folder.resolve("own"));
    Path file = own.resolve("my_variant.cl");
    TEMPLATE.write(own);
    Path json = TEMPLATE.descriptorFile(own);
    String text =
        TEMPLATE.descriptor().replaceFirst("\\{", "{\"\\$schema\": \"https://example.org/a\",");
    Files.writeString(json, text);
    cross(GivenKernel.read(file, json));
    assertThat(GivenInFork.backends().given()).hasSize(1);
    String changed = text.replace("is_cpu == 1 ? 16 : 64", "is_cpu == 1 ? 32 : 64");
    assertThat(changed).isNotEqualTo(text);
    Files.writeString(json, changed);
    assertThatThrownBy(GivenInFork::backends)
        .isInstanceOf(BackendException.LaunchFailed.class)
        .hasMessageContaining("has changed since the run began (they have another digest)");
  }

  @Test
  void whatWasSavedInTheMeantimeIsRefused() throws IOException {
    GivenKernel kernel = cross();
    String text = Files.readString(kernel.file());
    Files.writeString(kernel.file(), text.replace("m_i = score;", "m_i = score + 0;"));
    assertThatThrownBy(GivenInFork::backends)
        .isInstanceOf(BackendException.LaunchFailed.class)
        .hasMessageContaining("my_variant.cl")
        .hasMessageContaining("has changed since the run began (they have another digest)");
    Files.delete(kernel.descriptorFile());
    assertThatThrownBy(GivenInFork::backends)
        .isInstanceOf(BackendException.LaunchFailed.class)
        .hasMessageContaining("cannot read the descriptor");
  }
}
