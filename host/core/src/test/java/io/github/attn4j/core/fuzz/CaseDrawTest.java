package io.github.attn4j.core.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.ElementType;
import io.github.attn4j.core.spec.RowPlacement;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class CaseDrawTest {
  private static final int MANY = 400;

  private static List<FuzzCase> cases(long seed, int count) {
    CaseDraw draw = new CaseDraw(seed);
    return LongStream.range(0, count).mapToObj(draw::draw).toList();
  }

  @Test
  void theSameSeedDrawsTheSameCasesInAnyOrder() {
    List<FuzzCase> inOrder = cases(5, 40);
    CaseDraw again = new CaseDraw(5);
    for (int n = 39; n >= 0; n--) {
      assertThat(CaseFile.text(again.draw(n))).isEqualTo(CaseFile.text(inOrder.get(n)));
    }
  }

  @Test
  void otherSeedsDrawOthers() {
    assertThat(new HashSet<>(cases(5, 40))).doesNotContainAnyElementsOf(cases(6, 40));
  }

  @Test
  void aRunHasNoMoreThanItsProgramShapes() {
    for (long seed = 1; seed <= 5; seed++) {
      Set<List<Object>> programs = new HashSet<>();
      for (FuzzCase drawn : cases(seed, 60)) {
        AttentionSpec spec = drawn.spec();
        programs.add(
            List.of(
                spec.types(),
                spec.headDim(),
                spec.valueDim(),
                spec.keyPlacement() instanceof RowPlacement.Paged,
                drawn.masks().condition() == null ? "" : drawn.masks().condition(),
                drawn.masks().score() == null ? "" : drawn.masks().score(),
                // Slopes of as many heads come first among an expression's words.
                drawn.masks().constants().isEmpty() ? 0 : spec.queryHeads()));
      }
      assertThat(programs).as("seed %d", seed).hasSizeLessThanOrEqualTo(ProgramShape.COUNT);
    }
  }

  @Test
  void aRunHasEveryFeature() {
    List<FuzzCase> cases = cases(3, MANY);
    assertThat(cases.stream().map(FuzzCase::family)).contains(AdversarialFamily.values());
    assertThat(cases.stream().map(one -> one.shape().keyValueType()))
        .contains(ElementType.values());
    assertThat(cases.stream().map(one -> one.places().k().order())).contains(Gaps.Order.values());
    assertThat(cases.stream().map(one -> one.places().k().repeat())).contains(Gaps.Repeat.values());
    assertThat(cases)
        .anyMatch(one -> one.masks().window() != null)
        .anyMatch(one -> one.masks().dense() != null)
        .anyMatch(one -> one.masks().condition() != null)
        .anyMatch(one -> one.masks().score() != null)
        .anyMatch(one -> one.shape().softCap() > 0)
        .anyMatch(one -> one.shape().scale() != null)
        .anyMatch(one -> one.shape().deterministic())
        .anyMatch(one -> one.shape().keyLengths().contains(0))
        .anyMatch(one -> !one.places().queries().padded())
        .anyMatch(one -> !one.places().keys().starts().isEmpty())
        .anyMatch(one -> one.places().keys().placement().sharesRows())
        .anyMatch(one -> one.spec().hasRaggedQueries())
        .anyMatch(one -> one.places().q().after() > 0);
  }

  /** A scale makes 1.00002 of a 1: equal terms whose roundings all have one sign. */
  @Test
  void constantDataIsDrawnInScaledTypesToo() {
    assertThat(cases(4, MANY))
        .anyMatch(one ->
            one.family() == AdversarialFamily.CONSTANT && one.shape().keyValueType().scaled());
  }
}
