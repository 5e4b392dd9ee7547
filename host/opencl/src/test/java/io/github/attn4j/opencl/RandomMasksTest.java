package io.github.attn4j.opencl;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.core.blockmap.BlockKind;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A device's answer to random masks, pair by pair, is Java's and the block map's. What is meant by
 * an answer at all is asked in core, where naive evaluation, compiled predicates and intervals
 * meet.
 */
class RandomMasksTest {
  /** Of a program: compiling is what costs, and grows faster than their number beyond. */
  private static final int PREDICATES = 50;

  @Test
  void deviceJavaAndBlockMapAgree() {
    requireAgreement(0, 200);
  }

  @Test
  @Tag("exhaustive")
  void deviceJavaAndBlockMapAgreeOnThousands() {
    requireAgreement(200, 2000);
  }

  private static void requireAgreement(int firstSeed, int endSeed) {
    try (OpenClSession session = VisibilityBitmaps.open()) {
      MaskAgreement agreement = new MaskAgreement(session, false, UnaryOperator.identity());
      List<MaskAgreement.Disagreement> found =
          ask(agreement, firstSeed, endSeed, PREDICATES, DrawnMask::of);
      assertThat(found).as(MaskAgreement.report(found)).isEmpty();
      // The draw would test little if nearly all of it were visible, or hidden.
      assertThat(agreement.visibleShare()).isBetween(0.25, 0.75);
      assertThat(agreement.pairs()).isGreaterThan((endSeed - firstSeed) * 2000L);
      for (BlockKind kind : BlockKind.values()) {
        assertThat(agreement.blocks(kind)).as(kind.name()).isGreaterThan(endSeed - firstSeed);
      }
    }
  }

  @Test
  void whereRoundingDecidesTheyDifferOnlyWithinItsBounds() {
    try (OpenClSession session = VisibilityBitmaps.open()) {
      MaskAgreement agreement = new MaskAgreement(session, true, UnaryOperator.identity());
      List<MaskAgreement.Disagreement> found =
          ask(agreement, 0, PREDICATES, PREDICATES, DrawnMask::rounding);
      assertThat(found).as(MaskAgreement.report(found)).isEmpty();
      assertThat((double) agreement.roundedOtherwise() / agreement.pairs()).isLessThan(0.001);
      assertThat(agreement.visibleShare()).isBetween(0.1, 0.9);
      assertThat(agreement.blocks(BlockKind.FULL)).isGreaterThan(PREDICATES);
      assertThat(agreement.blocks(BlockKind.EMPTY)).isGreaterThan(PREDICATES);
    }
  }

  @Test
  @Tag("exhaustive")
  void whatRoundingCannotExplainWouldBeSeen() {
    List<MaskAgreement.Disagreement> found =
        planted(
            true,
            90,
            DrawnMask::rounding,
            text -> text.replaceAll("\\b(exp|tanh|log2)\\(", "1.01f * $1("));
    assertThat(found).isNotEmpty();
  }

  @Test
  void divisionThatTruncatesWouldBeSeenAndShrunk() {
    String floor = "x / y - (x % y < 0 ? 1 : 0)";
    List<MaskAgreement.Disagreement> found =
        planted(false, 70, DrawnMask::of, text -> text.replace(floor, "x / y"));
    assertThat(found).isNotEmpty();
    MaskAgreement.Disagreement small = found.getFirst();
    // Two sides, one of them the quotient of a name and a number: less cannot show it.
    assertThat(small.nodes()).as(MaskAgreement.report(found)).isBetween(5, 7);
    assertThat(small.mask().mask().text()).contains(" / ");
    assertThat(MaskAgreement.report(found))
        .contains("seed ", "Java says ", "the device ", "shrunk from ");
  }

  /**
   * What is found where programs hold a bug.
   *
   * @param firstSeed shortly before one that shows it, which saves compiling
   */
  private static List<MaskAgreement.Disagreement> planted(
      boolean roundingAllowed,
      int firstSeed,
      IntFunction<DrawnMask> draw,
      UnaryOperator<String> bug) {
    boolean[] changed = new boolean[1];
    UnaryOperator<String> noticed =
        text -> {
          String buggy = bug.apply(text);
          changed[0] |= !buggy.equals(text);
          return buggy;
        };
    try (OpenClSession session = VisibilityBitmaps.open()) {
      MaskAgreement agreement = new MaskAgreement(session, roundingAllowed, noticed);
      List<MaskAgreement.Disagreement> found = ask(agreement, firstSeed, firstSeed + 200, 10, draw);
      // A planted bug that is not there would prove nothing.
      assertThat(changed[0]).isTrue();
      return found;
    }
  }

  /** Stops at the first program in which something is found. */
  private static List<MaskAgreement.Disagreement> ask(
      MaskAgreement agreement,
      int firstSeed,
      int endSeed,
      int atOnce,
      IntFunction<DrawnMask> draw) {
    List<MaskAgreement.Disagreement> found = new ArrayList<>();
    for (int seed = firstSeed; seed < endSeed && found.isEmpty(); seed += atOnce) {
      int end = Math.min(endSeed, seed + atOnce);
      found.addAll(agreement.of(IntStream.range(seed, end).mapToObj(draw).toList()));
    }
    return found;
  }
}
