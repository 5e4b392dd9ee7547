package io.github.attn4j.bench.cli;

import io.github.attn4j.core.cost.TransformerPresets;
import io.github.attn4j.core.cost.TransformerShape;
import io.github.attn4j.core.cost.TransformerShape.Bias;
import io.github.attn4j.core.cost.TransformerShape.Unembedding;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Options that say which transformer: a preset, sizes, or a preset with other sizes. */
final class TransformerOptions {
  private static final String UNNAMED = "given by options";

  @Option(
      names = "--preset",
      paramLabel = "NAME",
      completionCandidates = Candidates.Transformers.class,
      description = "A known model's shape; --list shows them.")
  private @Nullable String preset;

  @Option(
      names = "--d-model",
      paramLabel = "D",
      description = "Elements of a token's vector. Needed without a preset.")
  private @Nullable Integer modelDim;

  @Option(
      names = "--heads",
      paramLabel = "H",
      description = "Query heads. Needed without a preset.")
  private @Nullable Integer heads;

  @Option(
      names = "--kv-heads",
      paramLabel = "H",
      description = "Key-value heads. Default: as many as --heads.")
  private @Nullable Integer kvHeads;

  @Option(
      names = "--head-dim",
      paramLabel = "D",
      description = "Elements of a head. Default: --d-model over --heads.")
  private @Nullable Integer headDim;

  @Option(names = "--layers", paramLabel = "L", description = "Blocks. Needed without a preset.")
  private @Nullable Integer layers;

  @Option(
      names = "--feed-forward",
      paramLabel = "W",
      description = "Width of the feed-forward part. Default: 4 times --d-model.")
  private @Nullable Integer feedForward;

  @Option(
      names = "--gated",
      negatable = true,
      description = "A gate beside the feed-forward part's first matrix. Default: none.")
  private @Nullable Boolean gated;

  @Option(
      names = "--vocabulary",
      paramLabel = "V",
      description = "Tokens. Default: 0, blocks alone.")
  private @Nullable Integer vocabulary;

  @Option(
      names = "--unembedding",
      paramLabel = "UNEMBEDDING",
      description =
          "${COMPLETION-CANDIDATES}: a matrix of its own, the embedding's again, or none. Default: own, or none without a vocabulary.")
  private @Nullable Unembedding unembedding;

  @Option(
      names = "--bias",
      paramLabel = "BIAS",
      description =
          "Which projections of attention have one: ${COMPLETION-CANDIDATES}. Default: none.")
  private @Nullable Bias bias;

  @Option(
      names = "--feed-forward-bias",
      negatable = true,
      description = "Biases of the feed-forward matrices. Default: none.")
  private @Nullable Boolean feedForwardBias;

  @Option(
      names = "--positions",
      paramLabel = "N",
      description = "Positions with a learned vector. Default: 0, computed ones.")
  private @Nullable Integer positions;

  @Option(
      names = "--norm-vectors",
      paramLabel = "N",
      description =
          "Vectors of d_model that a block's normalisations hold: 2 for two RMS norms, 4 for two LayerNorms. Default: 4.")
  private @Nullable Integer normVectors;

  @Option(
      names = "--causal",
      negatable = true,
      description = "Whether a token sees only itself and what is before it. Default: it does.")
  private @Nullable Boolean causal;

  /**
   * The shape.
   *
   * @throws IllegalArgumentException naming an unknown preset, a missing option or a value that
   *     makes no sense
   */
  TransformerShape shape() {
    TransformerShape base = preset == null ? given() : TransformerPresets.named(preset);
    int model = or(modelDim, base.modelDim());
    int queryHeads = or(heads, base.queryHeads());
    boolean changed = changed();
    return new TransformerShape(
        changed && preset != null ? base.name() + ", changed" : base.name(),
        base.source(),
        model,
        queryHeads,
        kvHeads != null ? kvHeads : heads != null ? queryHeads : base.kvHeads(),
        headDim != null
            ? headDim
            : modelDim != null || heads != null ? share(model, queryHeads) : base.headDim(),
        or(layers, base.layers()),
        feedForward != null
            ? feedForward
            : modelDim != null ? fourTimes(model) : base.feedForwardDim(),
        gated == null ? base.gated() : gated,
        or(vocabulary, base.vocabulary()),
        unembedding == null ? base.unembedding() : unembedding,
        causal == null ? base.causal() : causal,
        base.context(),
        or(positions, base.learnedPositions()),
        base.segments(),
        bias == null ? base.attentionBias() : bias,
        feedForwardBias == null ? base.feedForwardBias() : feedForwardBias,
        or(normVectors, base.normVectorsOfBlock()),
        base.normVectorsOutside());
  }

  private boolean changed() {
    return modelDim != null
        || heads != null
        || kvHeads != null
        || headDim != null
        || layers != null
        || feedForward != null
        || gated != null
        || vocabulary != null
        || unembedding != null
        || bias != null
        || feedForwardBias != null
        || positions != null
        || normVectors != null
        || causal != null;
  }

  private TransformerShape given() {
    int model = required("--d-model", modelDim);
    int queryHeads = required("--heads", heads);
    int blocks = required("--layers", layers);
    int vectors = normVectors == null ? 4 : normVectors;
    return new TransformerShape(
        UNNAMED,
        "the command line",
        model,
        queryHeads,
        kvHeads == null ? queryHeads : kvHeads,
        headDim == null ? share(model, queryHeads) : headDim,
        blocks,
        feedForward == null ? fourTimes(model) : feedForward,
        false,
        0,
        vocabulary == null || vocabulary == 0 ? Unembedding.NONE : Unembedding.OWN,
        true,
        1,
        0,
        0,
        Bias.NONE,
        false,
        vectors,
        vectors / 2);
  }

  private static int or(@Nullable Integer given, int otherwise) {
    return given == null ? otherwise : given;
  }

  private static int required(String option, @Nullable Integer value) {
    if (value == null) {
      throw new IllegalArgumentException(
          "%s is missing: give --preset NAME (--list shows them), or --d-model, --heads and --layers"
              .formatted(option));
    }
    return value;
  }

  private static int fourTimes(int model) {
    if (model > Integer.MAX_VALUE / 4) {
      throw new IllegalArgumentException(
          "4 times --d-model %,d is too wide for a default; give --feed-forward".formatted(model));
    }
    return 4 * model;
  }

  private static int share(int model, int heads) {
    if (heads < 1 || model % heads != 0) {
      throw new IllegalArgumentException(
          "--heads %d do not divide --d-model %d; say how large one is: --head-dim"
              .formatted(heads, model));
    }
    return model / heads;
  }
}
