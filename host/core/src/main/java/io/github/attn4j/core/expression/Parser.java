package io.github.attn4j.core.expression;

import io.github.attn4j.core.expression.Expression.Binary;
import io.github.attn4j.core.expression.Expression.Call;
import io.github.attn4j.core.expression.Expression.Conditional;
import io.github.attn4j.core.expression.Expression.FloatConstant;
import io.github.attn4j.core.expression.Expression.FloatLiteral;
import io.github.attn4j.core.expression.Expression.IntConstant;
import io.github.attn4j.core.expression.Expression.IntLiteral;
import io.github.attn4j.core.expression.Expression.Lookup;
import io.github.attn4j.core.expression.Expression.Name;
import io.github.attn4j.core.expression.Expression.Negate;
import io.github.attn4j.core.expression.Expression.Not;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * From text to tree by operator precedence (Pratt, "Top down operator precedence", POPL 1973). The
 * grammar is in docs/masks.md. Remembers where in the text each node stands.
 */
final class Parser {
  /** Device compilers give up on brackets nested a few hundred deep; each level emits up to 3. */
  static final int MAX_NESTING = 64;

  /** A tree and its height. */
  private record Part(Expression tree, int height) {}

  private final String text;
  private final Bindings bindings;
  private final boolean hasScore;
  private final List<Token> tokens;
  private final IdentityHashMap<Expression, Integer> positions = new IdentityHashMap<>();
  private int next;
  private int depth;

  Parser(String text, Bindings bindings, boolean hasScore) {
    this.text = text;
    this.bindings = bindings;
    this.hasScore = hasScore;
    this.tokens = Lexer.tokens(text);
  }

  /** The whole text as one expression. */
  Expression parse() {
    if (peek().kind() == Token.Kind.END) {
      throw error(peek(), "there is nothing here: write a condition like k <= p");
    }
    Expression tree = conditional().tree;
    if (peek().kind() != Token.Kind.END) {
      throw error(peek(), "expected an operator or the end, not " + peek().phrase());
    }
    return tree;
  }

  /** Where each node of the tree stands, by identity. */
  IdentityHashMap<Expression, Integer> positions() {
    return positions;
  }

  private Part conditional() {
    enter();
    Part condition = binary(1);
    Part result = condition;
    if (peek().is("?")) {
      Token question = take();
      Part whenTrue = conditional();
      expect(":", "'?' needs its ':'");
      Part whenFalse = conditional();
      result =
          node(
              question,
              () -> new Conditional(condition.tree, whenTrue.tree, whenFalse.tree),
              1 + Math.max(condition.height, Math.max(whenTrue.height, whenFalse.height)));
    }
    depth--;
    return result;
  }

  private Part binary(int leastPrecedence) {
    Part left = unary();
    while (true) {
      Token token = peek();
      Optional<Operator> found = operator(token);
      if (found.isEmpty() || found.get().precedence() < leastPrecedence) {
        return left;
      }
      Operator operator = found.get();
      take();
      Part right = binary(operator.precedence() + 1);
      Part before = left;
      left =
          node(
              token,
              () -> new Binary(operator, before.tree, right.tree),
              1 + Math.max(before.height - (continues(operator, before) ? 1 : 0), right.height));
    }
  }

  /** A list of conditions may be long: emitted without brackets, it is not deep. */
  private static boolean continues(Operator operator, Part left) {
    return operator.kind() == Operator.Kind.LOGICAL
        && left.tree instanceof Binary binary
        && binary.operator() == operator;
  }

  private Part unary() {
    Token token = peek();
    if (!token.is("-") && !token.is("!")) {
      return primary();
    }
    enter();
    take();
    Part operand = unary();
    depth--;
    return node(
        token,
        () -> token.is("-") ? new Negate(operand.tree) : new Not(operand.tree),
        1 + operand.height);
  }

  private Part primary() {
    Token token = take();
    switch (token.kind()) {
      case INT -> {
        return node(token, () -> new IntLiteral(intValue(token)), 1);
      }
      case FLOAT -> {
        return node(token, () -> new FloatLiteral(floatValue(token)), 1);
      }
      case NAME -> {
        return named(token);
      }
      case SYMBOL -> {
        if (token.is("(")) {
          Part inner = conditional();
          expect(")", "'(' needs its ')'");
          return inner;
        }
        throw error(token, "expected a value, not " + token.phrase());
      }
      case END -> throw error(token, "the expression ends where a value was expected");
    }
    throw new AssertionError(token);
  }

