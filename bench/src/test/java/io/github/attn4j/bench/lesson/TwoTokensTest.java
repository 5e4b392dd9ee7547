package io.github.attn4j.bench.lesson;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.core.check.Comparison;
import io.github.attn4j.core.check.Expected;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.result.AttentionOutput;
import io.github.attn4j.core.spec.AttentionSpec;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** "Thinking Machines": two tokens of three elements, whose every number fits a blackboard. */
class TwoTokensTest {
  private static final AttentionSpec SPEC = AttentionSpec.builder().length(2).dim(3).build();

  private static final float[] QUERIES = {.9f, .2f, .5f, .3f, .8f, .4f};
  private static final float[] KEYS = {.7f, .4f, .6f, .2f, .9f, .3f};
  private static final float[] VALUES = {.5f, .8f, .2f, .7f, .1f, .9f};

  private static AttentionInputs lesson() {
    return new AttentionInputs(SPEC, "two tokens", QUERIES, KEYS, VALUES);
  }

  @ParameterizedTest
  @Tag("full")
  @MethodSource("io.github.attn4j.bench.lesson.Lesson#kernels")
  void everyKernelGivesTheNumbersOfTheLesson(String kernel) {
    AttentionInputs inputs = lesson();
    AttentionOutput output = Lesson.run(kernel, inputs);
    Comparison comparison = Expected.of(inputs).compare(output);
    assertThat(comparison.passed()).as("%s", comparison.worst()).isTrue();
    requireAsPrinted(inputs, output);
  }

  @Test
  void theJvmsKernelGivesThemToo() {
    requireAsPrinted(lesson(), Lesson.run("java:flash", lesson()));
  }

  private static void requireAsPrinted(AttentionInputs inputs, AttentionOutput output) {
    assertThat(twoDigits(pairs((q, k) -> Lesson.score(inputs, 0, q, k))))
        .as("scores")
        .containsExactly("0.58", "0.29", "0.44", "0.52");
    assertThat(twoDigits(pairs((q, k) -> Lesson.weight(inputs, output, 0, q, k))))
        .as("weights")
        .containsExactly("0.57", "0.43", "0.48", "0.52");
    double[] rows = new double[6];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = output.o()[SPEC.outputRow(0, 0, i / 3) + i % 3];
    }
    assertThat(twoDigits(rows))
        .as("outputs")
        .containsExactly("0.59", "0.50", "0.50", "0.60", "0.44", "0.56");
  }

  /** The lesson prints .5 as the last element of the second key; its own scores come from .3. */
  @Test
  void theKeyAsTheLessonPrintsItDoesNotGiveItsScores() {
    float[] printed = KEYS.clone();
    printed[5] = .5f;
    AttentionInputs inputs = new AttentionInputs(SPEC, "as printed", QUERIES, printed, VALUES);
    assertThat(twoDigits(pairs((q, k) -> Lesson.score(inputs, 0, q, k))))
        .containsExactly("0.58", "0.35", "0.44", "0.57");
  }

  private interface Pair {
    double of(int query, int key);
  }

  private static double[] pairs(Pair pair) {
    return new double[] {pair.of(0, 0), pair.of(0, 1), pair.of(1, 0), pair.of(1, 1)};
  }

  private static List<String> twoDigits(double[] values) {
    return Arrays.stream(values).mapToObj("%.2f"::formatted).toList();
  }
}
