package io.github.attn4j.bench.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.core.report.BenchCell;
import io.github.attn4j.core.report.BenchReport;
import io.github.attn4j.core.report.JsonReport;
import io.github.attn4j.core.report.Measurement;
import io.github.attn4j.core.report.Quantiles;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** What {@code ./attn ab} asks of a version. */
class TrialCommandTest {
  @TempDir private Path folder = Path.of("");
  private final StringWriter err = new StringWriter();
  private String seconds = "0.05";

  private BenchReport trial(int exitCode, String... arguments) {
    Path report = folder.resolve("trial.json");
    CommandLine commandLine = AttnCommand.commandLine();
    commandLine.setErr(new PrintWriter(err, true));
    String[] words = new String[arguments.length + 3];
    words[0] = "trial";
    words[1] = "--report=" + report;
    words[2] = "--seconds=" + seconds;
    System.arraycopy(arguments, 0, words, 3, arguments.length);
    assertThat(commandLine.execute(words)).as(err.toString()).isEqualTo(exitCode);
    return JsonReport.readBench(report);
  }

  @Test
  @Tag("full")
  void eachCellIsCheckedTimedAndHasPlainMultiplyAddsBeside() {
    BenchReport report =
        trial(
            ExitCode.OK,
            "--kernel=opencl:naive,java:flash",
            "--input=normal",
            "--n=64",
            "--d=64",
            "--untuned");
    assertThat(report.complete()).isTrue();
    assertThat(report.cells())
        .hasSize(2)
        .allSatisfy(cell -> {
          assertThat(cell.status()).as(cell.note()).isEqualTo(BenchCell.Status.MEASURED);
          Measurement m = Objects.requireNonNull(cell.measurement());
          assertThat(m.kernelNanos().median()).isPositive();
          assertThat(m.kernelNanos().samples()).isGreaterThanOrEqualTo(5);
          assertThat(m.maxErrorOverBudget()).isBetween(0.0, 1.0);
          assertThat(m.checkedRows()).isPositive();
          // Other backends' clocks do not compare.
          assertThat(m.plainFmaNanos() != null).isEqualTo(cell.kernel().startsWith("opencl:"));
        });
  }

  @Test
  void aSliceIsOfWholeRoundsHoweverShort() {
    BenchReport report =
        trial(ExitCode.OK, "--kernel=java:flash", "--input=normal", "--n=16", "--d=8");
    Quantiles rounds = Objects.requireNonNull(measurement(report).roundNanos());
    assertThat(rounds.samples()).as("one of each slice at least").isGreaterThanOrEqualTo(10);
    seconds = "1e-9";
    BenchReport shortest =
        trial(ExitCode.OK, "--kernel=java:flash", "--input=normal", "--n=16", "--d=8");
    assertThat(Objects.requireNonNull(measurement(shortest).roundNanos()).samples()).isEqualTo(10);
  }

  private static Measurement measurement(BenchReport report) {
    return Objects.requireNonNull(report.cells().getFirst().measurement());
  }

  @Test
  void theOrderOfCellsFollowsTheSeed() {
    String[] cells = {"--kernel=java:flash", "--input=normal", "--n=2,3,5,7,11,13", "--d=8"};
    BenchReport one = trial(ExitCode.OK, with(cells, "--order-seed=1"));
    assertThat(trial(ExitCode.OK, with(cells, "--order-seed=1")).cells())
        .extracting(BenchCell::keyLength)
        .containsExactlyElementsOf(one.cells().stream().map(BenchCell::keyLength).toList());
    assertThat(trial(ExitCode.OK, with(cells, "--order-seed=2")).cells())
        .extracting(BenchCell::keyLength)
        .isNotEqualTo(one.cells().stream().map(BenchCell::keyLength).toList())
        .containsExactlyInAnyOrder(2, 3, 5, 7, 11, 13);
  }

  /** Once before the launches that do not count, and once before each of ten slices. */
  @Test
  @EnabledOnOs({OS.LINUX, OS.MAC})
  void withTurnsItAsksBeforeEachStretchOfLaunchesWhereItIs() throws Exception {
    Path socket = folder.resolve("turns");
    List<Integer> asked = Collections.synchronizedList(new ArrayList<>());
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(socket));
      Thread giver = Thread.ofVirtual().start(() -> giveTurns(server, asked));
      BenchReport report =
          trial(
              ExitCode.OK,
              "--kernel=java:flash",
              "--input=normal",
              "--n=16,32",
              "--d=8",
              "--turns=" + socket);
      giver.join();
      assertThat(report.cells()).allMatch(cell -> cell.status() == BenchCell.Status.MEASURED);
    }
    assertThat(asked).hasSize(2 * 11).isSorted();
    assertThat(asked.stream().distinct()).hasSize(2).allMatch(number -> number >= 0);
    assertThat(asked.subList(0, 11).stream().distinct()).hasSize(1);
  }

  private static void giveTurns(ServerSocketChannel server, List<Integer> asked) {
    try (SocketChannel trial = server.accept()) {
      ByteBuffer wanted = ByteBuffer.allocate(Integer.BYTES);
      while (trial.read(wanted) >= 0) {
        if (!wanted.hasRemaining()) {
          asked.add(wanted.flip().getInt());
          wanted.clear();
          trial.write(ByteBuffer.allocate(1));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void aTrialThatNobodyGivesTurnsMeasuresNothing() {
    CommandLine commandLine = AttnCommand.commandLine();
    commandLine.setErr(new PrintWriter(err, true));
    Path nobody = folder.resolve("nobody");
    assertThat(
            commandLine.execute(
                "trial",
                "--kernel=java:flash",
                "--input=normal",
                "--n=16",
                "--d=8",
                "--report=" + folder.resolve("trial.json"),
                "--turns=" + nobody))
        .isEqualTo(ExitCode.FILE);
    assertThat(err.toString()).contains("--turns " + nobody + ": nobody gives turns there");
  }

  private static String[] with(String[] words, String more) {
    String[] all = java.util.Arrays.copyOf(words, words.length + 1);
    all[words.length] = more;
    return all;
  }
}
