package io.github.attn4j.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A resource that is kept unpacked is the jar's to the last byte, whatever became of the file. */
class KeptResourceTest {
  private static final String NAME = "some.onnx";
  private static final byte[] CONTENT = bytes(1);

  @TempDir private Path folder = Path.of("");

  private static byte[] bytes(long seed) {
    byte[] bytes = new byte[3_000_000];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  private Path cache() {
    return folder.resolve("cache");
  }

  private Path jar(String name, byte[] content) throws IOException {
    Path jar = folder.resolve(name);
    try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar))) {
      out.putNextEntry(new JarEntry(NAME));
      out.write(content);
      out.closeEntry();
    }
    return jar;
  }

  private byte[] read(Path place) throws IOException {
    try (URLClassLoader loader = new URLClassLoader(new URL[] {place.toUri().toURL()}, null);
        InputStream stream = KeptResource.open(loader, NAME, cache())) {
      return stream.readAllBytes();
    }
  }

  private List<Path> kept() throws IOException {
    try (Stream<Path> files = Files.list(cache())) {
      return files.toList();
    }
  }

  /** What standard error gets meanwhile. */
  private static String said(Reading reading) throws IOException {
    PrintStream before = System.err;
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    try (PrintStream own = new PrintStream(text, true, StandardCharsets.UTF_8)) {
      System.setErr(own);
      reading.run();
    } finally {
      System.setErr(before);
    }
    return text.toString(StandardCharsets.UTF_8);
  }

  private interface Reading {
    void run() throws IOException;
  }

  @Test
  void isUnpackedOnceAndReadFromTheFolderThen() throws Exception {
    Path jar = jar("a.jar", CONTENT);
    assertThat(read(jar)).isEqualTo(CONTENT);
    assertThat(kept())
        .singleElement()
        .satisfies(file -> assertThat(file).hasBinaryContent(CONTENT));
    // The directory of the jar is whole, and the packed bytes are gone: they are not read again.
    byte[] hollow = Files.readAllBytes(jar);
    Arrays.fill(hollow, 100, 2_000_000, (byte) 0);
    Files.write(jar, hollow);
    assertThat(read(jar)).isEqualTo(CONTENT);
  }

  @Test
  void ofAnotherContentIsAnotherFile() throws Exception {
    byte[] other = bytes(2);
    assertThat(read(jar("a.jar", CONTENT))).isEqualTo(CONTENT);
    assertThat(read(jar("b.jar", other))).isEqualTo(other);
    assertThat(read(jar("c.jar", CONTENT))).isEqualTo(CONTENT);
    assertThat(kept()).hasSize(2);
  }

  @Test
  void aDamagedFileIsNoticedAndMadeAnew() throws Exception {
    Path jar = jar("a.jar", CONTENT);
    assertThat(read(jar)).isEqualTo(CONTENT);
    Path file = kept().getFirst();
    byte[] flipped = CONTENT.clone();
    flipped[1_234_567] ^= 1;
    for (byte[] damaged : List.of(flipped, new byte[0], new byte[CONTENT.length + 1])) {
      Files.write(file, damaged);
      assertThat(said(() -> assertThat(read(jar)).isEqualTo(CONTENT)))
          .contains("the unpacked " + file + " is damaged");
      assertThat(file).hasBinaryContent(CONTENT);
    }
    assertThat(kept()).hasSize(1);
  }

  @Test
  void aFolderThatCannotBeMadeCostsAWord() throws Exception {
    Files.writeString(cache(), "a file, no folder");
    Path jar = jar("a.jar", CONTENT);
    assertThat(said(() -> assertThat(read(jar)).isEqualTo(CONTENT)))
        .contains("cannot keep the unpacked model in " + cache(), "Set ATTN_CACHE_DIR");
  }

  @Test
  void aResourceInNoJarIsReadWhereItIs() throws Exception {
    Path classes = Files.createDirectories(folder.resolve("classes"));
    Files.write(classes.resolve(NAME), CONTENT);
    assertThat(read(classes)).isEqualTo(CONTENT);
    assertThat(cache()).doesNotExist();
  }

  /** The entry's checksum stands in the jar's directory, behind the entries. */
  @Test
  void aJarThatIsNotWhatItSaysIsNoModel() throws Exception {
    Path jar = jar("a.jar", CONTENT);
    byte[] torn = Files.readAllBytes(jar);
    int directory = lastIndexOf(torn, new byte[] {'P', 'K', 1, 2});
    torn[directory + 16] ^= 1;
    Files.write(jar, torn);
    assertThatThrownBy(() -> read(jar))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContainingAll(NAME, jar.toString(), "fetch the jar again");
    assertThat(kept()).isEmpty();
  }

  private static int lastIndexOf(byte[] bytes, byte[] mark) {
    for (int at = bytes.length - mark.length; at >= 0; at--) {
      if (Arrays.equals(bytes, at, at + mark.length, mark, 0, mark.length)) {
        return at;
      }
    }
    throw new AssertionError("no jar has no directory");
  }
}
