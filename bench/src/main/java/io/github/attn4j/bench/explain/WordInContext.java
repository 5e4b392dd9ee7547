package io.github.attn4j.bench.explain;

import io.github.attn4j.model.ModelText;
import io.github.attn4j.model.TokenVectors;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * One word in two texts, from the vector that it starts with in both to what each text's context
 * has made of it. A word of several tokens is the mean of their vectors.
 *
 * @param word as it was asked for
 * @param first a text
 * @param second another
 * @param places from the start to behind the last layer that ran
 */
public record WordInContext(String word, String first, String second, List<Place> places) {
  /** Pieces of a word but for its first begin so in a WordPiece vocabulary. */
  private static final String CONTINUES = "##";

  private static final String UNKNOWN = "[UNK]";

  /** Copies the list. */
  public WordInContext {
    places = List.copyOf(places);
  }

  /**
   * Cosines at one place of the model: 1 is the same direction, 0 unrelated.
   *
   * @param name of the place
   * @param between the word in one text and in the other
   * @param firstFromStart the first text's word and the vector that it started with
   * @param secondFromStart the same of the second text
   */
  public record Place(String name, double between, double firstFromStart, double secondFromStart) {}

  /**
   * Follows a word.
   *
   * @param ids of the word's tokens alone, special ones left out
   * @throws IllegalArgumentException naming word and text where it does not occur, or texts of
   *     different models
   */
  public static WordInContext of(
      String word, List<Integer> ids, ModelText first, ModelText second) {
    if (first.states().size() != second.states().size() || first.states().isEmpty()) {
      throw new IllegalArgumentException(
          "'%s' was followed to %d places and '%s' to %d: compare texts of one model"
              .formatted(
                  first.text(), first.states().size(), second.text(), second.states().size()));
    }
    List<Integer> inFirst = tokensOf(word, ids, first);
    List<Integer> inSecond = tokensOf(word, ids, second);
    double[] startOfFirst = mean(first.states().getFirst(), inFirst);
    double[] startOfSecond = mean(second.states().getFirst(), inSecond);
    List<Place> places = new ArrayList<>();
    for (int place = 0; place < first.states().size(); place++) {
      double[] a = mean(first.states().get(place), inFirst);
      double[] b = mean(second.states().get(place), inSecond);
      places.add(
          new Place(
              first.states().get(place).name(),
              cosine(a, b),
              cosine(a, startOfFirst),
              cosine(b, startOfSecond)));
    }
    return new WordInContext(word, first.text(), second.text(), places);
  }

  /**
   * The tokens of a word's first occurrence: its ids in a row, from the beginning of a word to the
   * end of one, so that case, accents and marks are what the tokenizer makes of them.
   */
  static List<Integer> tokensOf(String word, List<Integer> ids, ModelText text) {
    List<String> tokens = text.tokens();
    for (int start = 0; start + ids.size() <= tokens.size() && !ids.isEmpty(); start++) {
      int end = start + ids.size();
      boolean found =
          text.ids().subList(start, end).equals(ids)
              && !tokens.get(start).startsWith(CONTINUES)
              && (end == tokens.size() || !tokens.get(end).startsWith(CONTINUES));
      if (found && tokens.subList(start, end).contains(UNKNOWN)) {
        throw new IllegalArgumentException(
            "the word '%s' is unknown to the model's vocabulary, which has one token, %s, for all such words: follow another one"
                .formatted(Printable.of(word), UNKNOWN));
      }
      if (found) {
        return IntStream.range(start, end).boxed().toList();
      }
    }
    throw new IllegalArgumentException(
        "the word '%s' is not in '%s', whose tokens are %s"
            .formatted(
                Printable.of(word),
                Printable.of(text.text()),
                Printable.of(String.join(" ", tokens))));
  }

  private static double[] mean(TokenVectors state, List<Integer> tokens) {
    double[] mean = new double[state.width()];
    for (int token : tokens) {
      for (int i = 0; i < mean.length; i++) {
        mean[i] += state.values()[token * state.width() + i] / (double) tokens.size();
      }
    }
    return mean;
  }

  private static double cosine(double[] a, double[] b) {
    double product = 0;
    double ofA = 0;
    double ofB = 0;
    for (int i = 0; i < a.length; i++) {
      product += a[i] * b[i];
      ofA += a[i] * a[i];
      ofB += b[i] * b[i];
    }
    return product / Math.sqrt(ofA * ofB);
  }
}
