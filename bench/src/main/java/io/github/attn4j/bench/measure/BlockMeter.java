package io.github.attn4j.bench.measure;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.core.cost.BlockTime;
import io.github.attn4j.core.cost.LayerTimes;
import io.github.attn4j.core.cost.ModelReport;
import io.github.attn4j.core.input.SplitMix64;
import io.github.attn4j.core.kernel.BackendException;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.PreparedKernel;
import io.github.attn4j.core.kernel.Session;
import io.github.attn4j.core.kernel.StagedInputs;
import io.github.attn4j.core.layer.DeviceIndices;
import io.github.attn4j.core.layer.DeviceTensor;
import io.github.attn4j.core.layer.Layers;
import io.github.attn4j.core.layer.PositionTables;
import io.github.attn4j.core.run.Watchdog;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.AttentionSpecBuilder;
import io.github.attn4j.core.spec.Layout;
import io.github.attn4j.core.spec.Mask;
import io.github.attn4j.model.decoder.BlockOracle;
import io.github.attn4j.model.decoder.BlockShape;
import io.github.attn4j.model.decoder.BlockTensors;
import io.github.attn4j.model.decoder.BlockWeights;
import io.github.attn4j.model.decoder.DecoderBlock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * Runs one block of a transformer, layers and attention, on drawn weights, and times it: the whole
 * block where memory and time allow, else a narrower one ({@link BlockPlan}). Every run has inputs
 * of its own. The first and the last one that counts are checked: some tokens against float64.
 */
public final class BlockMeter {
  private static final int MOST_RUNS = 9;
  private static final int LEAST_RUNS = 3;

  private final BlockPlan plan;
  private final Session session;
  private final KernelVariant kernel;
  private final Watchdog watchdog;
  private final long seed;
  private final String what;
  private long drawn;
  private float[] hidden = new float[0];
  private float[] added = new float[0];

  private BlockMeter(
      BlockPlan plan, Session session, KernelVariant kernel, Watchdog watchdog, long seed) {
    this.plan = plan;
    this.session = session;
    this.kernel = kernel;
    this.watchdog = watchdog;
    this.seed = seed;
    what =
        "%s on %s, one block of %s over %,d tokens"
            .formatted(
                kernel.globalId(),
                session.device().name(),
                BlockPlan.describe(plan.block()),
                plan.context());
  }

  /**
   * What it may take.
   *
   * @param seconds for drawing, checks and runs
   * @param memoryBytes of the host, for all copies of weights and activations
   */
  public record Share(double seconds, long memoryBytes) {}

  /**
   * Refuses, before anything is measured, a model none of whose blocks can be addressed.
   *
   * @throws IllegalArgumentException with the reason
   */
  public static void requireAddressable(ModelReport report) {
    BlockPlan.requireAddressable(report.shape());
  }

  /**
   * Measures.
   *
   * @param report whose model's block it is
   * @param times of the same kernel and device, of all contexts
   * @param seed of weights and inputs, and of the tokens that are checked
   * @param found takes the times with the block, or with the reason why none ran: the device has no
   *     layers, nothing fits, or, before the exception goes on, the block failed
   * @throws BackendException.LaunchFailed if a result is wrong
   */
  public static void measure(
      ModelReport report,
      LayerTimes times,
      Backends backends,
      KernelVariant kernel,
      DeviceInfo device,
      Share share,
      Watchdog watchdog,
      long seed,
      Consumer<LayerTimes> found) {
    try (Session session = backends.backend(kernel.backend()).open(device)) {
      BlockPlan plan;
      try {
        var _ = session.layers(); // before anything is planned for a device without
        plan =
            BlockPlan.of(
                report.shape(),
                times,
                report.contexts().stream().map(account -> account.context()).toList(),
                new BlockPlan.Limits(
                    share.memoryBytes(),
                    device.memoryBytes() / 2,
                    share.seconds(),
                    Runtime.getRuntime().availableProcessors()));
      } catch (UnsupportedOperationException | IllegalArgumentException e) {
        found.accept(times.without(String.valueOf(e.getMessage())));
        return;
      }
      var meter = new BlockMeter(plan, session, kernel, watchdog, seed);
      found.accept(times.with(meter.run(share.seconds())));
    } catch (BackendException e) {
      found.accept(times.without("it failed: " + e.getMessage()));
      throw e;
    }
  }

  private BlockTime run(double seconds) {
    BlockShape block = plan.block();
    BlockWeights weights = BlockWeights.draw(block, seed, 0);
    BlockOracle oracle = new BlockOracle(block, weights);
    Layers layers = session.layers();
    watchdog.step(what);
    try (DecoderBlock onDevice = new DecoderBlock(layers, "the block", block, weights);
        BlockTensors tensors = BlockTensors.of(layers, block, plan.context());
        DeviceIndices positions = layers.allocateIndices("positions", plan.context());
        DeviceTensor angles =
            layers.upload(
                "angles of positions",
                PositionTables.rotary(plan.context(), block.headDim(), BlockShape.ROTARY_BASE));
        StagedInputs staged = session.stage(spec(), tensors.attention());
        PreparedKernel attention = session.prepare(kernel, staged)) {
      positions.write(IntStream.range(0, plan.context()).toArray());
      Runner runner = new Runner(layers, onDevice, tensors, positions, angles, attention);
      long settling = System.nanoTime();
      long settlingNanos = (long) (seconds * 1e9 / 8);
      do {
        runner.run(); // a JVM compiles while it runs; caches fill
      } while (System.nanoTime() - settling < settlingNanos);
      double worst = check(oracle, tensors);
      List<Run> runs = new ArrayList<>();
      long start = System.nanoTime();
      long timedNanos = (long) (seconds * 1e9 / 3);
      while (runs.size() < MOST_RUNS
          && (runs.size() < LEAST_RUNS || System.nanoTime() - start < timedNanos)) {
        runs.add(runner.run());
      }
      worst = Math.max(worst, check(oracle, tensors));
      watchdog.rest();
      return plan.time(
          Samples.of(runs.stream().mapToDouble(Run::nanos).toArray()),
          Samples.of(runs.stream().mapToDouble(Run::attentionNanos).toArray()).median(),
          worst);
    }
  }

