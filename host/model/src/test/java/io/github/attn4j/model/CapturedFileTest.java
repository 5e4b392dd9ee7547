package io.github.attn4j.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CapturedFileTest {
  private static final int KEPT = 2 * ModelCapture.WINDOW_TOKENS;
  private static final ModelCapture MODEL = ShippedModel.CAPTURE;

  /** The class path of a packed copy. */
  private static final ClassLoader WITHOUT_MODEL =
      new ClassLoader(CapturedFileTest.class.getClassLoader()) {
        @Override
        public @Nullable URL getResource(String name) {
          return name.startsWith("all-minilm") ? null : super.getResource(name);
        }
      };

  @TempDir private Path folder = Path.of("");
  private Path file = Path.of("");

  @BeforeEach
  void write() throws IOException {
    file = folder.resolve("capture.bin");
    CapturedFile.write(file, MODEL, KEPT);
  }

  @AfterEach
  void forget() {
    System.clearProperty(ModelInputs.CAPTURE_PROPERTY);
  }

  @Test
  void givesTheModelsBitsAtEveryLengthItKeeps() {
    CapturedFile kept = CapturedFile.read(file);
    // Windows cut short, whole ones, and those of [CLS] alone; primes so that all rows are met.
    for (int tokens : new int[] {1, 2, 3, 17, 251, 510, 511, 512, 513, 514, 787, 1023, 1024}) {
      CapturedProjections expected = MODEL.capture(tokens);
      CapturedProjections actual = kept.capture(tokens);
      assertThat(actual.heads()).isEqualTo(expected.heads());
      assertThat(actual.tokens()).isEqualTo(tokens);
      assertThat(actual.headDim()).isEqualTo(expected.headDim());
      assertThat(Arrays.equals(actual.q(), expected.q())).as("Q of %d", tokens).isTrue();
      assertThat(Arrays.equals(actual.k(), expected.k())).as("K of %d", tokens).isTrue();
      assertThat(Arrays.equals(actual.v(), expected.v())).as("V of %d", tokens).isTrue();
    }
  }

  @Test
  void handsOutArraysThatTheCallerMayChange() {
    CapturedFile kept = CapturedFile.read(file);
    Arrays.fill(kept.capture(KEPT).q(), 0);
    assertThat(Arrays.equals(kept.capture(KEPT).q(), MODEL.capture(KEPT).q())).isTrue();
  }

  @Test
  void saysWhereItEndsAndWhatGoesFurther() {
    CapturedFile kept = CapturedFile.read(file);
    assertThatThrownBy(() -> kept.capture(KEPT + 1))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContainingAll("1025 tokens", file.toString(), "first 1024", "checkout");
    assertThatThrownBy(() -> kept.capture(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("tokens is 0");
  }

  @Test
  void keepsWholeWindowsOnly() {
    assertThatThrownBy(() -> CapturedFile.write(file, MODEL, 1000))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("1000", "multiple of 512");
  }

  @Test
  void aDamagedFileIsNamedAndNotUsed() throws IOException {
    byte[] content = Files.readAllBytes(file);
    content[content.length / 2] ^= 1;
    Files.write(file, content);
    assertDamaged();
    content[content.length / 2] ^= 1;
    Files.write(file, Arrays.copyOf(content, content.length - 4));
    assertDamaged();
    Files.write(file, new byte[3]);
    assertDamaged();
    Files.write(file, content);
    assertThat(CapturedFile.read(file).capture(1).tokens()).isEqualTo(1);
  }

  private void assertDamaged() {
    assertThatThrownBy(() -> CapturedFile.read(file))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContainingAll(file.toString(), "damaged");
  }

  @Test
  void standsInOnlyWhereTheModelIsNotOnTheClassPath() {
    System.setProperty(ModelInputs.CAPTURE_PROPERTY, file.toString());
    assertThat(ModelInputs.load()).isInstanceOf(ModelCapture.class);
    assertThat(ModelInputs.load(WITHOUT_MODEL)).isInstanceOf(CapturedFile.class);
  }

  @Test
  void aMissingFileIsNamed() {
    System.setProperty(ModelInputs.CAPTURE_PROPERTY, folder.resolve("nowhere").toString());
    assertThatThrownBy(() -> ModelInputs.load(WITHOUT_MODEL))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("nowhere");
  }
}
