package io.github.attn4j.bench.cli;

import io.github.attn4j.bench.InputSource;
import io.github.attn4j.bench.mask.MaskAndScore;
import io.github.attn4j.bench.mask.TextParts;
import io.github.attn4j.bench.shape.Shape;
import io.github.attn4j.bench.shape.ShapeList;
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

  /**
   * What shapes the sweep, and nothing else but for the mask, which the model's Q, K, V take too.
   */
  private static final List<String> SWEEP =
      Stream.concat(
              Stream.of("--n", "--queries", "--batch", "--heads", "--kv-heads", "--d", MASK),
              MaskOptions.NAMES.stream())
          .toList();

  private static final List<String> ALSO_OF_THE_MODEL =
      Stream.concat(Stream.of(MASK), MaskOptions.NAMES.stream()).toList();

  @Option(
      names = "--input",
      paramLabel = "NAME[,...]",
      split = ",",
      description =
          "What is measured: model (all-MiniLM-L6-v2's Q, K, V, at its own shape), and families to"
              + " sweep over: normal, uniform, large-logit, one-hot, constant, poison-nan,"
              + " poison-inf. Default: model,normal; with --shapes: normal.")
  private @Nullable List<String> sourceNames;

  @Option(
      names = "--shapes",
      paramLabel = "NAME|FILE[,...]",
      split = ",",
      description =
          "Instead of the sweep: attention shapes of real models (all, bert-base, gpt-2, llama-3-8b,"
              + " mistral-7b, ...), or a JSON file of your own (docs/benchmarking.md).")
  private @Nullable List<String> shapeNames;

  @Option(
      names = "--n",
      paramLabel = "N|FROM..TO[,...]",
      description = "Contexts (keys) of the sweep; a range doubles. Default: ${DEFAULT-VALUE}.",
      defaultValue = "128..4096")
  private String contexts = "128..4096";

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

  @Option(
      names = "--heads",
      description = "Query heads of the sweep. Default: ${DEFAULT-VALUE}.",
      defaultValue = "8")
  private int heads;

  @Option(
      names = "--kv-heads",
      description = "Key-value heads, a divisor of the heads. Default: as many.")
  private @Nullable Integer kvHeads;

  @Option(
      names = "--d",
      paramLabel = "D[,...]",
      split = ",",
      description = "Head dimensions of the sweep. Default: ${DEFAULT-VALUE}.",
      defaultValue = "64")
  private List<Integer> headDims = List.of(64);

  @Option(
      names = MASK,
      paramLabel = "MASK[,...]",
      description =
          "Masks of the sweep and of the model: full, causal, window(LEFT,RIGHT), presets (attn masks lists them),"
              + " conditions (docs/masks.md); '&' joins several into one. Any but full is"
              + " compared with full, launched by turns with it. Default: full.")
  private List<String> masks = new ArrayList<>();

  @Mixin private MaskOptions maskOptions;

  /** A problem to be measured: which data, which shape. */
  record Problem(InputSource source, Shape shape) {}

  /**
   * Every problem, in the order in which reports show them.
   *
   * @param given what the user typed, to tell a default from a choice
   * @throws IllegalArgumentException naming the option that makes no sense
   */
  List<Problem> problems(ParseResult given) {
    List<Problem> problems = new ArrayList<>();
    List<Shape> shapes = shapeNames == null ? List.of() : listed(shapeNames, given);
    for (InputSource source : sources(given)) {
      if (source.equals(InputSource.MODEL)) {
        for (MaskAndScore texts : maskOptions.withEach(masks())) {
          for (int length : MODEL_LENGTHS) {
            Shape shape =
                Shape.square(InputSource.MODEL_HEADS, length, InputSource.MODEL_HEAD_DIM, "full")
                    .with(texts.mask().text(), texts.score().text());
            shape.spec(); // a mask that makes no sense here ends the command, not a fork
            problems.add(new Problem(source, shape));
          }
        }
      } else {
        for (Shape shape : shapeNames == null ? sweep() : shapes) {
          problems.add(new Problem(source, shape));
        }
      }
    }
    return problems;
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
            : shapeNames != null ? List.of("normal") : List.of("model", "normal");
    List<InputSource> sources =
        names.stream().map(name -> InputSource.of(name.strip())).distinct().toList();
    if (shapeNames != null && sources.contains(InputSource.MODEL)) {
      throw new IllegalArgumentException(
          "--input model brings its own shape, which --shapes cannot change; name a family such as normal");
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

  private List<Shape> sweep() {
    List<Shape> shapes = new ArrayList<>();
    for (MaskAndScore texts : maskOptions.withEach(masks())) {
      for (int dim : headDims) {
        for (int length : lengths()) {
          Shape shape =
              new Shape(
                  "",
                  batch,
                  heads,
                  kvHeads == null ? heads : kvHeads,
                  queries == null ? length : queries,
                  length,
                  dim,
                  dim,
                  texts.mask().text(), // "window( 8, 0 )" and "window(8,0)" are one
                  0,
                  texts.score().text());
          shape.spec(); // a shape that makes no sense ends the command here, not in a fork
          shapes.add(shape);
        }
      }
    }
    return shapes.stream().distinct().toList();
  }

  /** A comma within brackets separates nothing. */
  private List<String> masks() {
    return masks.isEmpty()
        ? List.of("full")
        : masks.stream().flatMap(text -> TextParts.of(text, ',').stream()).toList();
  }

  private List<Integer> lengths() {
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
