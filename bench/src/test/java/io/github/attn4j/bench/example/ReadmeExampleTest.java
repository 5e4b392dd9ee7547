package io.github.attn4j.bench.example;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.opencl.OpenClBackend;
import io.github.attn4j.testing.Required;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The program that README.md shows compiles and runs as it stands there, on either backend. */
class ReadmeExampleTest {
  private static final String BEGIN = "<!-- example:begin -->\n```java\n";
  private static final String END = "```\n<!-- example:end -->";

  @TempDir private Path folder;

  @Test
  @Tag("full")
  void theProgramRunsOnOpenCl() throws Exception {
    List<DeviceInfo> devices = new OpenClBackend().devices();
    if (devices.isEmpty()) {
      Required.abort(OpenClBackend.ID, "no OpenCL device for the program in README.md");
    }
    // 8 heads of 1,024 queries by 64 columns.
    assertThat(printed(program())).contains("524288 elements by opencl:");
  }

  @Test
  void theProgramRunsWithoutOpenCl() throws Exception {
    String program =
        program()
            .replace("io.github.attn4j.opencl.OpenClBackend", "io.github.attn4j.jvm.JavaBackend");
    assertThat(printed(program.replace("new OpenClBackend()", "new JavaBackend()")))
        .contains("524288 elements by java:flash");
  }

  @Test
  void theProgramIsShort() throws Exception {
    String program = program();
    String body = program.substring(program.indexOf("void main()"));
    assertThat(body.lines().filter(line -> !line.isBlank()).count()).isLessThanOrEqualTo(10);
  }

  private static String program() throws IOException {
    String readme =
        Files.readString(Path.of(System.getProperty("basedir", ".")).resolve("../README.md"));
    int begin = readme.indexOf(BEGIN);
    assertThat(begin).as("README.md shows a program").isPositive();
    return readme.substring(begin + BEGIN.length(), readme.indexOf(END, begin));
  }

  private String printed(String program) throws Exception {
    Path file = Files.writeString(folder.resolve("Example.java"), program);
    Path output = folder.resolve("output.txt");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules=jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                file.toString())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    boolean ended = process.waitFor(120, TimeUnit.SECONDS);
    process.destroyForcibly();
    assertThat(ended).as("it ends").isTrue();
    String printed = Files.readString(output);
    assertThat(process.exitValue()).as(printed).isZero();
    return printed;
  }
}
