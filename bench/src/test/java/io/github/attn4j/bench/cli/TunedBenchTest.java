package io.github.attn4j.bench.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.bench.shape.Shape;
import io.github.attn4j.core.kernel.Backend;
import io.github.attn4j.core.kernel.BackendException;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.Support;
import io.github.attn4j.core.kernel.Tuning;
import io.github.attn4j.core.kernel.TuningParameter;
import io.github.attn4j.core.report.BenchCell;
import io.github.attn4j.core.report.JsonReport;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.tuning.ShapeClass;
import io.github.attn4j.core.tuning.TuningFile;
import io.github.attn4j.core.tuning.TuningRecord;
import io.github.attn4j.testing.Required;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** A tuning of the user's, from its file through the parent into the JVM that measures. */
@Tag("full")
class TunedBenchTest {
  private static final Shape SHAPE = Shape.square(4, 16, 48, "full");

  @TempDir private Path folder;
  private final Backends backends = new Backends();
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private DeviceInfo device() {
    try {
      return backends.deviceFor(backends.kernel("opencl:flash"), null);
    } catch (BackendException.Unavailable e) {
      return Required.abort("opencl", e.description());
    }
  }

  /** One that is not what runs without a record, so that it can have come from the record alone. */
  private static Tuning another(
      KernelVariant kernel, AttentionSpec spec, DeviceInfo device, Tuning usual) {
    return kernel.tuningParameters().stream()
        .flatMap(parameter -> changes(parameter, usual).stream())
        .filter(tuning -> kernel.admits(tuning, spec, device) instanceof Support.Yes)
        .findFirst()
        .orElseThrow(() -> new AssertionError("nothing but " + usual.label() + " is admitted"));
  }

  private static List<Tuning> changes(TuningParameter parameter, Tuning usual) {
    return parameter.values().stream()
        .map(value -> usual.with(parameter.name(), value))
        .filter(tuning -> !tuning.equals(usual))
        .toList();
  }

  @Test
  void whatARecordSaysIsWhatTheForkRunsAndReports() {
    DeviceInfo device = device();
    KernelVariant kernel =
        backends.kernel(
            device.kind() == DeviceInfo.Kind.CPU ? "opencl:flash_query_lanes" : "opencl:flash");
    Backend backend = backends.backend(kernel.backend());
    AttentionSpec spec = SHAPE.spec();
    Tuning usual = backend.tunings().of(kernel, spec, device);
    Tuning planted = another(kernel, spec, device, usual);
    TuningFile file = new TuningFile(folder.resolve("tuning.json"));
    file.write(List.of(record(kernel, device, planted, usual)));
    CommandLine attn = AttnCommand.commandLine();
    attn.setOut(new PrintWriter(out, true));
    attn.setErr(new PrintWriter(err, true));
    assertThat(
            attn.execute(
                "bench",
                "--kernel=" + kernel.globalId(),
                "--device=" + device.backend() + ":" + device.index(),
                "--input=normal",
                "--n=16",
                "--heads=4",
                "--d=48",
                "--mask=full",
                "--forks=1",
                "--tuning-file=" + file.path(),
                "--output=" + folder))
        .as(err + "\n" + out)
        .isEqualTo(ExitCode.OK);
    assertThat(err.toString()).doesNotContain("is not used");
    List<BenchCell> cells = JsonReport.readBench(folder.resolve("report.json")).cells();
    assertThat(cells)
        .filteredOn(cell -> cell.kernel().equals(kernel.globalId()))
        .singleElement()
        .satisfies(cell -> {
          assertThat(cell.status()).as(cell.note()).isEqualTo(BenchCell.Status.MEASURED);
          assertThat(Objects.requireNonNull(cell.measurement()).tuning())
              .isEqualTo(planted.label())
              .isNotEqualTo(usual.label());
        });
  }

  private static TuningRecord record(
      KernelVariant kernel, DeviceInfo device, Tuning planted, Tuning usual) {
    return new TuningRecord(
        device.backend(),
        device.name(),
        device.driver(),
        device.computeUnits(),
        kernel.globalId(),
        kernel.sourceDigest(),
        ShapeClass.of(SHAPE.spec(), device),
        planted.label(),
        90,
        usual.label(),
        100,
        1.11,
        1.09,
        true,
        SHAPE.spec().label(),
        "2026-01-01T00:00:00Z");
  }
}
