package io.github.attn4j.opencl;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.core.fuzz.AdversarialFamily;
import io.github.attn4j.core.fuzz.CaseCheck;
import io.github.attn4j.core.fuzz.CaseDraw;
import io.github.attn4j.core.fuzz.CaseFile;
import io.github.attn4j.core.fuzz.CaseShrink;
import io.github.attn4j.core.fuzz.FuzzCase;
import io.github.attn4j.core.fuzz.PreparedCase;
import io.github.attn4j.core.fuzz.Verdict;
import io.github.attn4j.core.fuzz.Verdict.Kind;
import io.github.attn4j.core.kernel.Support;
import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Fuzzing must find each of these mistakes within a second's cases, and make it small. */
@Tag("full")
class FuzzedBugTest {
  private static final int CASES = 120;

  /** Where failures of fuzzing stay. */
  private static final Path KEPT =
      Path.of(System.getProperty("basedir", ".")).resolve("../../bench/src/test/resources/fuzz");

  /** A mistake, and what it is found as. */
  enum Bug {
    WRONG_HEAD(
        Kind.WRONG_RESULT, "h / (params.query_heads / params.kv_heads)", "h % params.kv_heads"),
    WRITES_BEFORE_THE_ROW(
        Kind.WRITES_OUTSIDE,
        "store_query(acc, o + output_place(params, sequences, b, h, i) + d);",
        "store_query(acc, o + output_place(params, sequences, b, h, i) + d);"
            + " if (d == 0 && i > 0) store_query(acc, o + output_place(params, sequences, b, h, i) - 1);"),
    LETS_HIDDEN_VALUES_MATTER(
        Kind.READS_OUTSIDE,
        "scores[key] == -INFINITY ? HIDDEN_WEIGHT :",
        "scores[key] == -INFINITY ? 0.0f :"),
    OVERFLOWS_WITH_LARGE_SCORES(
        Kind.WRONG_RESULT, "float shift = m_i == -INFINITY ? 0.0f : m_i;", "float shift = 0.0f;");

    private final Kind kind;
    private final String text;
    private final String replacement;

    Bug(Kind kind, String text, String replacement) {
      this.kind = kind;
      this.text = text;
      this.replacement = replacement;
    }

    private String file() {
      return "planted-%s.json".formatted(name().toLowerCase(Locale.ROOT).replace('_', '-'));
    }
  }

  @ParameterizedTest
  @EnumSource(Bug.class)
  void aPlantedBugIsFoundAndMadeSmall(Bug bug) {
    OpenClKernel kernel = OpenClKernel.NAIVE;
    try (OpenClSession session =
        TestDevices.openPreferred(PlantedSource.replacing(bug.text, bug.replacement))) {
      FuzzCase found = first(session, kernel, bug);
      long start = System.nanoTime();
      FuzzCase small =
          CaseShrink.smallest(
              found,
              candidate -> isWrong(session, kernel, bug, candidate),
              () -> System.nanoTime() - start < 60_000_000_000L);
      System.out.printf("%s: %s%n  made of: %s%n", bug, small.label(), found.label());
      assertThat(isWrong(session, kernel, bug, small)).isTrue();
      assertThat(small.shape().batch()).isOne();
      assertThat(small.shape().queryHeads()).isLessThanOrEqualTo(4);
      assertThat(small.shape().queryLength()).isLessThanOrEqualTo(8);
      assertThat(small.shape().kvLength()).isLessThanOrEqualTo(32);
      assertThat(small.masks().score()).isNull();
      if (bug == Bug.OVERFLOWS_WITH_LARGE_SCORES) {
        assertThat(small.family()).isNotEqualTo(AdversarialFamily.NORMAL);
      }
    }
  }

  /**
   * The case that was made of each, where failures stay: right on the kernel, as the test of kept
   * cases has it, it must be wrong as long as the mistake is there.
   */
  @ParameterizedTest
  @EnumSource(Bug.class)
  void theKeptCaseOfAPlantedBugCatchesItAndIsRightWithoutIt(Bug bug) {
    OpenClKernel kernel = OpenClKernel.NAIVE;
    FuzzCase kept = CaseFile.read(KEPT.resolve(bug.file()));
    assertThat(kept.kernel()).isEqualTo(kernel.globalId());
    assertThat(kept.found()).startsWith(bug.kind + ": ").contains("planted bug " + bug);
    try (OpenClSession session =
        TestDevices.openPreferred(PlantedSource.replacing(bug.text, bug.replacement))) {
      assertThat(CaseCheck.check(session, kernel, PreparedCase.of(kept)))
          .isInstanceOfSatisfying(
              Verdict.Wrong.class, wrong -> assertThat(wrong.kind()).isEqualTo(bug.kind));
    }
    try (OpenClSession session = TestDevices.openPreferred()) {
      assertThat(CaseCheck.check(session, kernel, PreparedCase.of(kept)))
          .isInstanceOf(Verdict.Right.class);
    }
  }

  private static boolean isWrong(
      OpenClSession session, OpenClKernel kernel, Bug bug, FuzzCase candidate) {
    return CaseCheck.check(session, kernel, PreparedCase.of(candidate))
            instanceof Verdict.Wrong wrong
        && wrong.kind() == bug.kind;
  }

  /** Its own mistake alone: what is wrong in another way, as where rows have no gaps, is not. */
  private static FuzzCase first(OpenClSession session, OpenClKernel kernel, Bug bug) {
    CaseDraw draw = new CaseDraw(1);
    for (int n = 0; n < CASES; n++) {
      FuzzCase drawn = draw.draw(n);
      // Programs of expressions are compiled for a few heads' texts each: the others do.
      if (drawn.masks().condition() == null
          && drawn.masks().score() == null
          && kernel.supports(drawn.spec(), session.device()) instanceof Support.Yes
          && isWrong(session, kernel, bug, drawn)) {
        return drawn;
      }
    }
    throw new AssertionError("%s is not found in %d cases".formatted(bug, CASES));
  }
}
