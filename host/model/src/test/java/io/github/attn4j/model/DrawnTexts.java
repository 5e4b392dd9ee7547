package io.github.attn4j.model;

import io.github.attn4j.core.input.SplitMix64;
import java.util.ArrayList;
import java.util.List;

/**
 * Texts made of our own words: of every length that the model reads, with capitals, accents,
 * digits, punctuation, other scripts, and words that no vocabulary has.
 */
final class DrawnTexts {
  private static final List<String> WORDS =
      List.of(
          "the",
          "a",
          "river",
          "Kettle",
          "measures",
          "quietly",
          "of",
          "under",
          "seventeen",
          "moles",
          "biopsy",
          "Tower",
          "unbelievably",
          "antidisestablishment",
          "crème",
          "brûlée",
          "naïve",
          "Zürich",
          "ÅNGSTRÖM",
          "it's",
          "don't",
          "e-mail",
          "3.14159",
          "2026",
          "1,024",
          "x²",
          "H₂O",
          "(perhaps)",
          "[sic]",
          "“quoted”",
          "—",
          "…",
          "?!",
          "@home",
          "#42",
          "50%",
          "a_b",
          "C++",
          "日本語",
          "東京",
          "Москва",
          "ελληνικά",
          "שלום",
          "हिन्दी",
          "😀",
          "qzxjvkw",
          "supercalifragilisticexpialidocious",
          "warm",
          "bread",
          "because",
          "she",
          "tired",
          "street",
          "animal",
          "did",
          "not",
          "cross",
          "and",
          "then",
          "slept",
          "until",
          "Monday");

  private DrawnTexts() {}

  /**
   * Texts of drawn words, the number of which grows from none to what reaches the model's longest.
   *
   * @param model tells how many tokens a text has
   */
  static List<String> of(int count, EncoderModel model) {
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      SplitMix64 random = new SplitMix64(i, 21);
      // Most are as long as sentences; every tenth goes on, the last to the end.
      int target = i % 10 == 9 ? Math.min(512, 60 + 512 * i / count) : 2 + random.below(0, 40);
      texts.add(text(random, i == count - 1 ? 512 : target, model));
    }
    return texts;
  }

  /** As many words as fit. */
  private static String text(SplitMix64 random, int tokens, EncoderModel model) {
    StringBuilder text = new StringBuilder();
    for (int word = 1; ; word++) {
      int before = text.length();
      text.append(text.isEmpty() ? "" : " ").append(WORDS.get(random.below(word, WORDS.size())));
      if (count(text.toString(), model) > tokens) {
        text.setLength(before);
        break;
      }
    }
    while (tokens == EncoderModel.LONGEST && count(text + " a", model) <= tokens) {
      text.append(" a"); // to the last position
    }
    return text.toString();
  }

  private static int count(String text, EncoderModel model) {
    // Word by word, the text passes the limit by a few tokens at most.
    return text.isEmpty() ? 2 : model.count(text);
  }
}
