package io.github.attn4j.bench.cli;

import static io.github.attn4j.core.report.BenchCell.Status.MEASURED;
import static io.github.attn4j.core.report.BenchCell.Status.SKIPPED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.bench.shape.Mode;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.report.BenchCell;
import io.github.attn4j.core.report.BenchReport;
import io.github.attn4j.core.report.JsonReport;
import io.github.attn4j.core.report.Measurement;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.ElementType;
import io.github.attn4j.jvm.JavaBackend;
import io.github.attn4j.opencl.OpenClBackend;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/** {@code bench --mode}: prompts, and decoding over a cache. */
class ModeCommandsTest {
  private static final List<AttentionSpec> HALVES =
      List.of(AttentionSpec.builder().length(64).dim(64).storage(ElementType.F16).build());

  @TempDir private Path folder = Path.of("");
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int attn(String... arguments) {
    CommandLine commandLine = AttnCommand.commandLine();
    commandLine.setOut(new PrintWriter(out, true));
    commandLine.setErr(new PrintWriter(err, true));
    return commandLine.execute(arguments);
  }

  private BenchReport report() {
    return JsonReport.readBench(folder.resolve("report.json"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '"',
      value = {
        "--mode=decode --queries=3; --queries shapes what --mode decode shapes itself: leave --mode out",
        "--mode=decode --shapes=gpt-2; --shapes shapes what --mode decode shapes itself",
        "--mode=prefill --chunk=64; --chunk is of --mode chunked, not of --mode prefill",
        "--chunk=64; --chunk is of --mode chunked; name that mode",
        "--mode=chunked --n=64,256; --chunk 128 does not fit 64 keys",
        "--mode=chunked --chunk=0 --n=64; --chunk 0 does not fit 64 keys",
        "--mode=decode --mask=causal; --mask causal: --mode decode is measured behind full",
        "--mode=prefill --mask=window(63,0); --mode prefill is measured behind causal",
        "--mode=decode --input=model; --input model brings its own shape, which --mode cannot change",
        "--mode=decode --page-size=24; --page-size 24: a page has 16, 32, 64, 128 or 256 rows",
        "--mode=decode --page-size=512; --page-size 512: a page has 16",
        "--mode=train; 'train' is no mode: there are prefill, decode and chunked",
        "--mode=decode --heads=6 --kv-heads=4; 6 query heads do not divide among 4",
        "--dtype=fp16; --dtype: 'fp16' is no element type: there are f32, f16, bf16, i8, f8e4m3",
        "--dtype=i8; --dtype i8: Q and O cannot be stored so, only K and V can: --kv-dtype i8"
      })
  void whatDoesNotGoTogetherIsAUsageErrorWithTheWayOut(String options, String message) {
    List<String> arguments = new java.util.ArrayList<>(List.of("bench"));
    arguments.addAll(List.of(options.split(" ")));
    assertThat(attn(arguments.toArray(String[]::new))).isEqualTo(ExitCode.USAGE);
    assertThat(err.toString()).contains(message);
  }

  @Test
  void aModeShapesItsCellsAndNamesTypesAndPages() {
    assertThat(
            attn(
                "bench",
                "--mode=chunked",
                "--chunk=24",
                "--kernel=java:flash",
                "--n=32,64",
                "--batch=3",
                "--heads=4",
                "--kv-heads=2",
                "--d=16",
                "--dtype=f32,f16",
                "--kv-dtype=f16,i8",
                "--page-size=16",
                "--deterministic",
                "--cell-limit=0.01",
                "--output=" + folder))
        .isEqualTo(ExitCode.NOTHING_TO_DO);
    List<BenchCell> cells = report().cells();
    assertThat(cells).hasSize(2 * 4).allMatch(cell -> cell.status() == SKIPPED);
    assertThat(cells)
        .extracting(BenchCell::types)
        .startsWith("f32 kv:f16", "f32 kv:i8", "f16", "f16 kv:i8", "f32 kv:f16");
    BenchCell last = cells.getLast();
    assertThat(last.shape())
        .isEqualTo("B3 H4/2 S24x64 D16 causal f16 kv:i8 keys pages:16 deterministic");
    assertThat(last.mode()).isEqualTo("chunked");
    assertThat(last.pageSize()).isEqualTo(16);
    assertThat(last.deterministic()).isTrue();
    // Query i stands at key 40 + i and sees all keys up to there.
    assertThat(last.visiblePairs()).isEqualTo(3L * 4 * (24 * 40 + 24 * 25 / 2));
    assertThat(last.sparsity()).isNull(); // nobody asks what it would be without the mask
    assertThat(out.toString()).contains("tokens/s", "KV GB/s", "plain", "reads", "Q/O", "K/V");
  }

  @Test
  void decodingOverALargeCacheIsWhatAModeMeasuresUnlessTold() {
    assertThat(
            attn(
                "bench",
                "--mode=decode",
                "--kernel=java:flash",
                "--cell-limit=0.01",
                "--output=" + folder))
        .isEqualTo(ExitCode.NOTHING_TO_DO);
    assertThat(report().cells())
        .extracting(BenchCell::shape)
        .containsExactly(
            "B1 H32/8 S1x4096 D128 full",
            "B1 H32/8 S1x8192 D128 full",
            "B1 H32/8 S1x16384 D128 full");
    assertThat(report().cells()).extracting(BenchCell::input).containsOnly("normal");
  }

  @Test
  void aDeviceOfAThirdBackendRunsThatOnesKernels() {
    Backends backends = new Backends(List.of(new JavaBackend()));
    DeviceInfo java = backends.devices().getFirst();
    DeviceInfo other =
        new DeviceInfo(
            "tornado",
            0,
            "another",
            java.kind(),
            java.driver(),
            java.computeUnits(),
            java.memoryBytes(),
            java.localBytes(),
            java.largestWorkGroup(),
            java.caches(),
            java.details());
    assertThat(ModeKernels.of(Mode.DECODE, HALVES, backends, other)).isEqualTo("tornado:*");
    assertThat(ModeKernels.of(Mode.DECODE, HALVES, backends, java)).isEqualTo("java:flash");
  }

  @Test
  void aModesBudgetHoldsBesidePeersToo() {
    for (List<String> more : List.of(List.<String>of(), List.of("--peer=torch"))) {
      CommandLine commandLine = AttnCommand.commandLine();
      commandLine.setOut(new PrintWriter(out, true));
      commandLine.setErr(new PrintWriter(err, true));
      List<String> arguments = new java.util.ArrayList<>(List.of("bench", "--mode=decode"));
      arguments.addAll(more);
      // Ends the command before it measures anything, but after the budget is known.
      arguments.addAll(List.of("--kernel=java:flash", "--forks=0", "--n=16", "--output=" + folder));
      assertThat(commandLine.execute(arguments.toArray(String[]::new))).isEqualTo(ExitCode.USAGE);
      assertThat(err.toString()).contains("--forks");
      CommandLine bench = Objects.requireNonNull(commandLine.getSubcommands().get("bench"));
      ReportedRun reported =
          (ReportedRun)
              Objects.requireNonNull(bench.getCommandSpec().mixins().get("reported")).userObject();
      assertThat(reported.timeBudgetSeconds()).isEqualTo(60);
    }
  }

  @Test
  void kernelsAreThoseMadeForTheModeOnTheDevice() {
    Backends withoutOpenCl = new Backends(List.of(new JavaBackend()));
    assertThat(ModeKernels.of(Mode.DECODE, HALVES, withoutOpenCl, null)).isEqualTo("java:flash");
    OpenClBackend openCl = new OpenClBackend();
    Assumptions.assumeFalse(openCl.devices().isEmpty(), "no OpenCL device");
    Backends both = new Backends(List.of(openCl, new JavaBackend()));
    DeviceInfo java = both.device("java:0");
    assertThat(ModeKernels.of(Mode.DECODE, HALVES, both, java)).isEqualTo("java:flash");
    boolean processor = openCl.devices().getFirst().kind() == DeviceInfo.Kind.CPU;
    String usual = processor ? "opencl:flash_query_lanes" : "opencl:flash";
    assertThat(ModeKernels.of(Mode.PREFILL, HALVES, both, null)).isEqualTo(usual);
    assertThat(ModeKernels.of(Mode.DECODE, HALVES, both, null))
        .isEqualTo("opencl:flash_split_kv," + usual);
  }

  @Test
  void tensorCoresAreMeasuredToo_WhereTheTypesAreTheirs() {
    DeviceInfo gpu =
        new DeviceInfo(
            "opencl",
            0,
            "a GPU",
            DeviceInfo.Kind.GPU,
            "a driver",
            132,
            1L << 36,
            48 << 10,
            1024,
            List.of(),
            Map.of("platform", "NVIDIA CUDA", "compute capability", "9.0"));
    Backends backends = new Backends(List.of(new JavaBackend()));
    List<AttentionSpec> singles = List.of(AttentionSpec.builder().length(64).dim(64).build());
    String both = "opencl:flash,opencl:flash_mma";
    assertThat(ModeKernels.of(Mode.PREFILL, HALVES, backends, gpu)).isEqualTo(both);
    assertThat(ModeKernels.of(Mode.PREFILL, singles, backends, gpu)).isEqualTo("opencl:flash");
    assertThat(ModeKernels.of(Mode.DECODE, HALVES, backends, gpu))
        .isEqualTo("opencl:flash_split_kv,opencl:flash");
  }

  @Test
  @Tag("full")
  void decodingSaysTokensAndHowFastTheCacheIsRead() {
    int code =
        attn(
            "bench",
            "--mode=decode",
            "--kernel=opencl:flash_split_kv",
            "--n=512",
            "--batch=2",
            "--heads=8",
            "--kv-heads=2",
            "--d=64",
            "--dtype=f16",
            "--kv-dtype=f16,i8",
            "--page-size=32",
            "--forks=1",
            "--output=" + folder);
    Assumptions.assumeFalse(code == ExitCode.UNAVAILABLE, "no OpenCL device: " + err);
    assertThat(code).as(out + "\n" + err).isEqualTo(ExitCode.OK);
    List<BenchCell> cells = report().cells();
    assertThat(cells).hasSize(2).allMatch(cell -> cell.status() == MEASURED);
    long scales = 2L * 4 * (2 * 2 * 512 / 16);
    long[] cacheBytes = {2L * 2 * 2 * 512 * 128, 2L * 2 * 512 * 128 + scales};
    for (int i = 0; i < cells.size(); i++) {
      Measurement m = Objects.requireNonNull(cells.get(i).measurement());
      double nanos = m.kernelNanos().median();
      assertThat(m.tokensPerSecond()).isCloseTo(2e9 / nanos, within(1e-6 * 2e9 / nanos));
      double rate = cacheBytes[i] / nanos;
      assertThat(m.keyValueGigabytesPerSecond()).isCloseTo(rate, within(1e-9 * rate));
    }
    assertThat(out.toString()).contains("B2 H8/2 S1x512 D64 full f16 kv:i8 keys pages:32");
  }
}
