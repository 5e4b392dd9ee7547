package io.github.attn4j.bench.explain;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** An explanation for a terminal: a head's grid in shades, what each word attends to, all heads. */
public final class ExplanationText {
  /** From no weight to all of it. */
  private static final String SHADES = " .:-=+*#%@";

  private static final String HIDDEN = "/";
  private static final int LONGEST_NAME = 14;
  private static final int NAMED = 3;

  private ExplanationText() {}

  /** Tokens with their ids. */
  public static String tokens(TextPatterns patterns) {
    return IntStream.range(0, patterns.tokens().size())
        .mapToObj(i ->
            String.format(
                Locale.ROOT,
                "%s %d",
                Printable.of(patterns.tokens().get(i)),
                patterns.ids().get(i)))
        .collect(Collectors.joining("  "));
  }

  /**
   * One head.
   *
   * @param patterns of a text
   * @param view which one
   * @throws IllegalArgumentException naming a layer or head that there is not
   */
  public static List<String> head(TextPatterns patterns, View view) {
    view.requireWithin(patterns);
    LayerPattern layer = patterns.layers().get(view.layer());
    Scores scores = layer.heads().get(view.head()).scores(view.causal());
    int tokens = patterns.tokens().size();
    int names =
        Math.min(LONGEST_NAME, patterns.tokens().stream().mapToInt(String::length).max().orElse(1));
    List<String> lines = new ArrayList<>();
    lines.add(
        String.format(
            Locale.ROOT,
            "layer %d of 0 to %d, head %d of 0 to %d%s; rows are queries, columns keys, each row sums to 1",
            view.layer(),
            patterns.layers().size() - 1,
            view.head(),
            layer.heads().size() - 1,
            view.causal() ? ", causal" : ""));
    lines.add(
        String.format(
            Locale.ROOT,
            "shades of a weight from 0 to 1, as its square root: [%s]%s",
            SHADES,
            view.causal() ? ", hidden: " + HIDDEN : ""));
    for (int query = 0; query < tokens; query++) {
      StringBuilder line =
          new StringBuilder(name(Printable.of(patterns.tokens().get(query)), names));
      line.append(" |");
      for (int key = 0; key < tokens; key++) {
        line.append(scores.visible(query, key) ? shade(scores.weight(query, key)) : HIDDEN);
      }
      line.append("| ").append(strongest(patterns, scores, query));
      lines.add(line.toString());
    }
    return lines;
  }

  /** Every head of every layer: the mean entropy of its rows, and its largest weight. */
  public static List<String> heads(TextPatterns patterns, boolean causal) {
    List<String> lines = new ArrayList<>();
    lines.add(
        String.format(
            Locale.ROOT,
            "mean entropy of a head's rows in nats%s, and its largest weight (special tokens left out)",
            causal ? ", causal" : ""));
    for (LayerPattern layer : patterns.layers()) {
      for (HeadPattern head : layer.heads()) {
        Scores scores = head.scores(causal);
        double nats =
            IntStream.range(0, scores.tokens())
                .mapToDouble(query -> scores.entropy(query))
                .average()
                .orElse(0);
        lines.add(
            String.format(
                Locale.ROOT,
                "layer %2d head %2d  %5.2f  %s",
                layer.layer(),
                head.head(),
                nats,
                largest(patterns, scores)));
      }
    }
    return lines;
  }

  /** A word's way through two texts. */
  public static List<String> word(WordInContext word) {
    List<String> lines = new ArrayList<>();
    lines.add(
        String.format(
            Locale.ROOT,
            "\"%s\" in \"%s\" and in \"%s\": cosines between the two, and of each with its start",
            Printable.of(word.word()),
            Printable.of(word.first()),
            Printable.of(word.second())));
    for (WordInContext.Place place : word.places()) {
      lines.add(
          String.format(
              Locale.ROOT,
              "  %-20s %6.3f   %6.3f %6.3f",
              place.name(),
              place.between(),
              place.firstFromStart(),
              place.secondFromStart()));
    }
    return lines;
  }

  private static String strongest(TextPatterns patterns, Scores scores, int query) {
    return IntStream.range(0, scores.tokens())
        .filter(key -> scores.visible(query, key))
        .boxed()
        .sorted(Comparator.comparingDouble(key -> -scores.weight(query, key)))
        .limit(NAMED)
        .map(key ->
            String.format(
                Locale.ROOT,
                "%s %.2f",
                Printable.of(patterns.tokens().get(key)),
                scores.weight(query, key)))
        .collect(Collectors.joining("  "));
  }

  private static String largest(TextPatterns patterns, Scores scores) {
    double most = -1;
    String pair = "no pair of words";
    for (int query = 0; query < scores.tokens(); query++) {
      for (int key = 0; key < scores.tokens(); key++) {
        double weight = scores.weight(query, key);
        String from = patterns.tokens().get(query);
        String to = patterns.tokens().get(key);
        if (scores.visible(query, key) && weight > most && !special(from) && !special(to)) {
          most = weight;
          pair =
              String.format(
                  Locale.ROOT, "%s -> %s %.2f", Printable.of(from), Printable.of(to), weight);
        }
      }
    }
    return pair;
  }

  private static boolean special(String token) {
    return token.startsWith("[") && token.endsWith("]");
  }

  private static char shade(double weight) {
    int step = (int) Math.floor(Math.sqrt(weight) * SHADES.length());
    return SHADES.charAt(Math.max(0, Math.min(SHADES.length() - 1, step)));
  }

  private static String name(String token, int width) {
    String cut = token.length() > width ? token.substring(0, width - 1) + "~" : token;
    return " ".repeat(width - cut.length()) + cut;
  }
}
