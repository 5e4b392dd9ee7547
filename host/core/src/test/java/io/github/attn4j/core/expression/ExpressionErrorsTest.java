package io.github.attn4j.core.expression;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is refused, where the caret stands, and what the message says to do. */
class ExpressionErrorsTest {
  private static final Bindings BINDINGS =
      Bindings.none()
          .with("width", 256)
          .with("none", 0)
          .with("doc", Table.ofInts(2, 8, new int[16]))
          .with("bias", Table.ofFloats(new float[4]));

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '"',
      textBlock =
          """
          k <= ;                        4; the expression ends where a value was expected
          k <= p p;                     7; expected an operator or the end, not 'p'
          (k <= p;                      7; '(' needs its ')'
          k <= p ? k < 3;              14; '?' needs its ':'
          k = p;                        2; '=' stands alone: equal is '=='
          k < 3 & q < 3;                6; '&' stands alone: and is '&&'
          k <= p @ 3;                   7; '@' has no meaning here
          k <= 3.;                      7; a digit must follow the point
          k <= 3e+;                     8; the exponent needs a digit
          k <= 3x;                      6; a number ends before a letter: put an operator between them
          k <= 2147483648;              5; an int is at most 2147483647; write a float with a point
          k <= 1e99;                    5; a float is at most 3.4028235E38
          k <= 1e-99;                   5; a float other than 0 is at least 1.4E-45
          k <= widht;                   5; unknown name 'widht': did you mean 'width'?
          k <= clmap(q, 1, 2);          5; unknown name 'clmap': did you mean 'clamp'?
          k <= S;                       5; unknown name 'S'
          s > 3;                        0; s is the score, which a mask does not see
          k;                            0; a mask must be a condition, but this is an int: compare it with something
          p - k;                        2; a mask must be a condition, but this is an int: compare it with something
          !k;                           0; '!' needs a condition, not an int
          -(k < p) < 3;                 0; '-' needs a number, not a condition
          k < p < 3;                    6; '<' needs a number on both sides, but has a condition and an int: join conditions with && and ||
          k && p < 3;                   2; '&&' needs a condition on both sides, but has an int and a condition
          k % 1.5 < 3;                  2; '%' needs an int on both sides, but has an int and a float
          k ? 1 : 2;                    2; '?' needs a condition before it, not an int
          k < 3 ? 1 : q < 3;            6; '? :' needs two numbers or two conditions, but has an int and a condition
          min(k) < 3;                   0; min takes two arguments, not 1
          hash() < 3;                   0; hash takes one to four arguments, not 0
          hash(1, 2, 3, 4, 5) < 3;      0; hash takes one to four arguments, not 5
          hash(1.5) < 3;                0; hash takes ints, not a float
          slope(0.5) < 3;               0; slope takes ints, not a float
          exp(k < 3) < 3;               0; exp takes numbers, not a condition
          exp k < 3;                    4; exp takes one argument in (...)
          doc(b, k) == 1;               3; table doc takes two indices in [...]
          doc[b] == 1;                  0; table doc takes two indices, not 1
          doc[b, 1.5] == 1;             0; table doc takes ints as indices, not a float
          bias[k < 3] > 1;              0; table bias takes ints as indices, not a condition
          doc[b, k == 1;               13; expected ',' or ']', not the end
          k / 0 == p;                   2; the divisor is 0 for every pair
          k % none == p;                2; the divisor is 0 for every pair
          k < 2147483647 + 1;          15; this is 2147483648, but ints go from -2147483648 to 2147483647
          bias[7] > 1;                  5; table bias has indices 0 to 3 here, but this one is never less than 7 nor more than 7
          doc[-1 - b, k] == 1;          7; table doc has indices 0 to 1 here
          """)
  void mistakesInMasksAreFound(String text, int position, String problem) {
    ExpressionException error =
        catchThrowableOfType(ExpressionException.class, () -> MaskExpression.parse(text, BINDINGS));
    assertThat(error).as(text).isNotNull();
    assertThat(error.problem()).startsWith(problem);
    assertThat(error.position()).isEqualTo(position);
    String[] lines = String.valueOf(error.getMessage()).split("\n", -1);
    assertThat(lines).hasSize(3);
    assertThat(lines[1]).isEqualTo("  " + text);
    assertThat(lines[2]).isEqualTo(" ".repeat(position + 2) + "^");
  }

  @Test
  void aScoreIsANumber() {
    assertThatThrownBy(() -> ScoreExpression.parse("k <= p"))
        .hasMessageStartingWith("a score must be a number, but this is a condition");
  }

  @Test
  void emptyTextSaysWhatToWrite() {
    assertThatThrownBy(() -> MaskExpression.parse(" \n "))
        .hasMessageStartingWith("there is nothing here: write a condition like k <= p");
  }

  @Test
  void theCaretStandsInItsOwnLine() {
    assertThatThrownBy(() -> MaskExpression.parse("k <= p\n  && k > $\n  && q > 3"))
        .hasMessage("'$' has no meaning here\n    && k > $\n           ^");
  }

  @Test
  void longLinesAreShownAroundTheSpot() {
    String text = "k < 1 || ".repeat(40) + "oops < 3" + " || k < 1".repeat(40);
    ExpressionException error =
        catchThrowableOfType(ExpressionException.class, () -> MaskExpression.parse(text));
    String[] lines = String.valueOf(error.getMessage()).split("\n", -1);
    assertThat(lines[1]).startsWith("  ...").endsWith("...").hasSizeLessThan(140);
    assertThat(lines[1].substring(lines[2].indexOf('^'))).startsWith("oops");
  }

  @Test
  void nothingATerminalWouldObeyIsRepeated() {
    assertThatThrownBy(() -> MaskExpression.parse("k < \u001b[31m3"))
        .hasMessage("character U+001B has no meaning here\n  k < ?[31m3\n      ^");
    assertThatThrownBy(() -> MaskExpression.parse("k < \u20ac"))
        .hasMessageStartingWith("character U+20AC");
  }

  @Test
  void hostileLengthIsRefused() {
    String longest = "k < 1" + " ".repeat(4091);
    assertThat(MaskExpression.parse(longest).text()).isEqualTo("k < 1");
    assertThatThrownBy(() -> MaskExpression.parse(longest + " "))
        .hasMessageStartingWith(
            "an expression has at most 4,096 characters, but this one has 4,097");
    assertThatThrownBy(() -> MaskExpression.parse("k".repeat(10_000_000)))
        .hasMessageStartingWith("an expression has at most");
  }

  @ParameterizedTest
  @CsvSource({"'(',k < 1,')'", "'!(',k < 1,')'", "'-',k < 1,''", "'abs(',k,') < 1'"})
  void hostileNestingIsRefused(String open, String inside, String close) {
    int levels = 700;
    String closing = close.isEmpty() ? "" : close.substring(0, 1).repeat(levels);
    String text = open.repeat(levels) + inside + closing;
    assertThatThrownBy(() -> MaskExpression.parse(text))
        .isInstanceOf(ExpressionException.class)
        .hasMessageStartingWith("nested more than 64 levels deep");
  }

  @Test
  void aLongSumIsAsDeepAsItsTerms() {
    assertThat(MaskExpression.parse("k" + " + k".repeat(60) + " < 1").tree()).isNotNull();
    assertThatThrownBy(() -> MaskExpression.parse("k" + " + k".repeat(70) + " < 1"))
        .hasMessageStartingWith("nested more than 64 levels deep");
  }

  @Test
  void aLongListOfConditionsIsNotDeep() {
    MaskExpression list = MaskExpression.parse("k == 1" + " || k == 2".repeat(400));
    assertThat(list.text()).hasSize(6 + 400 * 10);
    assertThat(list.compile(Domain.of(4, 4)).visible(0, 0, 0, 0, 2)).isTrue();
    assertThat(list.compile(Domain.of(4, 4)).visible(0, 0, 0, 0, 3)).isFalse();
  }

  @Test
  void anOverflowIsShownByItsPair() {
    MaskExpression square = MaskExpression.parse("p * p - k * k < 9");
    square.check(Domain.of(1000, 1000));
    assertThatThrownBy(() -> square.check(Domain.of(1 << 20, 1 << 20)))
        .hasMessageStartingWith("this is 1099509530625 at b = 0, h = 0, q = 1048575 (p = 1048575)")
        .hasMessageEndingWith("\n  p * p - k * k < 9\n    ^");
  }

  @Test
  void queriesThatAShortSequenceDoesNotHaveOverflowNothing() {
    MaskExpression second = MaskExpression.parse("b == 1 && q * q > k");
    second.check(ragged(1 << 20, 100));
    second.check(ragged(1 << 20, 0));
    assertThatThrownBy(() -> second.check(ragged(100, 1 << 20)))
        .hasMessageStartingWith("this is 1099509530625 at b = 1, h = 0, q = 1048575");
  }

  private static Domain ragged(int first, int second) {
    return new Domain(
        2, 1, Math.max(first, second), List.of(0, 0), List.of(first, second), List.of(100, 100));
  }

  @Test
  void whatABranchGuardsIsNotBlamed() {
    MaskExpression guarded = MaskExpression.parse("p < 1000 && p * p > k");
    guarded.check(Domain.of(1 << 20, 1 << 20));
    Bindings none = Bindings.none().with("w", 0);
    assertThat(MaskExpression.parse("w > 0 ? k % w == 0 : k < 3", none)).isNotNull();
  }

  @Test
  void anIndexOutsideForOneShapeIsFoundThere() {
    Bindings bindings = Bindings.none().with("t", Table.ofInts(new int[8]));
    MaskExpression mask = MaskExpression.parse("t[nk - 50 + k] == 0", bindings);
    mask.check(Domain.of(50, 50));
    assertThatThrownBy(() -> mask.check(Domain.of(60, 60)))
        .hasMessageStartingWith(
            "table t has indices 0 to 7 here, but this one is never less than 10 nor more than 69");
  }

  @Test
  void namesOfConstantsAndTablesAreChecked() {
    assertThatThrownBy(() -> Bindings.none().with("k", 3))
        .hasMessageContaining("k already has a meaning");
    assertThatThrownBy(() -> Bindings.none().with("exp", 3))
        .hasMessageContaining("exp already has a meaning");
    assertThatThrownBy(() -> Bindings.none().with("2w", 3)).hasMessageContaining("'2w' is no name");
    assertThatThrownBy(() -> Bindings.none().with("w;}", 3)).hasMessageContaining("is no name");
    assertThatThrownBy(() -> Bindings.none().with("w", Float.NaN)).hasMessageContaining("NaN");
    assertThatThrownBy(() -> new Bindings(Map.of("w", 3L), Map.of())).hasMessageContaining("w");
    assertThatThrownBy(() -> BINDINGS.with("doc", 3)).hasMessageContaining("doc cannot name both");
    assertThatThrownBy(() -> Table.ofInts(new int[0])).hasMessageContaining("at least one");
    assertThatThrownBy(() -> Table.ofInts(2, 3, new int[5])).hasMessageContaining("2 x 3");
  }
}
