package io.github.attn4j.bench.cli;

import com.github.freva.asciitable.AsciiTable;
import com.github.freva.asciitable.Column;
import com.github.freva.asciitable.HorizontalAlign;
import io.github.attn4j.bench.Backends;
import io.github.attn4j.bench.example.CrossAttention;
import io.github.attn4j.bench.shape.Mode;
import io.github.attn4j.core.check.Comparison;
import io.github.attn4j.core.check.Expected;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.Session;
import io.github.attn4j.core.result.AttentionOutput;
import io.github.attn4j.core.run.Watchdog;
import io.github.attn4j.model.EncoderModel;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
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
  /** What a row of weights may miss 1 by. */
  private static final double ROW_SUM = 1e-5;

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
    KernelVariant kernel = kernel(backends);
    DeviceInfo device = backends.deviceFor(kernel, runOptions.device(backends));
    PrintWriter out = command.commandLine().getOut();
    try (Session session = backends.backend(kernel.backend()).open(device);
        EncoderModel model = load(session, kernel);
        Watchdog watchdog = watchdogOption.watch(command.commandLine().getErr(), overdue -> {})) {
      watchdog.step(
          "%s on %s, cross-attention of layer %d"
              .formatted(kernel.globalId(), device.name(), layer));
      AttentionInputs inputs =
          CrossAttention.across(
              model.projections(layer, model.tokenize(asking)),
              model.projections(layer, model.tokenize(answering)));
      AttentionOutput output = CrossAttention.compute(session, kernel, inputs);
      Comparison comparison = Expected.of(inputs).compare(output);
      watchdog.rest();
      double[][][] weights = CrossAttention.weights(inputs, output);
      double missing = largestMissing(weights);
      List<String> queries = model.tokens(asking);
      List<String> keys = model.tokens(answering);
      out.printf("%,d tokens ask: %s%n", queries.size(), String.join(" ", queries));
      out.printf("%,d tokens answer: %s%n", keys.size(), String.join(" ", keys));
      out.printf(
          "layer %d of all-MiniLM-L6-v2, %d heads of %d, no mask; %s on %s:%d, %s%n",
          layer,
          EncoderModel.HEADS,
          EncoderModel.HEAD_DIM,
          kernel.globalId(),
          device.backend(),
          device.index(),
          device.name());
      boolean right = comparison.passed() && missing <= ROW_SUM;
      out.printf(
          "%s: error / budget %.3f against the float64 reference; rows of weights, exp(score - LSE), sum to 1 within %.1e%s%n",
          right ? "right" : "INCORRECT",
          comparison.maxErrorOverBudget(),
          missing,
          right ? "" : "; " + comparison.worst());
      if (right) {
        out.println(table(queries, keys, shown(weights)));
      }
      out.flush();
      return right ? ExitCode.OK : ExitCode.CHECK_FAILED;
    }
  }

  /** A backend without layers is a choice of the user's, and no mistake of ours. */
  private static EncoderModel load(Session session, KernelVariant kernel) {
    try {
      return EncoderModel.load(session, kernel);
    } catch (UnsupportedOperationException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }

  private void requireOptions() {
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

  private KernelVariant kernel(Backends backends) {
    List<KernelVariant> kernels =
        runOptions.kernels(
            backends,
            named ->
                named != null
                    ? named
                    : ModeKernels.of(
                        Mode.PREFILL, List.of(), backends, runOptions.device(backends)));
    if (kernels.size() != 1) {
      throw new IllegalArgumentException(
          "one kernel computes it, and --kernel names %d: %s"
              .formatted(
                  kernels.size(),
                  String.join(", ", kernels.stream().map(KernelVariant::globalId).toList())));
    }
    return kernels.getFirst();
  }

  /** Of all rows; NaN where one is. */
  private static double largestMissing(double[][][] weights) {
    double largest = 0;
    for (double[][] rows : weights) {
      for (double[] row : rows) {
        double sum = 0;
        for (double weight : row) {
          sum += weight;
        }
        largest = Math.max(largest, Math.abs(sum - 1));
      }
    }
    return largest;
  }

  /** [queries][keys] of the head that was asked for, or of the mean. */
  private double[][] shown(double[][][] weights) {
    if (head != null) {
      return weights[head];
    }
    double[][] mean = new double[weights[0].length][weights[0][0].length];
    for (double[][] ofHead : weights) {
      for (int query = 0; query < mean.length; query++) {
        for (int key = 0; key < mean[query].length; key++) {
          mean[query][key] += ofHead[query][key] / weights.length;
        }
      }
    }
    return mean;
  }

  private record Row(String query, String heaviest, String entropy) {}

  private String table(List<String> queries, List<String> keys, double[][] weights) {
    List<Row> rows = new ArrayList<>();
    for (int query = 0; query < weights.length; query++) {
      double[] row = weights[query];
      List<String> heaviest =
          IntStream.range(0, row.length)
              .boxed()
              .sorted(Comparator.comparingDouble((Integer key) -> -row[key]))
              .limit(top)
              .map(key -> "%s %.3f".formatted(keys.get(key), row[key]))
              .toList();
      double entropy = 0;
      for (double weight : row) {
        entropy -= weight == 0 ? 0 : weight * Math.log(weight);
      }
      rows.add(new Row(queries.get(query), String.join(", ", heaviest), "%.2f".formatted(entropy)));
    }
    return AsciiTable.getTable(
        rows,
        List.of(
            new Column().header("asks").dataAlign(HorizontalAlign.LEFT).with(Row::query),
            new Column()
                .header(
                    head == null
                        ? "attends to (mean over %d heads)".formatted(EncoderModel.HEADS)
                        : "attends to (head %d)".formatted(head))
                .dataAlign(HorizontalAlign.LEFT)
                .with(Row::heaviest),
            new Column()
                .header("entropy, of at most %.2f".formatted(Math.log(keys.size())))
                .with(Row::entropy)));
  }
}
