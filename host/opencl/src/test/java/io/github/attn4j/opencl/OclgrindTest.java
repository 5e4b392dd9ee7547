package io.github.attn4j.opencl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.github.attn4j.testing.Required;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is made of a process that dies: no kernel is run, and no simulator is needed. */
class OclgrindTest {
  /** Never loaded by {@link Simulated}, which asks for no device. */
  private static final Oclgrind SIMULATOR = new Oclgrind(Path.of("liboclgrind-rt-icd.so"));

  private static final int ABORTED = 128 + 6;

  @TempDir Path folder;

  /**
   * A process that ends like one in which Oclgrind has crashed, as long as its file holds anything;
   * it takes a letter of it each time.
   */
  static final class Simulated {
    private Simulated() {}

    /** Arguments: the file, and what is printed before the crash. */
    public static void main(String[] arguments) throws IOException {
      Path crashesLeft = Path.of(arguments[0]);
      String left = Files.readString(crashesLeft);
      if (!left.isEmpty()) {
        Files.writeString(crashesLeft, left.substring(1));
        System.out.println(arguments[1]);
        System.out.flush();
        Runtime.getRuntime().halt(ABORTED);
      }
      System.out.println("right: 2 of 2, unsupported 1");
    }
  }

  /** Every test under Oclgrind is skipped without it: where it is required, one has to fail. */
  @Test
  void itIsFoundWhereItIsRequired() {
    if (Required.names("oclgrind")) {
      assertThatCode(Oclgrind::find).doesNotThrowAnyException();
    }
  }

  private Oclgrind.Outcome afterCrashes(String crashes, String said) throws IOException {
    Path left = Files.writeString(folder.resolve("left"), crashes);
    return SIMULATOR.run(
        "kernel",
        true,
        Simulated.class,
        List.of(left.toString(), said),
        folder,
        Duration.ofMinutes(2));
  }

  @Test
  @Tag("full")
  void aCrashOfTheSimulatorIsRepeatedOnceAndTold() throws IOException {
    Oclgrind.Outcome outcome = afterCrashes("x", "# C  [liboclgrind-21.10.so+0x1]");
    assertThat(outcome.clean()).isTrue();
    assertThat(outcome.right()).isEqualTo(2);
    assertThat(outcome.output())
        .startsWith("Oclgrind itself crashed (exit code 134 after ")
        .contains("ran once more");
  }

  @Test
  @Tag("full")
  void aSecondCrashIsAFailure() throws IOException {
    Oclgrind.Outcome outcome = afterCrashes("xx", "# C  [liboclgrind-21.10.so+0x1]");
    assertThat(outcome.clean()).isFalse();
    assertThat(outcome.exitCode()).isEqualTo(ABORTED);
    assertThat(outcome.output()).contains("ran once more");
  }

  /** A kernel's mistake must not be given another chance to hide. */
  @Test
  @Tag("full")
  void aCrashElsewhereAndOneAfterAFindingAreNotRepeated() throws IOException {
    Oclgrind.Outcome elsewhere = afterCrashes("x", "# C  [libc.so.6+0x1]");
    assertThat(elsewhere.exitCode()).isEqualTo(ABORTED);
    assertThat(elsewhere.output()).doesNotContain("ran once more");
    Oclgrind.Outcome found = afterCrashes("x", "Invalid read of size 4, in [liboclgrind.so+0x1]");
    assertThat(found.exitCode()).isEqualTo(ABORTED);
    assertThat(found.findings()).hasSize(1);
    assertThat(found.output()).doesNotContain("ran once more");
  }

  /** As it reports them; what its authors call a mistake is one, whichever words they choose. */
  @Test
  void everyReportOfALaunchIsAFinding() {
    String report =
        """
        case one pair (B1 H1 S1 D8 full): passed, 4.5 s

        Invalid memory load - source pointer is not aligned to the pointed type
        \tKernel: flash
        \tEntity: Global(0,0,0) Local(0,0,0) Group(0,0,0)
        \t  %10 = load <4 x float>, <4 x float> addrspace(1)* %9, align 16, !dbg !147

        Work-item finished without waiting for events
        \tKernel: flash

        right: 2 of 2, unsupported 0
        """;
    Oclgrind.Outcome outcome = Oclgrind.outcome("flash", true, 0, report, 1);
    assertThat(outcome.findings())
        .containsExactly(
            "Invalid memory load - source pointer is not aligned to the pointed type",
            "Work-item finished without waiting for events");
    assertThat(outcome.clean()).isFalse();
  }
}
