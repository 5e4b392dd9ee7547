package io.github.attn4j.bench.cli;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.bench.Letters;
import io.github.attn4j.bench.example.CrossAttention;
import io.github.attn4j.bench.explain.Printable;
import io.github.attn4j.bench.explain.Scores;
import io.github.attn4j.bench.explain.Within;
import io.github.attn4j.core.check.Comparison;
import io.github.attn4j.core.check.Expected;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.Session;
import io.github.attn4j.core.result.AttentionOutput;
import io.github.attn4j.core.run.Watchdog;
import io.github.attn4j.core.spec.Mask;
import io.github.attn4j.model.CapturedProjections;
import io.github.attn4j.model.EncoderModel;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code ./attn cross}: one text's queries over another text's keys and values. */
@Command(
    name = "cross",
    description = {
      "Cross-attention: queries of one text over keys and values of another, without a mask, from a layer of all-MiniLM-L6-v2, checked against the float64 reference.",
      "For example: attn cross \"Why did it not cross the street?\" \"It was too tired.\" See docs/lessons.md."
    },
    mixinStandardHelpOptions = true)
final class CrossCommand implements Callable<Integer> {
  @Spec private CommandSpec command;
  @ParentCommand private AttnCommand attn;
  @Mixin private RunOptions runOptions;
  @Mixin private WatchdogOption watchdogOption;

  @Parameters(index = "0", paramLabel = "ASKING", description = "The text whose queries are taken.")
  private String asking = "";

  @Parameters(
      index = "1",
      paramLabel = "ANSWERING",
      description = "The text whose keys and values are taken.")
  private String answering = "";

  @Option(
      names = "--layer",
      paramLabel = "L",
      description = "Layer of the model, from 0 on. Default: ${DEFAULT-VALUE}.",
      defaultValue = "0")
  private int layer;

  @Option(
      names = "--head",
      paramLabel = "H",
      description = "Head whose weights are shown, from 0 on. Default: the mean over all heads.")
  private @Nullable Integer head;

  @Option(
      names = "--top",
      paramLabel = "N",
      description = "Tokens shown for each query, the heaviest first. Default: ${DEFAULT-VALUE}.",
      defaultValue = "3")
  private int top;

  @Override
  public Integer call() {
    requireOptions();
    Backends backends = attn.backends();
    KernelVariant kernel = ModeKernels.only(runOptions, backends, "one kernel computes it");
    DeviceInfo device = backends.deviceFor(kernel, runOptions.device(backends));
    Optional<String> unsupported = ModelOnDevice.unsupported(kernel, device, List.of(Mask.none()));
    if (unsupported.isPresent()) {
      return ModelOnDevice.nothingToDo(command, unsupported.get());
    }
    try (Session session = backends.backend(kernel.backend()).open(device)) {
      Optional<String> withoutLayers = ModelOnDevice.withoutLayers(session);
      if (withoutLayers.isPresent()) {
        return ModelOnDevice.nothingToDo(command, withoutLayers.get());
      }
      return run(session, kernel, device);
    }
  }

