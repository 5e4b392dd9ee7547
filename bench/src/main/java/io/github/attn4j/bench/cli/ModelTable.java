package io.github.attn4j.bench.cli;

import io.github.attn4j.bench.picture.TextLines;
import io.github.attn4j.core.cost.BlockTime;
import io.github.attn4j.core.cost.ContextAccount;
import io.github.attn4j.core.cost.Figure;
import io.github.attn4j.core.cost.LayerTime;
import io.github.attn4j.core.cost.LayerTimes;
import io.github.attn4j.core.cost.ModelReport;
import io.github.attn4j.core.cost.TransformerShape;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/** What a transformer costs, as text for a terminal: every number with its formula. */
final class ModelTable {
  private static final int WIDTH = Table.WIDEST;

  private ModelTable() {}

  /** The lines of a report. */
  static List<String> lines(ModelReport report) {
    List<String> lines = new ArrayList<>(head(report.shape()));
    lines.add("");
    lines.add("Parameters");
    List<Figure> figures = new ArrayList<>(report.parameters().figures());
    lines.addAll(figures(figures));
    Figure attention = report.parameters().figure("attention");
    Figure matrices = report.parameters().figure("matrices");
    lines.add(
        "  attention's share: %,d / %,d = %.1f %% of all matrices"
            .formatted(
                attention.value(), matrices.value(), 100 * report.parameters().attentionShare()));
    lines.add("");
    lines.add("Bytes of weights (%s)".formatted(report.types().weights().label()));
    lines.addAll(figures(report.memory()));
    lines.add("");
    lines.add("One sequence of N tokens");
    lines.addAll(contexts(report.contexts()));
    LayerTimes times = report.times();
    if (times != null) {
      lines.add("");
      lines.addAll(times(times));
    }
    return lines;
  }

  private static List<String> head(TransformerShape shape) {
    List<String> lines = new ArrayList<>();
    lines.addAll(
        TextLines.wrapped(
            "%s: d_model %,d, %,d heads of %,d%s, %,d layers, feed-forward %,d%s, vocabulary %,d, %s"
                .formatted(
                    shape.name(),
                    shape.modelDim(),
                    shape.queryHeads(),
                    shape.headDim(),
                    shape.groupSize() == 1
                        ? ""
                        : " on %,d key-value heads".formatted(shape.kvHeads()),
                    shape.layers(),
                    shape.feedForwardDim(),
                    shape.gated() ? " with a gate" : "",
                    shape.vocabulary(),
                    shape.causal() ? "causal" : "every token sees all"),
            WIDTH));
    lines.addAll(TextLines.wrapped("from " + shape.source(), WIDTH));
    return lines;
  }

  private static List<String> figures(List<Figure> figures) {
    int names = figures.stream().mapToInt(figure -> figure.name().length()).max().orElse(0);
    int values =
        figures.stream().mapToInt(figure -> count(figure.value()).length()).max().orElse(0);
    return figures.stream()
        .flatMap(figure ->
            beside(
                "  %s  %s  "
                    .formatted(
                        padded(figure.name(), names),
                        " ".repeat(values - count(figure.value()).length())
                            + count(figure.value())),
                "= " + figure.formula(),
                "= " + figure.numbers())
                .stream())
        .toList();
  }

  /** In one line, or where that is too long, each part in its own, broken at spaces. */
  private static List<String> beside(String head, String... parts) {
    String line = head + String.join(" ", parts);
    if (line.length() <= WIDTH) {
      return List.of(line);
    }
    List<String> lines = new ArrayList<>();
    for (String part : parts) {
      for (String piece : TextLines.broken(part, WIDTH - head.length())) {
        lines.add((lines.isEmpty() ? head : " ".repeat(head.length())) + piece);
      }
    }
    return lines;
  }

  private static List<String> contexts(List<ContextAccount> contexts) {
    List<String> lines = new ArrayList<>();
    List<Figure> first = contexts.getFirst().figures();
    lines.addAll(
        first.stream()
            .flatMap(figure ->
                beside("  %s ".formatted(figure.name()), "= " + figure.formula()).stream())
            .toList());
    lines.add(
        Table.of(contexts)
            .name("N", account -> count(account.context()))
            .figure("scores of a head", bytes("scores-head"))
            .figure("of a layer", bytes("scores-layer"))
            .figure("of all layers", bytes("scores"))
            .figure("key-value cache", bytes("cache"))
            .figure("attention of a layer", flops("attention-flops"))
            .figure("matrix products of a layer", flops("matrix-flops"))
            .figure("reading all N", flops("prefill-flops"))
            .figure("a token", flops("token-flops"))
            .text());
    return lines;
  }