  private Part named(Token token) {
    String name = token.text();
    Optional<Variable> variable = Bindings.variable(name);
    if (variable.isPresent()) {
      if (variable.get() == Variable.S && !hasScore) {
        throw error(token, "s is the score, which a mask does not see");
      }
      return node(token, () -> new Name(variable.get()), 1);
    }
    Optional<BuiltIn> function = Bindings.function(name);
    if (function.isPresent()) {
      expect("(", "%s takes %s in (...)".formatted(name, function.get().arityPhrase()));
      List<Part> arguments = list(")");
      return node(token, () -> new Call(function.get(), trees(arguments)), height(arguments));
    }
    Table table = bindings.tables().get(name);
    if (table != null) {
      expect(
          "[",
          "table %s takes %s in [...]"
              .formatted(name, table.indices() == 1 ? "one index" : "two indices"));
      List<Part> places = list("]");
      return node(token, () -> new Lookup(name, table, trees(places)), height(places));
    }
    Number constant = bindings.constants().get(name);
    if (constant instanceof Integer value) {
      return node(token, () -> new IntConstant(name, value), 1);
    }
    if (constant instanceof Float value) {
      return node(token, () -> new FloatConstant(name, value), 1);
    }
    throw error(token, unknown(token));
  }

  /** A name without a meaning: perhaps a preset's, which no condition takes. */
  private String unknown(Token token) {
    for (Preset preset : Presets.all()) {
      if (text.startsWith(preset.id(), token.position())) {
        return hasScore
            ? "'%s' is a preset, which stands alone: write out its text instead"
                .formatted(preset.id())
            : "'%s' is a preset, and presets are joined by & only, outside of all conditions"
                .formatted(preset.id());
      }
    }
    Set<String> known = bindings.known();
    if (!hasScore) {
      known.remove(Variable.S.text());
    }
    String name = token.text();
    return "%s; --let %s=NUMBER or --table %s=FILE gives it a meaning"
        .formatted(NearMiss.unknown(name, known), name, name);
  }

  private List<Part> list(String end) {
    List<Part> parts = new ArrayList<>();
    if (!peek().is(end)) {
      parts.add(conditional());
      while (peek().is(",")) {
        take();
        parts.add(conditional());
      }
    }
    expect(end, "expected ',' or '%s', not %s".formatted(end, peek().phrase()));
    return parts;
  }

  private static List<Expression> trees(List<Part> parts) {
    return parts.stream().map(Part::tree).toList();
  }

  private static int height(List<Part> parts) {
    return 1 + parts.stream().mapToInt(Part::height).max().orElse(0);
  }

  /** Typing rules are the nodes' own; here their refusals get a place. */
  private Part node(Token token, Supplier<Expression> tree, int height) {
    if (height > MAX_NESTING) {
      throw tooDeep(token);
    }
    try {
      Expression made = tree.get();
      positions.put(made, token.position());
      return new Part(made, height);
    } catch (ExpressionException e) {
      throw e;
    } catch (IllegalArgumentException e) {
      throw error(token, String.valueOf(e.getMessage()));
    }
  }

  private int intValue(Token token) {
    BigInteger value = new BigInteger(token.text());
    if (value.bitLength() > 31) {
      throw error(token, "an int is at most 2147483647; write a float with a point");
    }
    return value.intValue();
  }

  private float floatValue(Token token) {
    float value = Float.parseFloat(token.text());
    if (Float.isInfinite(value)) {
      throw error(token, "a float is at most 3.4028235E38");
    }
    if (value == 0 && token.text().split("[eE]", 2)[0].matches(".*[1-9].*")) {
      throw error(token, "a float other than 0 is at least 1.4E-45");
    }
    return value;
  }

  private void enter() {
    if (++depth > MAX_NESTING) {
      throw tooDeep(peek());
    }
  }

  private ExpressionException tooDeep(Token token) {
    return error(
        token, "nested more than %d levels deep: use a table instead".formatted(MAX_NESTING));
  }

  private static Optional<Operator> operator(Token token) {
    if (token.kind() == Token.Kind.SYMBOL) {
      for (Operator operator : Operator.values()) {
        if (operator.symbol().equals(token.text())) {
          return Optional.of(operator);
        }
      }
    }
    return Optional.empty();
  }

  private void expect(String symbol, String otherwise) {
    if (!peek().is(symbol)) {
      throw error(peek(), otherwise);
    }
    take();
  }

  private Token peek() {
    return tokens.get(next);
  }

  private Token take() {
    Token token = tokens.get(next);
    // The end stays: whoever looks further finds it again.
    next = Math.min(next + 1, tokens.size() - 1);
    return token;
  }

  private ExpressionException error(Token token, String problem) {
    return new ExpressionException(text, token.position(), problem);
  }
}
