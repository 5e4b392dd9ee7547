package io.github.attn4j.core.expression;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToLongFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SizeExpressionTest {
  private static final Set<String> NAMES = Set.of("query_len", "BLOCK_Q", "zero");
  private static final Map<String, Long> VALUES =
      Map.of("query_len", 97L, "BLOCK_Q", 16L, "zero", 0L);

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "7; 7",
        "query_len; 97",
        "(query_len + BLOCK_Q - 1) / BLOCK_Q * BLOCK_Q; 112",
        "-query_len / BLOCK_Q; -7",
        "-query_len % BLOCK_Q; 15",
        "query_len > 64 ? max(BLOCK_Q, 32) : 8; 32",
        "!(query_len > 64) || zero == 1 ? 1 : min(3, 2); 2",
        "clamp(query_len, 0, 64) - abs(3 - 8); 59",
        "query_len * 1000000000 * 4; 388000000000",
      })
  void countsIn64Bits(String text, long value) {
    assertThat(SizeExpression.number(text, NAMES).value(VALUES)).isEqualTo(value);
  }

  @Test
  void conditionsHoldOrDoNot() {
    assertThat(SizeExpression.condition("query_len % BLOCK_Q == 1", NAMES).holds(VALUES)).isTrue();
    assertThat(SizeExpression.condition("query_len <= BLOCK_Q && 1 != 2", NAMES).holds(VALUES))
        .isFalse();
  }

  @Test
  void saysWhichNamesItUses() {
    SizeExpression expression = SizeExpression.number("zero > 0 ? 1 : BLOCK_Q", NAMES);
    assertThat(expression.uses("BLOCK_Q")).isTrue();
    assertThat(expression.uses("query_len")).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "query_len + BLOCK_K; unknown name 'BLOCK_K': did you mean 'BLOCK_Q'?",
        "k + 1; unknown name 'k'",
        "hash(1); unknown name 'hash'",
        "query_len * 0.5; leave the floats out",
        "query_len == 3; this is a condition",
        "query_len +; ends where a value was expected",
      })
  void refusesWhatIsNoNumber(String text, String problem) {
    assertThatThrownBy(() -> SizeExpression.number(text, NAMES))
        .isInstanceOf(ExpressionException.class)
        .hasMessageContaining(problem)
        .hasMessageContaining("^");
  }

  @Test
  void aNumberIsNoCondition() {
    assertThatThrownBy(() -> SizeExpression.condition("query_len", NAMES))
        .hasMessageContaining("this is a number");
  }

  @ParameterizedTest
  @CsvSource({
    "query_len / zero, divides by 0",
    "query_len % zero, divides by 0",
    "2147483647 * 2147483647 * 8, overflow"
  })
  void refusesSizesThatNobodyMeans(String text, String problem) {
    SizeExpression expression = SizeExpression.number(text, NAMES);
    assertThatThrownBy(() -> expression.value(VALUES))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(problem)
        .hasMessageContaining(text);
  }

  @Test
  void aNameBehindAnotherWayIsNotAskedFor() {
    Set<String> names = Set.of("A", "B");
    List<String> asked = new ArrayList<>();
    ToLongFunction<String> values =
        name -> {
          asked.add(name);
          return 1;
        };
    assertThat(SizeExpression.condition("A == 2 && B == 1", names).holds(values)).isFalse();
    assertThat(SizeExpression.number("A == 1 ? 5 : B", names).value(values)).isEqualTo(5);
    assertThat(asked).containsExactly("A", "A");
    assertThat(SizeExpression.condition("A == 2 || B == 1", names).holds(values)).isTrue();
    assertThat(asked).endsWith("A", "B");
  }
}
