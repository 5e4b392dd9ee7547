package io.github.attn4j.bench.cli;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.bench.InputSource;
import io.github.attn4j.bench.measure.CellSpec;
import io.github.attn4j.bench.shape.Shape;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.Support;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/**
 * {@code ./attn sparsity}: one context behind masks that leave less and less of it, each against
 * the same kernel without a mask.
 */
@Command(
    name = "sparsity",
    description =
        "Measures what a kernel gains from sparsity: windows and random 64x64 blocks of growing"
            + " density over one context, against their ideal speed-up; with --input model, also what"
            + " they do to the result.",
    mixinStandardHelpOptions = true)
final class SparsityCommand implements Callable<Integer> {
  private static final int BLOCK = 64;
  private static final int STANDARD_LENGTH = 8192;

  /** Twelve heads cost twelve times one: half the context keeps the run short. */
  private static final int STANDARD_MODEL_LENGTH = 2048;

  private static final int STANDARD_DIM = 64;
  private static final List<Integer> PERMILLES = List.of(1000, 500, 200, 100, 50, 20, 10);

  /** What --input calls the family that sweeps use. */
  private static final String RANDOM = "random";

  /** Kernels that a run without --kernel measures: of each backend the first that can. */
  private static final List<List<String>> PREFERRED =
      List.of(List.of("opencl:flash_query_lanes", "opencl:flash"), List.of("java:flash"));

  @Spec private CommandSpec command;
  @ParentCommand private AttnCommand attn;
  @Mixin private RunOptions run;
  @Mixin private ReportedRun reported;

  @Option(
      names = "--n",
      paramLabel = "N",
      description = "Context: queries and keys. Default: 8192; with --input model: 2048.")
  private @Nullable Integer length;

  @Option(names = "--d", paramLabel = "D", description = "Head dimension. Default: 64.")
  private @Nullable Integer headDim;

  @Option(names = "--heads", paramLabel = "H", description = "Heads. Default: 1.")
  private @Nullable Integer heads;

  @Option(
      names = "--input",
      paramLabel = "NAME",
      description =
          "random, another family of bench's --input, or model: all-MiniLM-L6-v2's Q, K, V (12 heads"
              + " of 32), with which quality is shown. Default: ${DEFAULT-VALUE}.",
      defaultValue = RANDOM)
  private String input = RANDOM;

  @Override
  public Integer call() {
    Backends backends = attn.backends();
    InputSource source = InputSource.of(input.equals(RANDOM) ? "normal" : input);
    Shape dense = shape(source);
    DeviceInfo device = run.device(backends);
    List<KernelVariant> kernels =
        run.namesKernels() ? run.kernels(backends) : preferred(backends, device, dense);
    List<CellSpec> cells = new ArrayList<>();
    for (String mask : masks(dense.kvLength(), run.seed(), source.equals(InputSource.MODEL))) {
      for (KernelVariant kernel : kernels) {
        DeviceInfo on = backends.deviceFor(kernel, device);
        cells.add(
            new CellSpec(
                kernel.globalId(),
                on.backend() + ":" + on.index(),
                source,
                dense.withMask(mask),
                run.seed()));
      }
    }
    return reported.run(command, backends, cells, run.seed());
  }

  private Shape shape(InputSource source) {
    boolean model = source.equals(InputSource.MODEL);
    if (model && (heads != null || headDim != null)) {
      throw new IllegalArgumentException(
          "--input model has %d heads of %d; leave --heads and --d out, or name a family such as random"
              .formatted(InputSource.MODEL_HEADS, InputSource.MODEL_HEAD_DIM));
    }
    Shape shape =
        Shape.square(
            model ? InputSource.MODEL_HEADS : heads == null ? 1 : heads,
            length != null ? length : model ? STANDARD_MODEL_LENGTH : STANDARD_LENGTH,
            model ? InputSource.MODEL_HEAD_DIM : headDim == null ? STANDARD_DIM : headDim,
            "full");
    shape.spec(); // a shape that makes no sense ends the command here, not in a fork
    if (shape.kvLength() < 2 * BLOCK) {
      throw new IllegalArgumentException(
          "--n %d has no blocks of %d to leave out: it takes %d at least"
              .formatted(shape.kvLength(), BLOCK, 2 * BLOCK));
    }
    return shape;
  }

  /** The fused kernel of each backend, or of the chosen device's, that computes this shape. */
  private static List<KernelVariant> preferred(
      Backends backends, @Nullable DeviceInfo device, Shape shape) {
    List<KernelVariant> found = new ArrayList<>();
    for (List<String> ofBackend : PREFERRED) {
      ofBackend.stream()
          .flatMap(id -> known(backends, id))
          .filter(kernel -> device == null || kernel.backend().equals(device.backend()))
          .filter(kernel -> !backends.backend(kernel.backend()).devices().isEmpty())
          .filter(kernel ->
              kernel.supports(shape.spec(), backends.deviceFor(kernel, device))
                  instanceof Support.Yes)
          .findFirst()
          .ifPresent(found::add);
    }
    if (found.isEmpty()) {
      throw new IllegalArgumentException(
          "no fused kernel computes %s on the chosen device: name one by --kernel"
              .formatted(shape.spec().label()));
    }
    return found;
  }

  private static Stream<? extends KernelVariant> known(Backends backends, String id) {
    return backends.all().stream()
        .flatMap(backend -> backend.kernels().stream())
        .filter(kernel -> kernel.globalId().equals(id));
  }

  /**
   * The masks, densest first, since a kernel's first cell tells how long its others take: windows
   * of as many keys as a power of two, and random blocks.
   *
   * @param bothSides whether windows reach as far ahead as back: for a model that was trained to
   *     look both ways, and would lose half of its mass to any other
   */
  static List<String> masks(int length, long seed, boolean bothSides) {
    List<String> masks = new ArrayList<>();
    int widest = Integer.highestOneBit(length - 1) << 1;
    for (int width = widest; width >= BLOCK; width /= 2) {
      masks.add(
          bothSides
              ? "window(%d,%d)".formatted(width / 2, width / 2)
              : "window(%d,0)".formatted(width - 1));
    }
    for (int permille : PERMILLES) {
      masks.add(
          "hash(%d, h, p / %d, k / %d) %% 1000 < %d".formatted((int) seed, BLOCK, BLOCK, permille));
    }
    return masks;
  }
}