  /** Of a run: wall clock, and attention's share of it by the device's. */
  private record Run(double nanos, double attentionNanos) {}

  /** What runs it, each time on other inputs. */
  private final class Runner {
    private final Layers layers;
    private final DecoderBlock block;
    private final BlockTensors tensors;
    private final DeviceIndices positions;
    private final DeviceTensor angles;
    private final PreparedKernel attention;

    Runner(
        Layers layers,
        DecoderBlock block,
        BlockTensors tensors,
        DeviceIndices positions,
        DeviceTensor angles,
        PreparedKernel attention) {
      this.layers = layers;
      this.block = block;
      this.tensors = tensors;
      this.positions = positions;
      this.angles = angles;
      this.attention = attention;
    }

    Run run() {
      watchdog.step(what);
      draw();
      tensors.hidden().write(0, hidden);
      tensors.added().write(0, added);
      layers.finish();
      int rows = plan.context();
      long start = System.nanoTime();
      // As in the midst of a stack: what the block before adds is added first.
      block.project(rows, tensors, true, positions, angles);
      layers.finish();
      long attentionNanos = attention.run();
      block.finish(rows, tensors);
      layers.finish();
      return new Run(System.nanoTime() - start, attentionNanos);
    }
  }

  private void draw() {
    int elements = plan.context() * plan.block().modelDim();
    hidden = normal(elements, 2 * drawn);
    added = normal(elements, 2 * drawn + 1);
    drawn++;
  }

  private float[] normal(int count, long stream) {
    SplitMix64 random = new SplitMix64(seed, (1L << 32) + stream);
    float[] values = new float[count];
    int width = plan.block().modelDim();
    IntStream.range(0, count / width)
        .parallel()
        .forEach(row -> {
          for (int i = row * width; i < (row + 1) * width; i++) {
            values[i] = random.normal(i);
          }
        });
    return values;
  }

  /** Attention over the block's own projections, where they lie. */
  private AttentionSpec spec() {
    BlockShape block = plan.block();
    int rows = plan.context();
    AttentionSpecBuilder builder =
        AttentionSpec.builder()
            .heads(block.queryHeads(), block.kvHeads())
            .length(rows)
            .dim(block.headDim())
            .layouts(
                block.queries(rows),
                block.keys(rows),
                block.values(rows),
                Layout.bshd(block.queryHeads(), rows, block.headDim()));
    return plan.model().causal() ? builder.mask(Mask.causal()).build() : builder.build();
  }

  /** The first token, the last one, and some between. */
  private SortedSet<Integer> tokens() {
    SplitMix64 random = new SplitMix64(seed, 'T');
    SortedSet<Integer> tokens = new TreeSet<>(List.of(0, plan.context() - 1));
    for (int i = 0; tokens.size() < plan.checkedTokens(); i++) {
      tokens.add(random.below(drawn * 1000 + i, plan.context()));
    }
    return tokens;
  }

  /** The last run's result. */
  private double check(BlockOracle oracle, BlockTensors tensors) {
    watchdog.step(what + ", its check");
    BlockShape block = plan.block();
    int rows = plan.context();
    int width = block.modelDim();
    float[] projected = tensors.projected().read(rows * block.projectedWidth());
    float[] between = tensors.hidden().read(rows * width);
    float[] last = tensors.added().read(rows * width);
    for (int i = 0; i < rows * width; i++) {
      if (!Float.isFinite(between[i] + last[i])) {
        throw wrong(i / width, "element %d is %s".formatted(i % width, between[i] + last[i]));
      }
    }
    return tokens().parallelStream()
        .mapToDouble(token -> {
          float[] before = new float[width];
          float[] after = new float[width];
          for (int c = 0; c < width; c++) {
            int at = token * width + c;
            before[c] = hidden[at] + added[at];
            after[c] = between[at] + last[at];
          }
          double error =
              oracle.errorOverBudget(
                  token,
                  before,
                  key ->
                      Arrays.copyOfRange(
                          projected,
                          key * block.projectedWidth(),
                          (key + 1) * block.projectedWidth()),
                  plan.model().causal() ? token + 1 : rows,
                  after);
          if (!(error <= 1)) {
            throw wrong(token, "error / budget %.3g".formatted(error));
          }
          return error;
        })
        .max()
        .orElseThrow();
  }

  private BackendException.LaunchFailed wrong(int token, String how) {
    return new BackendException.LaunchFailed(
        "%s is not timed: token %d is wrong, %s".formatted(what, token, how));
  }
}
