package io.github.attn4j.bench.explain;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** An explanation for a terminal: a head's grid in shades, what each word attends to, all heads. */
public final class ExplanationText {
  /** From no weight to all of it. */
  private static final String SHADES = " .:-=+*#%@";

  private static final String HIDDEN = "/";
  private static final int LONGEST_NAME = 14;
  private static final int NAMED = 3;

  private ExplanationText() {}

  /**
   * One head.
   *
   * @param patterns of a text
   * @param layer from 0
   * @param head from 0
   * @param causal behind the causal mask
   * @throws IllegalArgumentException naming a layer or head that there is not
   */
  public static List<String> head(TextPatterns patterns, int layer, int head, boolean causal) {
    requireWithin("layer", layer, patterns.layers().size());
    LayerPattern ofLayer = patterns.layers().get(layer);
    requireWithin("head", head, ofLayer.heads().size());
    HeadPattern pattern = ofLayer.heads().get(head);
    int tokens = patterns.tokens().size();
    int names =
        Math.min(LONGEST_NAME, patterns.tokens().stream().mapToInt(String::length).max().orElse(1));
    List<String> lines = new ArrayList<>();
    lines.add(
        "layer %d of %d, head %d of %d%s; rows are queries, columns keys, each row sums to 1"
            .formatted(
                layer + 1,
                patterns.layers().size(),
                head + 1,
                ofLayer.heads().size(),
                causal ? ", causal" : ""));
    lines.add(
        "shades of a weight from 0 to 1: [%s]%s"
            .formatted(SHADES, causal ? ", hidden: " + HIDDEN : ""));
    for (int query = 0; query < tokens; query++) {
      StringBuilder line = new StringBuilder(name(patterns.tokens().get(query), names));
      line.append(" |");
      for (int key = 0; key < tokens; key++) {
        line.append(
            HeadPattern.visible(causal, query, key)
                ? shade(pattern.weight(ofLayer.scale(), causal, query, key))
                : HIDDEN);
      }
      line.append("| ").append(strongest(patterns, ofLayer, pattern, causal, query));
      lines.add(line.toString());
    }
    return lines;
  }

  /** Every head of every layer: the mean entropy of its rows, and its largest weight. */
  public static List<String> heads(TextPatterns patterns, boolean causal) {
    List<String> lines = new ArrayList<>();
    lines.add(
        "mean entropy of a head's rows in nats%s, and its largest weight (special tokens left out)"
            .formatted(causal ? ", causal" : ""));
    for (LayerPattern layer : patterns.layers()) {
      for (HeadPattern head : layer.heads()) {
        double nats =
            IntStream.range(0, head.tokens())
                .mapToDouble(query -> head.entropy(layer.scale(), causal, query))
                .average()
                .orElse(0);
        lines.add(
            "layer %2d head %2d  %5.2f  %s"
                .formatted(
                    layer.layer() + 1,
                    head.head() + 1,
                    nats,
                    largest(patterns, layer, head, causal)));
      }
    }
    return lines;
  }

  /** A word's way through two texts. */
  public static List<String> word(WordInContext word) {
    List<String> lines = new ArrayList<>();
    lines.add(
        "\"%s\" in \"%s\" and in \"%s\": cosines between the two, and of each with its start"
            .formatted(word.word(), word.first(), word.second()));
    for (WordInContext.Place place : word.places()) {
      lines.add(
          "  %-20s %6.3f   %6.3f %6.3f"
              .formatted(
                  place.name(), place.between(), place.firstFromStart(), place.secondFromStart()));
    }
    return lines;
  }

  private static String strongest(
      TextPatterns patterns, LayerPattern layer, HeadPattern head, boolean causal, int query) {
    return String.join(
        "  ",
        IntStream.range(0, head.tokens())
            .filter(key -> HeadPattern.visible(causal, query, key))
            .boxed()
            .sorted(
                Comparator.comparingDouble(key -> -head.weight(layer.scale(), causal, query, key)))
            .limit(NAMED)
            .map(key ->
                "%s %.2f"
                    .formatted(
                        patterns.tokens().get(key), head.weight(layer.scale(), causal, query, key)))
            .toList());
  }

  private static String largest(
      TextPatterns patterns, LayerPattern layer, HeadPattern head, boolean causal) {
    double most = -1;
    String pair = "no pair of words";
    for (int query = 0; query < head.tokens(); query++) {
      for (int key = 0; key < head.tokens(); key++) {
        double weight = head.weight(layer.scale(), causal, query, key);
        String from = patterns.tokens().get(query);
        String to = patterns.tokens().get(key);
        if (weight > most && !special(from) && !special(to)) {
          most = weight;
          pair = "%s -> %s %.2f".formatted(from, to, weight);
        }
      }
    }
    return pair;
  }

  private static boolean special(String token) {
    return token.startsWith("[") && token.endsWith("]");
  }

  private static char shade(double weight) {
    int step = (int) Math.floor(weight * SHADES.length());
    return SHADES.charAt(Math.max(0, Math.min(SHADES.length() - 1, step)));
  }

  private static String name(String token, int width) {
    String cut = token.length() > width ? token.substring(0, width - 1) + "~" : token;
    return " ".repeat(width - cut.length()) + cut;
  }

  private static void requireWithin(String what, int value, int count) {
    if (value < 0 || value >= count) {
      throw new IllegalArgumentException(
          "%s %d is not one of the %d there are, counted from 0".formatted(what, value, count));
    }
  }
}
