package io.github.attn4j.bench.cli;

import io.github.attn4j.bench.InputSource;
import io.github.attn4j.bench.mask.MaskAndScore;
import io.github.attn4j.bench.mask.TextParts;
import io.github.attn4j.bench.shape.Mode;
import io.github.attn4j.bench.shape.Shape;
import io.github.attn4j.bench.shape.ShapeList;
import io.github.attn4j.bench.shape.Storage;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParseResult;

/** Options that say which problems a benchmark measures. */
final class SweepOptions {
  private static final Pattern RANGE = Pattern.compile("(\\d{1,8})(?:\\.\\.(\\d{1,8}))?");
  private static final List<Integer> MODEL_LENGTHS = List.of(512, 2048);

  private static final String MASK = "--mask";
  private static final String CONTEXTS = "--n";
  private static final String HEADS = "--heads";
  private static final String KV_HEADS = "--kv-heads";
  private static final String DIMS = "--d";

  /**
   * What shapes the sweep, and nothing else but for the mask, which the model's Q, K, V take too.
   */
  private static final List<String> SWEEP =
      Stream.concat(
              Stream.of(CONTEXTS, "--queries", "--batch", HEADS, KV_HEADS, DIMS, MASK),
              Stream.concat(ModeOptions.NAMES.stream(), MaskOptions.NAMES.stream()))
          .toList();

  private static final List<String> ALSO_OF_THE_MODEL =
      Stream.concat(Stream.of(MASK), MaskOptions.NAMES.stream()).toList();

  @Option(
      names = "--input",
      paramLabel = "NAME[,...]",
      completionCandidates = Candidates.Inputs.class,
      split = ",",
      description =
          "What is measured: model (all-MiniLM-L6-v2's Q, K, V, at its own shape), and families to"
              + " sweep over: normal, uniform, large-logit, one-hot, constant, poison-nan,"
              + " poison-inf, poison-element, seen-element. Default: model,normal; with --shapes or --mode: normal.")
  private @Nullable List<String> sourceNames;

  @Option(
      names = "--shapes",
      paramLabel = "NAME|FILE[,...]",
      completionCandidates = Candidates.Shapes.class,
      split = ",",
      description =
          "Instead of the sweep: attention shapes of real models (all, bert-base, gpt-2, llama-3-8b,"
              + " mistral-7b, ...), or a JSON file of your own (docs/benchmarking.md).")
  private @Nullable List<String> shapeNames;

  @Option(
      names = CONTEXTS,
      paramLabel = "N|FROM..TO[,...]",
      description =
          "Contexts (keys) of the sweep; a range doubles. Default: 128..4096; with --mode prefill:"
              + " 512..2048, with the others: 4096..16384.")
  private @Nullable String contexts;

  @Option(
      names = "--queries",
      paramLabel = "S",
      description = "Queries, if not as many as keys: 1 is decoding.")
  private @Nullable Integer queries;

  @Option(
      names = "--batch",
      paramLabel = "B",
      description = "Sequences side by side. Default: ${DEFAULT-VALUE}.",
      defaultValue = "1")
  private int batch;

  @Option(names = HEADS, description = "Query heads of the sweep. Default: 8; with --mode: 32.")
  private @Nullable Integer heads;

  @Option(
      names = KV_HEADS,
      description =
          "Key-value heads, a divisor of the heads. Default: as many; with --mode and without --heads: 8.")
  private @Nullable Integer kvHeads;

  @Option(
      names = DIMS,
      paramLabel = "D[,...]",
      split = ",",
      description = "Head dimensions of the sweep. Default: 64; with --mode: 128.")
  private @Nullable List<Integer> headDims;

  @Option(
      names = MASK,
      paramLabel = "MASK[,...]",
      completionCandidates = Candidates.Masks.class,
      description =
          "Masks of the sweep and of the model: full, causal, window(LEFT,RIGHT), presets (attn masks lists them),"
              + " conditions (docs/masks.md); '&' joins several into one. Any but full is"
              + " compared with full, launched by turns with it. Default: full.")
  private List<String> masks = new ArrayList<>();

  @Mixin private MaskOptions maskOptions;
  @Mixin private TypeOptions types;
  @Mixin private ModeOptions modes;

  /** A problem to be measured: which data, which shape. */
  record Problem(InputSource source, Shape shape) {}

  /**
   * The mode.
   *
   * @throws IllegalArgumentException naming the option that does not go with it
   */
  Mode mode(ParseResult given) {
    return modes.mode(given);
  }

