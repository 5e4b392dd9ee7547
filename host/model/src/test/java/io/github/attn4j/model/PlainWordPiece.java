package io.github.attn4j.model;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * BERT's tokenization straight from its description (Devlin et al. 2018; Wu et al. 2016, section
 * 4.1): clean, lower case, strip accents, split at white space, punctuation and Chinese characters,
 * then the longest piece that the vocabulary has, again and again. Shares nothing with the library
 * that the model's own tokenizer is run by, but the vocabulary.
 */
final class PlainWordPiece {
  private static final int LONGEST_WORD = 100;
  private static final Pattern SPACES = Pattern.compile(" +");

  private final Map<String, Integer> vocabulary = new HashMap<>();

  PlainWordPiece() throws IOException {
    try (Reader json =
        new InputStreamReader(
            ShippedModel.open(ModelCapture.TOKENIZER_RESOURCE), StandardCharsets.UTF_8)) {
      JsonObject words =
          JsonParser.parseReader(json)
              .getAsJsonObject()
              .getAsJsonObject("model")
              .getAsJsonObject("vocab");
      for (Map.Entry<String, JsonElement> word : words.entrySet()) {
        vocabulary.put(word.getKey(), word.getValue().getAsInt());
      }
    }
  }

  int[] encode(String text) {
    List<Integer> ids = new ArrayList<>(List.of(id("[CLS]")));
    words(text).forEach(word -> addPieces(word, ids));
    ids.add(id("[SEP]"));
    return ids.stream().mapToInt(Integer::intValue).toArray();
  }

  private static List<String> words(String text) {
    StringBuilder spaced = new StringBuilder();
    text.codePoints()
        .filter(c -> c != 0 && c != 0xfffd && (isSpace(c) || !isControl(c)))
        .forEach(c -> {
          if (isChinese(c)) {
            spaced.append(' ').appendCodePoint(c).append(' ');
          } else {
            spaced.appendCodePoint(isSpace(c) ? ' ' : c);
          }
        });
    StringBuilder split = new StringBuilder();
    Normalizer.normalize(spaced, Normalizer.Form.NFD)
        .codePoints()
        .filter(c -> Character.getType(c) != Character.NON_SPACING_MARK)
        .mapToObj(Character::toString)
        .forEach(split::append);
    StringBuilder words = new StringBuilder();
    split
        .toString()
        .toLowerCase(Locale.ROOT)
        .codePoints()
        .forEach(c -> {
          if (isPunctuation(c)) {
            words.append(' ').appendCodePoint(c).append(' ');
          } else {
            words.appendCodePoint(c);
          }
        });
    return SPACES.splitAsStream(words).filter(word -> !word.isEmpty()).toList();
  }

  private void addPieces(String word, List<Integer> ids) {
    List<Integer> pieces = new ArrayList<>();
    int[] points = word.codePoints().toArray();
    int from = 0;
    while (from < points.length) {
      int end = points.length;
      Integer piece = null;
      while (piece == null && end > from) {
        String part = new String(points, from, end - from);
        piece = vocabulary.get(from == 0 ? part : "##" + part);
        end--;
      }
      if (piece == null || points.length > LONGEST_WORD) {
        ids.add(id("[UNK]"));
        return;
      }
      pieces.add(piece);
      from = end + 1;
    }
    ids.addAll(pieces);
  }

  private int id(String token) {
    Integer id = vocabulary.get(token);
    if (id == null) {
      throw new IllegalStateException("the vocabulary has no " + token);
    }
    return id;
  }

  private static boolean isSpace(int c) {
    return c == '\t' || c == '\n' || c == '\r' || Character.getType(c) == Character.SPACE_SEPARATOR;
  }

  private static boolean isControl(int c) {
    int type = Character.getType(c);
    return type == Character.CONTROL
        || type == Character.FORMAT
        || type == Character.PRIVATE_USE
        || type == Character.SURROGATE
        || type == Character.UNASSIGNED;
  }

  private static boolean isPunctuation(int c) {
    boolean symbol = c < 128 && c > 32 && !Character.isLetterOrDigit(c) && c != 127;
    return symbol
        || switch (Character.getType(c)) {
          case Character.CONNECTOR_PUNCTUATION,
              Character.DASH_PUNCTUATION,
              Character.START_PUNCTUATION,
              Character.END_PUNCTUATION,
              Character.INITIAL_QUOTE_PUNCTUATION,
              Character.FINAL_QUOTE_PUNCTUATION,
              Character.OTHER_PUNCTUATION ->
              true;
          default -> false;
        };
  }

  private static boolean isChinese(int c) {
    return (c >= 0x4e00 && c <= 0x9fff)
        || (c >= 0x3400 && c <= 0x4dbf)
        || (c >= 0x20000 && c <= 0x2a6df)
        || (c >= 0x2a700 && c <= 0x2ceaf)
        || (c >= 0xf900 && c <= 0xfaff)
        || (c >= 0x2f800 && c <= 0x2fa1f);
  }
}