  private static List<String> times(LayerTimes times) {
    List<String> lines = new ArrayList<>();
    lines.add("Time of one layer on %s".formatted(times.device()));
    lines.addAll(
        TextLines.wrapped(
            "Attention: %s in float32, run and checked against the float64 reference; where not all heads ran, times heads over those that did, and where N was too long, by operations at the rate of the longest that ran."
                .formatted(times.kernel()),
            WIDTH));
    lines.addAll(
        TextLines.wrapped(
            "At best, nothing run: matrix products at the measured %s of multiply-adds; a token's bytes (the block's matrices, its keys and values) at the measured %s of memory."
                .formatted(
                    rate(times.fmaGflops(), "GFLOP/s"), rate(times.memoryGigabytes(), "GB/s")),
            WIDTH));
    lines.add(
        Table.of(times.contexts())
            .name("N", time -> count(time.context()))
            .figure("attention", time -> time(time.attentionNanos()))
            .text("what ran", ModelTable::basis)
            .figure("its time", time -> time(time.ranNanos()))
            .figure("GFLOP/s", time -> "%.1f".formatted(time.attentionGflops()))
            .figure("matrix products, at least", time -> time(time.matrixNanos()))
            .figure("a token, at least", time -> time(time.tokenNanos()))
            .text());
    lines.add("");
    lines.addAll(block(times));
    return lines;
  }

  private static List<String> block(LayerTimes times) {
    BlockTime block = times.block();
    if (block == null) {
      return TextLines.wrapped("No block was run: " + times.noBlock(), WIDTH);
    }
    List<String> lines = new ArrayList<>();
    lines.addAll(
        TextLines.wrapped(
            "%s, really run over %,d tokens: d_model %,d, %,d heads of %,d on %,d, feed-forward %,d"
                .formatted(
                    block.whole() ? "One block" : "One block, scaled down",
                    block.context(),
                    block.modelDim(),
                    block.queryHeads(),
                    block.headDim(),
                    block.kvHeads(),
                    block.feedForwardDim()),
            WIDTH));
    String why = block.whole() ? "Over this context: " : "Scaled down, since ";
    lines.addAll(TextLines.wrapped(why + block.choice() + ".", WIDTH));
    block
        .differences()
        .forEach(difference ->
            lines.addAll(TextLines.wrapped("Not the model's own: " + difference + ".", WIDTH)));
    lines.addAll(
        TextLines.wrapped(
            "Random weights, and inputs of its own for each run; %d tokens checked against the float64 reference before and after, all elements finite; largest error / budget %.3f."
                .formatted(block.checkedTokens(), block.largestErrorOverBudget()),
            WIDTH));
    lines.add(
        Table.of(List.of(block))
            .figure("median", one -> time(one.medianNanos()))
            .figure(
                "p10 to p90",
                one -> "%s to %s".formatted(time(one.p10Nanos()), time(one.p90Nanos())))
            .figure("runs", one -> count(one.runs()))
            .figure("attention in it", one -> time(one.attentionNanos()))
            .figure("predicted: attention", one -> time(one.predictedAttentionNanos()))
            .figure("matrix products, at least", one -> time(one.predictedMatrixNanos()))
            .figure("measured / predicted", ModelTable::ratio)
            .figure("the model's own block", one -> time(one.wholeNanos()))
            .text());
    if (!block.whole() && !Double.isNaN(block.wholeNanos())) {
      lines.add("The model's own block: its own prediction, times measured over predicted.");
    }
    return lines;
  }

  private static String ratio(BlockTime block) {
    return Double.isNaN(block.predictedNanos())
        ? "not known"
        : "%.2f".formatted(block.medianNanos() / block.predictedNanos());
  }

  private static String basis(LayerTime time) {
    String heads = "%,d head%s".formatted(time.ranHeads(), time.ranHeads() == 1 ? "" : "s");
    return switch (time.basis()) {
      case MEASURED -> "all %s".formatted(heads);
      case FEWER_HEADS -> "%s of them".formatted(heads);
      case SHORTER_CONTEXT -> "%s, N = %,d".formatted(heads, time.ranContext());
    };
  }

  private static Function<ContextAccount, String> bytes(String id) {
    return account -> bytes(account.figure(id).value());
  }

  private static Function<ContextAccount, String> flops(String id) {
    return account -> scaled(account.figure(id).value(), 1000, "FLOP");
  }

  private static String padded(String text, int width) {
    return text + " ".repeat(width - text.length());
  }

  private static String count(long value) {
    return String.format(Locale.ROOT, "%,d", value);
  }

  private static String bytes(long value) {
    return scaled(value, 1024, "iB");
  }

  /** With the prefix that leaves one to three digits before the point. */
  private static String scaled(long value, int step, String unit) {
    double rest = value;
    int prefix = 0;
    while (rest >= step) {
      rest /= step;
      prefix++;
    }
    if (prefix == 0) {
      return unit.equals("iB") ? value + " B" : value + " " + unit;
    }
    return String.format(Locale.ROOT, "%.4g %s%s", rest, "KMGTPE".charAt(prefix - 1), unit);
  }

  private static String rate(double value, String unit) {
    return Double.isNaN(value) ? "(not known here) " + unit : "%.1f %s".formatted(value, unit);
  }

  private static String time(double nanos) {
    if (Double.isNaN(nanos)) {
      return "not known";
    }
    if (nanos < 1e6) {
      return "%.1f us".formatted(nanos / 1e3);
    }
    if (nanos < 1e9) {
      return "%.2f ms".formatted(nanos / 1e6);
    }
    double seconds = nanos / 1e9;
    return seconds < 120
        ? "%.2f s".formatted(seconds)
        : seconds < 7200 ? "%.1f min".formatted(seconds / 60) : "%.1f h".formatted(seconds / 3600);
  }
}