  /**
   * Every problem, in the order in which reports show them.
   *
   * @param given what the user typed, to tell a default from a choice
   * @param seed of the order of pages
   * @throws IllegalArgumentException naming the option that makes no sense
   */
  List<Problem> problems(ParseResult given, long seed) {
    List<Problem> problems = new ArrayList<>();
    Mode mode = modes.mode(given);
    List<Storage> storages =
        types.storages().stream().map(pair -> modes.placed(pair, seed)).toList();
    List<Shape> shapes = shapeNames == null ? List.of() : listed(shapeNames, given);
    for (InputSource source : sources(given)) {
      List<Shape> ofSource =
          source.equals(InputSource.MODEL) ? ofModel() : shapeNames == null ? sweep(mode) : shapes;
      for (Shape shape : ofSource) {
        for (Storage storage : storages) {
          Shape stored = shape.with(storage);
          stored.spec(); // what makes no sense ends the command here, not in a fork
          problems.add(new Problem(source, stored));
        }
      }
    }
    return problems;
  }

  private List<Shape> ofModel() {
    List<Shape> shapes = new ArrayList<>();
    for (MaskAndScore texts : maskOptions.withEach(masks(Mode.SWEEP))) {
      for (int length : MODEL_LENGTHS) {
        shapes.add(
            Shape.square(InputSource.MODEL_HEADS, length, InputSource.MODEL_HEAD_DIM, "full")
                .with(texts.mask().text(), texts.score().text()));
      }
    }
    return shapes;
  }

  private static List<Shape> listed(List<String> names, ParseResult given) {
    for (String option : SWEEP) {
      if (given.hasMatchedOption(option)) {
        throw new IllegalArgumentException(
            option + " shapes the sweep, which --shapes replaces; leave one of them out");
      }
    }
    return ShapeList.named(names.stream().map(String::strip).toList());
  }

  private List<InputSource> sources(ParseResult given) {
    List<String> names =
        sourceNames != null
            ? sourceNames
            : shapeNames != null || modes.any() ? List.of("normal") : List.of("model", "normal");
    List<InputSource> sources =
        names.stream().map(name -> InputSource.of(name.strip())).distinct().toList();
    if (shapeNames != null && sources.contains(InputSource.MODEL)) {
      throw new IllegalArgumentException(
          "--input model brings its own shape, which --shapes cannot change; name a family such as normal");
    }
    if (modes.any() && sources.contains(InputSource.MODEL)) {
      throw new IllegalArgumentException(
          "--input model brings its own shape, which --mode cannot change; name a family such as normal");
    }
    if (sources.equals(List.of(InputSource.MODEL))) {
      for (String option : SWEEP) {
        if (!ALSO_OF_THE_MODEL.contains(option) && given.hasMatchedOption(option)) {
          throw new IllegalArgumentException(
              option + " shapes the sweep, which '--input model' leaves out; add ',normal'");
        }
      }
    }
    return sources;
  }

  private List<Shape> sweep(Mode mode) {
    Mode.Defaults defaults = mode.defaults();
    int queryHeads = heads == null ? defaults.heads() : heads;
    int usualKvHeads = heads == null ? defaults.kvHeads() : heads;
    List<Shape> shapes = new ArrayList<>();
    for (MaskAndScore texts : maskOptions.withEach(masks(mode))) {
      for (int dim : headDims == null ? List.of(defaults.headDim()) : headDims) {
        for (int length : lengths(contexts == null ? defaults.contexts() : contexts)) {
          shapes.add(
              new Shape(
                  "",
                  batch,
                  queryHeads,
                  kvHeads == null ? usualKvHeads : kvHeads,
                  queries == null ? modes.queries(mode, length) : queries,
                  length,
                  dim,
                  dim,
                  texts.mask().text(), // "window( 8, 0 )" and "window(8,0)" are one
                  0,
                  texts.score().text(),
                  mode,
                  Storage.PLAIN));
        }
      }
    }
    return shapes.stream().distinct().toList();
  }

  /** A comma within brackets separates nothing. */
  private List<String> masks(Mode mode) {
    List<String> named = masks.stream().flatMap(text -> TextParts.of(text, ',').stream()).toList();
    for (String mask : named) {
      if (mode != Mode.SWEEP && !mask.strip().equals(mode.mask())) {
        throw new IllegalArgumentException(
            "--mask %s: --mode %s is measured behind %s; leave one of them out (--queries and --n make the same shape behind any mask)"
                .formatted(mask, mode.label(), mode.mask()));
      }
    }
    return named.isEmpty() ? List.of(mode.mask()) : named;
  }

  private static List<Integer> lengths(String contexts) {
    List<Integer> lengths = new ArrayList<>();
    for (String part : contexts.split(",", -1)) {
      Matcher range = RANGE.matcher(part.strip());
      if (!range.matches()) {
        throw new IllegalArgumentException(
            "--n '%s': '%s' is neither a number nor FROM..TO".formatted(contexts, part));
      }
      int from = Integer.parseInt(range.group(1));
      int to = range.group(2) == null ? from : Integer.parseInt(range.group(2));
      if (from < 1 || to < from) {
        throw new IllegalArgumentException(
            "--n '%s': '%s' needs 1 <= FROM <= TO".formatted(contexts, part));
      }
      for (int length = from; length <= to; length *= 2) {
        lengths.add(length);
      }
    }
    return lengths.stream().distinct().toList();
  }
}
