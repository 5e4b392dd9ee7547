package io.github.attn4j.bench.measure;

import io.github.attn4j.core.cost.BlockTime;
import io.github.attn4j.core.cost.LayerTime;
import io.github.attn4j.core.cost.LayerTimes;
import io.github.attn4j.core.cost.TransformerShape;
import io.github.attn4j.model.decoder.BlockOracle;
import io.github.attn4j.model.decoder.BlockShape;
import io.github.attn4j.model.decoder.BlockTensors;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Which block of a transformer is run over which context, as its sizes, memory and time allow. As
 * wide as possible comes before as long as possible: of each width, from the model's own down, the
 * contexts are tried from the longest asked for down, then halves of the shortest to {@value
 * #SHORTEST} tokens. Narrower means half the heads, in whole groups while there are several, and
 * d_model and the feed-forward part in the same proportion; a head keeps its size.
 *
 * @param model whose block it is
 * @param block that runs
 * @param context tokens
 * @param choice why it is not another one, in words
 * @param predictedAttentionNanos attention's operations at the rate of a context that was measured
 * @param predictedMatrixNanos matrix products at the device's multiply-adds; NaN where unknown
 * @param wholePredictedNanos both, of the model's own block over the same context
 */
record BlockPlan(
    TransformerShape model,
    BlockShape block,
    int context,
    String choice,
    double predictedAttentionNanos,
    double predictedMatrixNanos,
    double wholePredictedNanos) {
  /** Fewer tokens say little about a matrix product. */
  static final int SHORTEST = 128;

  /** Tokens that each check holds against the oracle, at most. */
  private static final int CHECKED_TOKENS = 4;

  /** Runs that time is reserved for: settling ones, and as many as a median needs. */
  private static final int RUNS = 8;

  /** What a run takes, at most, of what is predicted, which is a bound: seen here, about two. */
  private static final double OVER_PREDICTION = 2.5;

  /** Multiply-adds of the oracle a second and core, seen here. */
  private static final double ORACLE_RATE = 4e8;

  /** Nanoseconds to draw a weight and to put it where products read it, a core, seen here. */
  private static final double NANOS_OF_WEIGHT = 15;

  /** On the host as drawn, packed, and, where the device is the host, once more there. */
  private static final int COPIES_OF_WEIGHTS = 3;

  /**
   * What a device allows.
   *
   * @param memoryBytes of the host that all copies of weights and activations may take
   * @param deviceBytes of the device that weights and activations may take
   * @param seconds that drawing, checks and runs may take together
   * @param cores of the host
   */
  record Limits(long memoryBytes, long deviceBytes, double seconds, int cores) {}

  /** A candidate's cost. */
  private record Need(double hostBytes, double deviceBytes, double seconds) {
    boolean within(Limits limits) {
      return memoryWithin(limits) && seconds <= limits.seconds();
    }

    boolean memoryWithin(Limits limits) {
      return hostBytes <= limits.memoryBytes() && deviceBytes <= limits.deviceBytes();
    }
  }

  /**
   * Chooses.
   *
   * @param times of the device's attention and ceilings
   * @param contexts asked for
   * @throws IllegalArgumentException where no block of the model can run here, with the reason
   */
  static BlockPlan of(
      TransformerShape model, LayerTimes times, List<Integer> contexts, Limits limits) {
    if (model.feedForwardDim() == 0) {
      throw new IllegalArgumentException(
          "%s has no feed-forward part: attention is its block".formatted(model.name()));
    }
    List<BlockShape> widths = widths(model);
    if (widths.isEmpty()) {
      throw tooLarge(model);
    }
    List<Integer> lengths = lengths(contexts);
    String against =
        widths.getFirst().queryHeads() == model.queryHeads()
            ? ""
            : "a matrix of the model's own block has more elements than an array";
    for (BlockShape width : widths) {
      Need need = null;
      for (int length : lengths) {
        if (!addressable(width, length)) {
          continue;
        }
        BlockPlan plan = plan(model, times, width, length, against);
        need = plan.need(times, limits.cores());
        if (need.within(limits)) {
          return plan;
        }
      }
      if (against.isEmpty()) {
        against =
            need == null
                ? "activations of the model's own block over %,d tokens have more elements than an array"
                    .formatted(lengths.getLast())
                : reason(need, limits, lengths.getLast());
      }
    }
    throw new IllegalArgumentException(
        "not even one of %s fits over %,d tokens: %s"
            .formatted(describe(widths.getLast()), lengths.getLast(), against));
  }

  /**
   * Refuses a model none of whose blocks, however narrow, can be addressed.
   *
   * @throws IllegalArgumentException with the reason
   */
  static void requireAddressable(TransformerShape model) {
    boolean none;
    try {
      none = model.feedForwardDim() > 0 && widths(model).isEmpty();
    } catch (IllegalArgumentException otherReason) {
      return; // attention can be measured without a block: the reason goes to the report
    }
    if (none) {
      throw tooLarge(model);
    }
  }

  private static IllegalArgumentException tooLarge(TransformerShape model) {
    return new IllegalArgumentException(
        "no block of %s runs: a matrix of d_model %,d x feed-forward %,d has more elements than an array, also with one head of its %d; choose smaller sizes, or leave times out (--no-times)"
            .formatted(model.name(), model.modelDim(), width(model), model.queryHeads()));
  }

  /** Whether every activation has its place in an array. */
  private static boolean addressable(BlockShape block, int context) {
    long widest =
        Math.max(Math.max(block.projectedWidth(), block.feedForwardDim()), block.modelDim());
    return widest * context <= Integer.MAX_VALUE;
  }

  private static String reason(Need need, Limits limits, int context) {
    String what = "the model's own block over %,d tokens".formatted(context);
    return need.memoryWithin(limits)
        ? "%s would take about %.0f s to draw, check and run, and there are %.1f s (--seconds)"
            .formatted(what, need.seconds(), limits.seconds())
        : "%s would take %.1f GiB of the host and %.1f GiB of the device, and there are %.1f and %.1f"
            .formatted(
                what,
                gibibytes(need.hostBytes()),
                gibibytes(need.deviceBytes()),
                gibibytes((double) limits.memoryBytes()),
                gibibytes((double) limits.deviceBytes()));
  }

  private static double gibibytes(double bytes) {
    return bytes / (1L << 30);
  }

  static String describe(BlockShape block) {
    return "d_model %,d, %,d heads of %,d on %,d, feed-forward %,d"
        .formatted(
            block.modelDim(),
            block.queryHeads(),
            block.headDim(),
            block.kvHeads(),
            block.feedForwardDim());
  }

  /** Of as many operations and weights as one with a gate, where the model has one. */
  private static long width(TransformerShape model) {
    return model.gated() ? (3L * model.feedForwardDim() + 1) / 2 : model.feedForwardDim();
  }

  private static List<BlockShape> widths(TransformerShape model) {
    List<BlockShape> widths = new ArrayList<>();
    int groups = model.kvHeads();
    int ofGroup = model.groupSize();
    while (true) {
      double share = (double) groups * ofGroup / model.queryHeads();
      int modelDim = (int) Math.max(1, Math.round(model.modelDim() * share));
      long wide = Math.max(1, Math.round(width(model) * share));
      try {
        widths.add(
            new BlockShape(
                modelDim, groups * ofGroup, groups, model.headDim(), Math.toIntExact(wide)));
      } catch (ArithmeticException tooLarge) {
        // No array has as many elements: a narrower one is tried.
      }
      if (groups > 1) {
        groups /= 2;
      } else if (ofGroup > 1) {
        ofGroup /= 2;
      } else {
        return widths;
      }
    }
  }

  private static List<Integer> lengths(List<Integer> contexts) {
    List<Integer> lengths =
        new ArrayList<>(contexts.stream().distinct().sorted(Comparator.reverseOrder()).toList());
    for (int half = lengths.getLast() / 2; half >= SHORTEST; half /= 2) {
      lengths.add(half);
    }
    return lengths;
  }

  private static BlockPlan plan(
      TransformerShape model, LayerTimes times, BlockShape block, int context, String against) {
    double rate = attentionRate(times, context);
    double whole =
        attentionFlops(model, model.queryHeads(), context) / rate
            + matrixFlops(
                    model.modelDim(),
                    (long) model.queryHeads() * model.headDim(),
                    (long) model.kvHeads() * model.headDim(),
                    width(model),
                    context)
                / times.fmaGflops();
    return new BlockPlan(
        model,
        block,
        context,
        against.isEmpty()
            ? "the longest context asked for, or else its half, that memory and time allow"
            : against,
        attentionFlops(model, block.queryHeads(), context) / rate,
        matrixFlops(
                block.modelDim(),
                block.queryWidth(),
                block.keyWidth(),
                block.feedForwardDim(),
                context)
            / times.fmaGflops(),
        whole);
  }

  /** Of the context that ran whose length is the nearest, as a ratio. */
  private static double attentionRate(LayerTimes times, int context) {
    return times.contexts().stream()
        .min(
            Comparator.comparingDouble(
                time -> Math.abs(Math.log((double) time.ranContext() / context))))
        .map(LayerTime::attentionGflops)
        .orElseThrow();
  }

  private static double attentionFlops(TransformerShape model, int heads, int context) {
    double pairs = model.causal() ? context * (context + 1.0) / 2 : (double) context * context;
    return 4 * pairs * model.headDim() * heads;
  }

  private static double matrixFlops(
      long modelDim, long queryWidth, long keyWidth, long feedForwardDim, long context) {
    return 2.0 * context * modelDim * (2 * queryWidth + 2 * keyWidth + 2 * feedForwardDim);
  }

  /** Whether it has the model's own sizes. */
  boolean whole() {
    return block.queryHeads() == model.queryHeads();
  }

  /** What of the model's block it is not. */
  List<String> differences() {
    List<String> differences = new ArrayList<>();
    if (model.gated()) {
      differences.add(
          "the gated feed-forward part of %,d runs as one without a gate, 1.5 times as wide: as many weights and operations"
              .formatted(model.feedForwardDim()));
    }
    if (model.normVectorsOfBlock() == 2) {
      differences.add("its RMS norms run as LayerNorms");
    }
    if (!model.causal()) {
      differences.add("it normalises before attention and feed-forward part, not behind them");
    }
    if (model.attentionBias() != TransformerShape.Bias.ALL || !model.feedForwardBias()) {
      differences.add(
          "every matrix has a bias; the model's have %s"
              .formatted(
                  switch (model.attentionBias()) {
                    case NONE -> model.feedForwardBias() ? "none in attention" : "none";
                    case QKV ->
                        "none at attention's output"
                            + (model.feedForwardBias() ? "" : " and in the feed-forward part");
                    case ALL -> "none in the feed-forward part";
                  }));
    }
    if (model.learnedPositions() > 0) {
      differences.add("rotary positions, which learned ones do without");
    }
    return differences;
  }

  /** As far as a prediction is known; else at attention's rate. */
  private double expectedNanos(LayerTimes times) {
    double matrix = predictedMatrixNanos;
    if (Double.isNaN(matrix)) {
      matrix =
          matrixFlops(
                  block.modelDim(),
                  block.queryWidth(),
                  block.keyWidth(),
                  block.feedForwardDim(),
                  context)
              / attentionRate(times, context);
    }
    return OVER_PREDICTION * (predictedAttentionNanos + matrix);
  }

  private Need need(LayerTimes times, int cores) {
    double weights = (double) Float.BYTES * block.parameters();
    double activations = BlockTensors.bytes(block, context);
    double runs = RUNS * expectedNanos(times) / 1e9;
    double drawing = NANOS_OF_WEIGHT * block.parameters() / cores / 1e9;
    double checks =
        2
            * BlockOracle.work(block, context)
            * checkedTokens()
            / ORACLE_RATE
            / Math.min(cores, checkedTokens());
    return new Need(
        // What is read back for a check is as much again, and each token's check has keys and
        // values of all that it sees in float64.
        COPIES_OF_WEIGHTS * weights
            + 2 * activations
            + Math.min(cores, checkedTokens()) * BlockOracle.bytes(block, context),
        weights + activations,
        runs + drawing + checks);
  }

  /** Of each check; a short context has fewer. */
  int checkedTokens() {
    return Math.min(context, CHECKED_TOKENS);
  }

  /** With what was measured. */
  BlockTime time(Samples nanos, double attentionNanos, double largestErrorOverBudget) {
    double predicted = predictedAttentionNanos + predictedMatrixNanos;
    return new BlockTime(
        context,
        block.modelDim(),
        block.queryHeads(),
        block.kvHeads(),
        block.headDim(),
        block.feedForwardDim(),
        whole(),
        choice,
        differences(),
        nanos.values().length,
        nanos.median(),
        nanos.quantiles().p10(),
        nanos.quantiles().p90(),
        attentionNanos,
        predictedAttentionNanos,
        predictedMatrixNanos,
        wholePredictedNanos * nanos.median() / predicted,
        checkedTokens(),
        largestErrorOverBudget);
  }
}
