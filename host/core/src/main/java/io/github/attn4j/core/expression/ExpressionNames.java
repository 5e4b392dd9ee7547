package io.github.attn4j.core.expression;

import java.util.LinkedHashSet;
import java.util.Set;

/** The names in a text, before anybody knows what they mean. */
public final class ExpressionNames {
  private ExpressionNames() {}

  /**
   * Every name that a text uses, the language's own among them, in the order of the text.
   *
   * @throws ExpressionException where the text has a character or a number that the language has
   *     not
   */
  public static Set<String> in(String text) {
    Set<String> names = new LinkedHashSet<>();
    for (Token token : Lexer.tokens(text)) {
      if (token.kind() == Token.Kind.NAME) {
        names.add(token.text());
      }
    }
    return names;
  }
}
