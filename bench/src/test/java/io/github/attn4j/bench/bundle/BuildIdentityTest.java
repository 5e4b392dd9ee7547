package io.github.attn4j.bench.bundle;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.jar.JarOutputStream;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BuildIdentityTest {
  @TempDir private Path folder = Path.of("");

  private Path jar(String name, String content) throws IOException {
    Path jar = folder.resolve(name);
    try (OutputStream file = Files.newOutputStream(jar);
        JarOutputStream out = new JarOutputStream(file)) {
      ZipEntry entry = new ZipEntry("kernel.cl");
      entry.setTime(0);
      out.putNextEntry(entry);
      out.write(content.getBytes(java.nio.charset.StandardCharsets.UTF_8));
      out.closeEntry();
    }
    return jar;
  }

  private Optional<String> identity(String own, String library) throws IOException {
    return BuildIdentity.of(
        jar("attn4j-bench.jar", own) + File.pathSeparator + jar("library-1.0.jar", library));
  }

  @Test
  void anotherByteOfTheSuitesOwnJarsIsAnotherBuild() throws Exception {
    Optional<String> one = identity("one", "library");
    assertThat(one).hasValueSatisfying(digest -> assertThat(digest).matches("[0-9a-f]{64}"));
    assertThat(identity("one", "library")).isEqualTo(one);
    assertThat(identity("two", "library")).isPresent().isNotEqualTo(one);
    assertThat(identity("one", "a library of another size")).isPresent().isNotEqualTo(one);
  }

  @Test
  void foldersOfClassesHaveNone() {
    assertThat(BuildIdentity.of(folder.toString())).isEmpty();
  }
}
