package io.github.attn4j.bench;

import io.github.attn4j.core.expression.MaskExpression;
import io.github.attn4j.core.spec.Mask;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How options and shape files write a mask; {@link Mask#label} is the inverse. */
public final class MaskNames {
  private static final Pattern WINDOW = Pattern.compile("window\\((-?\\d{1,9}),(-?\\d{1,9})\\)");

  /** What every condition has and no name. */
  private static final Pattern CONDITION = Pattern.compile("[<>=!&|?]");

  private MaskNames() {}

  /**
   * The mask that a text names.
   *
   * @throws IllegalArgumentException with the text and what there is, if it names none
   */
  public static Mask parse(String text) {
    String name = text.replace(" ", "");
    if (name.equals("full")) {
      return Mask.none();
    }
    if (name.equals("causal")) {
      return Mask.causal();
    }
    Matcher window = WINDOW.matcher(name);
    if (window.matches()) {
      return Mask.window(Integer.parseInt(window.group(1)), Integer.parseInt(window.group(2)));
    }
    if (!CONDITION.matcher(text).find()) {
      throw new IllegalArgumentException(
          "mask '%s' is none of full, causal, window(LEFT,RIGHT)".formatted(text));
    }
    return Mask.expression(MaskExpression.parse(text));
  }
}
