package io.github.attn4j.bench.ab;

import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.report.BenchCell;
import io.github.attn4j.core.report.BenchReport;
import io.github.attn4j.core.report.Environment;
import io.github.attn4j.core.report.JsonReport;
import io.github.attn4j.core.report.Measurement;
import io.github.attn4j.core.report.Noise;
import io.github.attn4j.core.report.Quantiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A version that is a small script: it writes down that it was started and with what, and answers a
 * trial with a report that lies ready.
 */
public final class FakeVersion {
  private final Path folder;

  /**
   * Makes a folder with {@code ./attn} in it.
   *
   * @param log each start is a line of it: the name, then the arguments
   */
  public FakeVersion(Path folder, String name, Path log) throws IOException {
    this.folder = Files.createDirectories(folder);
    script(
        """
        echo '%s' "$@" | tr '\\n' ' ' >> '%s'; echo >> '%s'
        echo "$1 ${ATTN_NO_BUILD:-may build}" >> "$here/builds"
        [ "$1" != --version ] || exit 0
        if [ "$2" = --help ]; then
          if [ -e "$here/old" ]; then echo 'Usage: attn [-hV] [COMMAND]'; exit 0; fi
          echo 'Usage: attn trial --report=FILE'; [ ! -e "$here/turns" ] || echo '--turns=SOCKET'
          exit 0
        fi
        [ ! -e "$here/before.sh" ] || . "$here/before.sh"
        for word in "$@"; do
          case $word in
            --turns=*) . "$here/turns" ;;
            --report=*) cp "$here/result.json" "${word#--report=}" ;;
            --output=*) cp "$here/result.json" "${word#--output=}/report.json" ;;
          esac
        done
        [ ! -e "$here/exit" ] || exit "$(cat "$here/exit")"
        """
            .formatted(name, log, log));
  }

  /** Replaces the script. */
  public FakeVersion script(String lines) throws IOException {
    Path script = folder.resolve("attn");
    Files.writeString(script, "#!/bin/sh\nhere=$(cd \"$(dirname \"$0\")\" && pwd)\n" + lines);
    if (!script.toFile().setExecutable(true)) {
      throw new IOException("cannot make " + script + " executable");
    }
    return this;
  }

  /** Lines that a trial begins with. */
  public FakeVersion before(String lines) throws IOException {
    Files.writeString(folder.resolve("before.sh"), lines);
    return this;
  }

  /**
   * Has its trials take turns: before it answers, a process asks for them.
   *
   * @param cells see {@link TurnTaker}
   */
  public FakeVersion turns(String cells) throws IOException {
    Files.writeString(
        folder.resolve("turns"),
        TurnTaker.command(folder.getFileName().toString(), folder.resolve("../turns"), cells)
            + " \"$word\" || exit\n");
    return this;
  }

  /** Has it know no {@code trial}. */
  public FakeVersion old() throws IOException {
    Files.writeString(folder.resolve("old"), "");
    return this;
  }

  /** What it answers with. */
  public FakeVersion answers(BenchCell... cells) throws IOException {
    JsonReport.write(folder.resolve("result.json"), report(cells));
    return this;
  }

  /** What its trials exit with after they have answered. */
  public FakeVersion exits(int code) throws IOException {
    Files.writeString(folder.resolve("exit"), Integer.toString(code));
    return this;
  }

  /** What each of its starts was told of building: the command, then 1 where it must not. */
  public List<String> builds() throws IOException {
    return Files.readAllLines(folder.resolve("builds"));
  }

  /** A file in its folder, which lines of {@link #before} call {@code $here}. */
  public Path file(String name) {
    return folder.resolve(name);
  }

  /** Where it lies. */
  public String path() {
    return folder.toString();
  }

  /** A report without ceilings, as trials have it. */
  public static BenchReport report(BenchCell... cells) {
    Environment here = Environment.capture(List.of(), "./attn trial", 1);
    return new BenchReport(
        BenchReport.SCHEMA_VERSION,
        new Environment(
            here.tool(),
            "1.0",
            "0123456789abcdef",
            false,
            here.os(),
            here.cpu(),
            here.cores(),
            here.jdk(),
            List.of(
                new DeviceInfo(
                    "opencl",
                    0,
                    "abacus",
                    DeviceInfo.Kind.CPU,
                    "1",
                    2,
                    1 << 30,
                    0,
                    1,
                    List.of(),
                    Map.of())),
            here.startedAt(),
            here.commandLine(),
            1),
        List.of(),
        "operations",
        List.of(),
        List.of(cells),
        List.of(),
        List.of(),
        new Noise(false, List.of()),
        true);
  }

  /** A measured cell. */
  public static BenchCell cell(String kernel, double nanos) {
    return cell(kernel, nanos, nanos, "");
  }

  /** One whose launches are not all alike, and that is tuned. */
  public static BenchCell cell(String kernel, double nanos, double roundNanos, String tuning) {
    Quantiles quantiles = new Quantiles(nanos, nanos, nanos, 10);
    return cell(
        kernel,
        "abacus",
        BenchCell.Status.MEASURED,
        "",
        new Measurement(
            quantiles,
            null,
            quantiles,
            quantiles,
            quantiles,
            1,
            true,
            1,
            true,
            1,
            0,
            1e9,
            1e9 / nanos,
            1e6 / nanos,
            1 << 20,
            1,
            "",
            Double.NaN,
            0,
            0,
            0,
            0.5,
            1,
            1,
            1,
            Double.NaN,
            tuning,
            new Quantiles(1e6, 1e6, 1e6, 10),
            null,
            1,
            1,
            new Quantiles(roundNanos, roundNanos, roundNanos, 10)));
  }

  /** Any cell. */
  public static BenchCell cell(
      String kernel,
      String device,
      BenchCell.Status status,
      String note,
      @Nullable Measurement measurement) {
    return new BenchCell(
        kernel,
        "opencl:0",
        device,
        "",
        "B1 H8 S64 D64 full",
        "normal",
        1,
        8,
        8,
        64,
        64,
        64,
        64,
        "f32",
        "f32",
        "",
        0,
        false,
        "full",
        8L * 64 * 64,
        0,
        0,
        0,
        status,
        note,
        measurement,
        null);
  }
}
