package io.github.attn4j.core.expression;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What can be said of the emitted text without a compiler; devices run it elsewhere. */
class OpenClSourceTest {
  private static final Pattern WORD = Pattern.compile("(?<![\\w.])[A-Za-z_][A-Za-z0-9_]*");

  /** All that the language needs of OpenCL C. */
  private static final Set<String> OPENCL =
      Set.of(
          "static",
          "inline",
          "bool",
          "int",
          "uint",
          "float",
          "const",
          "__global",
          "return",
          "if",
          "pragma",
          "OPENCL",
          "FP_CONTRACT",
          "OFF",
          "as_int",
          "as_uint",
          "as_float",
          "convert_float_rte",
          "min",
          "max",
          "abs",
          "fabs",
          "exp",
          "tanh",
          "log2",
          "rotate");

  /** Parameters and locals. */
  private static final Set<String> NAMES =
      Set.of(
          "b",
          "h",
          "q",
          "p",
          "k",
          "nq",
          "nk",
          "s",
          "words",
          "x",
          "y",
          "low",
          "high",
          "index",
          "size",
          "state",
          "word",
          "mixed",
          "hash",
          "quotient",
          "remainder",
          "a",
          "c",
          "d");

  @Test
  void everyWordIsTheLanguagesOwn() {
    for (int seed = 0; seed < 500; seed++) {
      ExpressionDraw draw = new ExpressionDraw(seed);
      OpenClSource source = OpenClSource.of(draw.mask(), draw.score(), draw.domain().heads());
      Matcher words = WORD.matcher(source.text());
      while (words.find()) {
        String word = words.group();
        assertThat(OPENCL.contains(word) || NAMES.contains(word) || word.startsWith("attn_expr_"))
            .as("seed %d: %s in%n%s", seed, word, source.text())
            .isTrue();
      }
      assertThat(source.text()).matches("[\\n -~]*");
    }
  }

  @Test
  void namesOfUsersStayAtHome() {
    Bindings hostile =
        Bindings.none()
            .with("barrier", 3)
            .with("__kernel", -5)
            .with("words2", 0.1f)
            .with("goto", Table.ofInts(new int[] {7, 8, 9}));
    String text =
        OpenClSource.of(
                MaskExpression.parse("goto[k] + barrier * __kernel < words2", hostile), null, 1)
            .text();
    assertThat(text)
        .doesNotContain("barrier", "__kernel", "words2", "goto")
        .contains(
            "words[0 + attn_expr_nearest(k, 3)]", "attn_expr_multiply(3, (-5))", "0x1.99999ap-4f");
  }

  @Test
  void tablesAndSlopesStandInOneArray() {
    Bindings bindings =
        Bindings.none()
            .with("first", Table.ofInts(new int[] {7, 8, 9}))
            .with("second", Table.ofFloats(1, 2, new float[] {1f, -0f}));
    OpenClSource source =
        OpenClSource.of(
            MaskExpression.parse("first[k] == first[q]", bindings),
            ScoreExpression.parse("second[0, k] + slope(h)", bindings),
            2);
    assertThat(source.words())
        .containsExactly(
            7,
            8,
            9,
            Float.floatToRawIntBits(1f),
            Integer.MIN_VALUE,
            Float.floatToRawIntBits(0.0625f),
            Float.floatToRawIntBits(0.00390625f));
    assertThat(source.text())
        .contains("words[3 + ", "as_float(words[5 + attn_expr_nearest(h, 2)])");
    assertThat(OpenClSource.of(null, ScoreExpression.parse("s"), 1).words()).hasSize(1);
  }

  @Test
  void theDeepestTreeStaysWithinWhatCompilersTake() {
    String sum = "k" + " + k".repeat(62);
    assertThat(brackets(OpenClSource.of(MaskExpression.parse(sum + " < 1"), null, 1).text()))
        .isBetween(60, 250);
    String negations = "!".repeat(60) + "(k < 1)";
    assertThat(brackets(OpenClSource.of(MaskExpression.parse(negations), null, 1).text()))
        .isLessThan(250);
    String mixed = "abs(k + 0.5 * ".repeat(20) + "k" + ")".repeat(20) + " < 1";
    assertThat(brackets(OpenClSource.of(MaskExpression.parse(mixed), null, 1).text()))
        .isLessThan(250);
    String list = "k == 1" + " || k == 2".repeat(400);
    assertThat(brackets(OpenClSource.of(MaskExpression.parse(list), null, 1).text()))
        .isLessThan(10);
  }

  @Test
  void divisionOfFloatsIsDeclared() {
    assertThat(OpenClSource.of(null, ScoreExpression.parse("s / 3"), 1).dividesFloats()).isTrue();
    assertThat(OpenClSource.of(null, ScoreExpression.parse("s * 3"), 1).dividesFloats()).isFalse();
    assertThat(OpenClSource.of(MaskExpression.parse("k / 3 < p"), null, 1).dividesFloats())
        .isFalse();
  }

  @Test
  void helpersAreThoseThatAreUsed() {
    String causal = OpenClSource.of(MaskExpression.parse("k <= p"), null, 1).text();
    assertThat(functions(causal)).containsExactly("attn_expr_visible");
    Domain domain = Domain.of(1024, 1024);
    String bigbird =
        OpenClSource.of(Presets.named("bigbird").mask(domain, Map.of()), null, 1).text();
    assertThat(functions(bigbird))
        .contains("attn_expr_mix", "attn_expr_finish", "attn_expr_hash_4", "attn_expr_visible")
        .doesNotContain("attn_expr_hash_3");
  }

  private static Set<String> functions(String text) {
    TreeSet<String> names = new TreeSet<>();
    Matcher definitions = Pattern.compile("(?m)^static inline \\w+ (\\w+)").matcher(text);
    while (definitions.find()) {
      names.add(definitions.group(1));
    }
    return names;
  }

  private static int brackets(String text) {
    int depth = 0;
    int deepest = 0;
    for (int at = 0; at < text.length(); at++) {
      char character = text.charAt(at);
      depth += character == '(' ? 1 : character == ')' ? -1 : 0;
      deepest = Math.max(deepest, depth);
    }
    assertThat(depth).isZero();
    return deepest;
  }
}
