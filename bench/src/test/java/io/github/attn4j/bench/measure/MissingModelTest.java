package io.github.attn4j.bench.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.attn4j.bench.InputSource;
import io.github.attn4j.bench.shape.Shape;
import io.github.attn4j.core.report.BenchCell;
import java.io.File;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MissingModelTest {
  @TempDir private Path folder = Path.of("");

  /** The class path of this test without the model's resources. */
  private static final class WithoutModel extends URLClassLoader {
    WithoutModel() throws IOException {
      super(classPath(), ClassLoader.getPlatformClassLoader());
    }

    private static URL[] classPath() throws IOException {
      List<URL> urls = new ArrayList<>();
      for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
        urls.add(Path.of(entry).toUri().toURL());
      }
      return urls.toArray(URL[]::new);
    }

    @Override
    public @Nullable URL getResource(String name) {
      return name.startsWith("all-minilm") ? null : super.getResource(name);
    }
  }

  @Test
  void aModelThatCannotBeHadIsNoFaultOfTheKernel() throws Exception {
    Path word = folder.resolve("failure");
    System.setProperty(CellFailure.FILE_PROPERTY, word.toString());
    System.setProperty(CellTunings.OWN, "java:flash/"); // as from the parent
    try (WithoutModel loader = new WithoutModel()) {
      Class<?> type = loader.loadClass(AttentionBenchmark.class.getName());
      Object benchmark = type.getConstructor().newInstance();
      type.getField("cell")
          .set(
              benchmark,
              new CellSpec(
                      "java:flash",
                      "java:0",
                      InputSource.MODEL,
                      Shape.square(12, 16, 32, "full"),
                      1)
                  .encode());
      assertThatThrownBy(() -> type.getMethod("open").invoke(benchmark))
          .hasCauseInstanceOf(
              loader.loadClass(CellFailure.Thrown.class.getName()).asSubclass(Throwable.class));
      type.getMethod("close").invoke(benchmark);
    } finally {
      System.clearProperty(CellFailure.FILE_PROPERTY);
      System.clearProperty(CellTunings.OWN);
    }
    CellFailure failure = CellFailure.read(word, "no word was left");
    assertThat(failure.status()).isEqualTo(BenchCell.Status.UNSUPPORTED);
    assertThat(failure.note()).contains("all-minilm-l6-v2").contains("not on the class path");
  }
}