  private int run(Session session, KernelVariant kernel, DeviceInfo device) {
    Voice voice = Voice.of(command);
    PrintWriter out = voice.out();
    try (Progress progress = Progress.of(command, "cross", 3);
        EncoderModel model = EncoderModel.load(session, kernel);
        Watchdog watchdog = watchdogOption.watch(command.commandLine().getErr(), overdue -> {})) {
      watchdog.step(
          "%s on %s, cross-attention of layer %d"
              .formatted(kernel.globalId(), device.name(), layer));
      progress.step("the model is loaded");
      CapturedProjections queries = model.projections(layer, model.tokenize(asking));
      CapturedProjections keys = model.projections(layer, model.tokenize(answering));
      progress.step("both texts are read");
      AttentionInputs inputs = CrossAttention.across(queries, keys);
      AttentionOutput output = CrossAttention.compute(session, kernel, inputs);
      Comparison comparison = Expected.of(inputs).compare(output);
      watchdog.rest();
      progress.end();
      List<String> words = model.tokens(asking);
      List<String> others = model.tokens(answering);
      out.printf(
          Locale.ROOT, "%,d tokens ask: %s%n", words.size(), Printable.of(String.join(" ", words)));
      out.printf(
          Locale.ROOT,
          "%,d tokens answer: %s%n",
          others.size(),
          Printable.of(String.join(" ", others)));
      out.printf(
          Locale.ROOT,
          "layer %d of all-MiniLM-L6-v2, %d heads of %d, no mask; %s on %s:%d, %s%n",
          layer,
          EncoderModel.HEADS,
          EncoderModel.HEAD_DIM,
          kernel.globalId(),
          device.backend(),
          device.index(),
          device.name());
      out.printf(
          Locale.ROOT,
          "%s: error / budget %.3f against the float64 reference%s%n",
          comparison.passed() ? voice.good("right") : voice.bad("INCORRECT"),
          comparison.maxErrorOverBudget(),
          comparison.passed() ? "" : "; " + comparison.worst());
      out.flush();
      if (!comparison.passed()) {
        return ExitCode.CHECK_FAILED;
      }
      List<Scores> heads =
          IntStream.range(0, EncoderModel.HEADS)
              .mapToObj(number ->
                  Scores.of(
                      queries,
                      keys,
                      number,
                      inputs.spec().scale(),
                      output.lse(),
                      false,
                      "layer %d across two texts".formatted(layer)))
              .toList();
      double missing = 0;
      for (Scores scores : heads) {
        missing = Math.max(missing, scores.largestRowError());
      }
      out.printf(
          Locale.ROOT,
          "rows of weights, exp(score - LSE), sum to 1 within %s%n",
          Within.bound(missing));
      out.println(table(words, others, heads));
      out.flush();
      return ExitCode.OK;
    }
  }

  private void requireOptions() {
    Letters.requireRead(asking);
    Letters.requireRead(answering);
    if (asking.isBlank() || answering.isBlank()) {
      throw new IllegalArgumentException(
          "the %s text is empty: give a word at least"
              .formatted(asking.isBlank() ? "asking" : "answering"));
    }
    if (layer < 0 || layer >= EncoderModel.LAYERS) {
      throw new IllegalArgumentException(
          "--layer %d: all-MiniLM-L6-v2 has 0 to %d".formatted(layer, EncoderModel.LAYERS - 1));
    }
    if (head != null && (head < 0 || head >= EncoderModel.HEADS)) {
      throw new IllegalArgumentException(
          "--head %d: a layer has 0 to %d".formatted(head, EncoderModel.HEADS - 1));
    }
    if (top < 1) {
      throw new IllegalArgumentException("--top %d: show 1 token at least".formatted(top));
    }
  }

  /** Weights of a query in the head that was asked for, or their mean. */
  private double[] shown(List<Scores> heads, int query) {
    if (head != null) {
      return heads.get(head).row(query);
    }
    double[] mean = new double[heads.getFirst().keys()];
    for (Scores scores : heads) {
      for (int key = 0; key < mean.length; key++) {
        mean[key] += scores.weight(query, key) / heads.size();
      }
    }
    return mean;
  }

  private record Row(String query, String heaviest, String entropy) {}

  private String table(List<String> queries, List<String> keys, List<Scores> heads) {
    List<Row> rows = new ArrayList<>();
    for (int query = 0; query < queries.size(); query++) {
      double[] row = shown(heads, query);
      List<String> heaviest =
          IntStream.range(0, row.length)
              .boxed()
              .sorted(Comparator.comparingDouble((Integer key) -> -row[key]))
              .limit(top)
              .map(key ->
                  String.format(Locale.ROOT, "%s %.3f", Printable.of(keys.get(key)), row[key]))
              .toList();
      rows.add(
          new Row(
              Printable.of(queries.get(query)),
              String.join(", ", heaviest),
              String.format(Locale.ROOT, "%.2f", Scores.entropy(row))));
    }
    return Table.of(rows)
        .name("asks", Row::query)
        .text(
            head == null
                ? "attends to (mean over %d heads)".formatted(EncoderModel.HEADS)
                : "attends to (head %d)".formatted(head),
            Row::heaviest)
        .figure(
            String.format(Locale.ROOT, "entropy, of at most %.2f", Math.log(keys.size())),
            Row::entropy)
        .text();
  }
}
