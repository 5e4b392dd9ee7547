package io.github.attn4j.bench.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.core.expression.Preset;
import io.github.attn4j.core.expression.Presets;
import io.github.attn4j.core.expression.TableGenerator;
import io.github.attn4j.core.input.NpyFile;
import io.github.attn4j.core.report.BenchCell;
import io.github.attn4j.core.report.BenchReport;
import io.github.attn4j.core.report.JsonReport;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class MaskCommandsTest {
  @TempDir private Path folder = Path.of("");
  private StringWriter out = new StringWriter();
  private StringWriter err = new StringWriter();

  private int attn(String... arguments) {
    out = new StringWriter();
    err = new StringWriter();
    CommandLine commandLine = AttnCommand.commandLine();
    commandLine.setOut(new PrintWriter(out, true));
    commandLine.setErr(new PrintWriter(err, true));
    return commandLine.execute(arguments);
  }

  private void assertRefused(int code, String reason, String... arguments) {
    assertThat(attn(arguments)).as(String.join(" ", arguments)).isEqualTo(code);
    assertThat(err.toString()).contains(reason);
  }

  @Test
  void aMaskIsDrawnInTheTerminal() {
    assertThat(attn("mask", "k <= p && p - k < w", "--let", "w=2", "--n", "6")).isZero();
    assertThat(out.toString().replaceAll("built in .* enumerated", "built"))
        .isEqualToNormalizingNewlines(
            """
            mask: k <= p && p - k < w where w=2
            shape: 1 batch, 1 head, 6 queries from position 0, 6 keys
            block map: built
            blocks: 64 x 64, 100.00 % not empty: 0 empty, 1 partial, 0 full
            pairs: 30.556 % visible, 11 of 36
            keys per query: 1 to 2, within keys 0..5; 0 queries see none

            █▄   \s
             ▀█▄ \s
               ▀█▄
            """);
  }

  @Test
  void everyOptionOfAShapeIsHeeded() throws Exception {
    Path png = folder.resolve("mask.png");
    assertThat(
            attn(
                "mask",
                "h == 2 && b == 1 && k <= p",
                "--nq=3",
                "--nk=9",
                "--offset=4",
                "--batch=2",
                "--heads=3",
                "--b=1",
                "--h=2",
                "--score=alibi",
                "--s=1.5",
                "--out=" + png))
        .as(err.toString())
        .isZero();
    assertThat(out.toString())
        .contains("score: alibi")
        .contains("2 batches, 3 heads, 3 queries from position 4, 9 keys")
        .contains("18 of 162")
        .contains("keys per query: 5 to 7, within keys 0..6")
        .contains("picture: " + png);
    assertThat(Files.readAllBytes(png)).startsWith((byte) 0x89, 'P', 'N', 'G');
  }

  @Test
  void whatMakesNoSenseIsRefusedWithTheWayOut() {
    assertRefused(2, "Missing required parameter", "mask");
    assertRefused(2, "--h 3 is not below --heads 3", "mask", "full", "--heads=3", "--h=3");
    assertRefused(2, "--b -1 is not below --batch 1", "mask", "full", "--b=-1");
    assertRefused(2, "query length must be at least 1", "mask", "full", "--nq=0");
    assertRefused(2, "  k < widht\n      ^", "mask", "k < widht");
    assertRefused(2, "did you mean 'widht'?", "mask", "k < widht", "--let=width=3");
    assertRefused(2, "--table t is used by no mask", "mask", "full", "--table=t=t5_buckets()");
    assertRefused(2, "--block-size 32 goes with --block-list", "mask", "full", "--block-size=32");
    assertRefused(2, "did you mean 'bigbird'?", "mask", "bigbrid");
    assertRefused(8, "nowhere.npy", "mask", "t[k] > 0", "--table=t=nowhere.npy");
    assertRefused(8, "nowhere.npy", "mask", "full", "--block-list=nowhere.npy");
    assertRefused(8, "mask.png", "mask", "full", "--out=" + folder.resolve("no/mask.png"));
  }

  @Test
  void everyPresetIsListedAndDrawnWithinAHundredColumns() {
    assertThat(attn("masks")).isZero();
    for (Preset preset : Presets.all()) {
      assertThat(out.toString()).contains(preset.id());
      preset.parameters().forEach(p -> assertThat(out.toString()).contains(p.name() + " = "));
      if (!preset.isScore()) {
        assertThat(out.toString()).contains("drawn: " + preset.id());
      }
    }
    for (TableGenerator generator : TableGenerator.all()) {
      assertThat(out.toString()).contains(generator.id() + "(");
    }
    assertThat(out.toString().lines()).allMatch(line -> line.length() <= 100);
    assertThat(out.toString()).doesNotContain("\u001b");
  }

  @Test
  void onePresetMayBeNamedAndPicturesLeftOut() {
    assertThat(attn("masks", "sinks", "--plain")).isZero();
    assertThat(out.toString())
        .contains("Xiao et al.", "window = 1020", "k <= p && (p - k < window || k < sinks)")
        .doesNotContain("█", "bigbird");
    assertRefused(2, "did you mean 'sinks'?", "masks", "sink");
  }

  @Test
  void anOwnMaskIsCheckedOverShapesThatBreakKernels() throws Exception {
    Path json = folder.resolve("verify.json");
    assertThat(
            attn(
                "verify",
                "--kernel=java:flash",
                "--mask=window(20,3)",
                "--n=90",
                "--heads=2",
                "--batch=3",
                "--json=" + json))
        .as(out + "" + err)
        .isZero();
    assertThat(Files.readString(json))
        .contains("B3 H2/1 S90 D64 window(20,3)", "B3 H2/1 S1x90", "uneven lengths", "poison-nan");
    assertThat(out.toString()).contains("visible pairs: square ", "decode ", " of ");
    assertRefused(2, "--grid brings its own masks", "verify", "--mask=causal", "--grid=full");
    assertRefused(2, "--n goes with --mask", "verify", "--n=90", "--kernel=java:flash");
    assertRefused(2, "--heads goes with --mask", "verify", "--input=model", "--heads=2");
    assertRefused(2, "^", "verify", "--mask=k <", "--kernel=java:flash");
    assertRefused(2, "--let w is used by no mask", "verify", "--let=w=3", "--kernel=java:flash");
  }

  @Test
  void aListOfBlocksIsCheckedOverItsOwnShapeAlone() throws Exception {
    Path list = Files.writeString(folder.resolve("list.txt"), "0 0\n1 0\n1 1\n");
    Path json = folder.resolve("verify.json");
    int code =
        attn("verify", "--kernel=java:flash", "--block-list=" + list, "--n=100", "--json=" + json);
    assertThat(code).as(out + "" + err).isZero();
    assertThat(Files.readString(json)).contains("list.txt,64)").doesNotContain("decode");
  }

  @Test
  @Tag("full") // its ceilings take most of a minute
  void theCommandOfAReportRepeatsMasksScoresAndNames() throws Exception {
    boolean[] even = new boolean[64];
    even[0] = true;
    Path table = folder.resolve("a table.npy");
    NpyFile.write(table, List.of(64), even);
    Path first = folder.resolve("first");
    assertThat(
            attn(
                "bench",
                "--input=normal",
                "--kernel=java:flash",
                "--n=64",
                "--heads=1",
                "--mask",
                "k <= p && seen[min(k, 63)] == 1 || p - k < w, bigbird",
                "--let=w=5",
                "--let=block=16",
                "--table=seen=" + table,
                "--score=s / 2",
                "--cell-limit=0.01",
                "--output=" + first))
        .as(err.toString())
        .isEqualTo(3);
    BenchReport report = JsonReport.readBench(first.resolve("report.json"));
    assertThat(report.cells())
        .extracting(BenchCell::shape)
        .anyMatch(
            shape -> shape.contains("|| p - k < w where seen=") && shape.endsWith("score s / 2"))
        .anyMatch(shape -> shape.contains("bigbird(block=16)"));
    String command =
        report.environment().commandLine().replaceFirst("^\\./attn", "printf '%s\\\\0'");
    Process shell = new ProcessBuilder("sh", "-c", command).start();
    String[] words =
        new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8).split("\0", 0);
    Path second = folder.resolve("second");
    words[words.length - 1] = "--output=" + second;
    assertThat(attn(words)).isEqualTo(3);
    assertThat(JsonReport.readBench(second.resolve("report.json")).cells())
        .extracting(BenchCell::shape)
        .containsExactlyElementsOf(report.cells().stream().map(BenchCell::shape).toList());
  }

  @Test
  void optionsOfMasksBelongToASweep() {
    assertRefused(2, "--score shapes the sweep", "bench", "--shapes=gpt-2", "--score=alibi");
    assertRefused(2, "--let w is used by no mask", "bench", "--input=model", "--let=w=3");
    assertRefused(2, "--let w is used by no mask", "bench", "--input=normal", "--let=w=3");
  }
}
