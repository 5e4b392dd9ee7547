package io.github.attn4j.core.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.core.input.InputFamily;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.ElementType;
import io.github.attn4j.core.spec.RowPlacement;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

class CacheGridTest {
  @Test
  void quickHoldsWhatACacheIsUsedFor() {
    List<GridCase> cases = CacheGrid.quick(1);
    assertThat(cases).hasSizeLessThan(60);
    for (Predicate<AttentionSpec> feature :
        List.<Predicate<AttentionSpec>>of(
            spec -> spec.queryPlacement() instanceof RowPlacement.Packed,
            spec -> spec.keyPlacement() instanceof RowPlacement.Packed,
            spec -> spec.keyPlacement() instanceof RowPlacement.Paged && spec.queryLength() == 1,
            spec -> spec.keyPlacement().sharesRows(),
            spec -> spec.hasRaggedQueries() && spec.queryLengths().contains(0),
            spec -> spec.keyLengths().contains(0),
            spec -> spec.canonicalMask().expression() != null,
            spec -> spec.canonicalMask().dense() != null,
            spec -> spec.keyValueType() == ElementType.I8)) {
      assertThat(cases).anyMatch(each -> feature.test(each.spec()));
    }
  }

  @Test
  void fullHoldsEveryPageSizeInEveryPairOfTypes() {
    Set<List<Object>> seen = new HashSet<>();
    for (GridCase each : CacheGrid.full(1)) {
      if (each.spec().keyPlacement() instanceof RowPlacement.Paged paged) {
        seen.add(List.of(each.spec().queryType(), each.spec().keyValueType(), paged.pageSize()));
      }
    }
    assertThat(seen).hasSize(3 * 5 * 5);
  }

  @Test
  void tinyFitsAnInterpreter() {
    assertThat(CacheGrid.tiny(1))
        .allMatch(each -> each.spec().existingRows() * each.spec().kvLength() < 1000)
        .anyMatch(each -> each.spec().keyValueType().scaled());
  }

  @Test
  void isTheSameForTheSameSeed() {
    assertThat(CacheGrid.quick(3).stream().map(GridCase::spec).toList())
        .isEqualTo(CacheGrid.quick(3).stream().map(GridCase::spec).toList());
  }

  @Test
  void typesGoOverAnyGrid() {
    List<GridCase> quick = QuickGrid.cases(1);
    List<GridCase> half = TypeGrid.of(quick, ElementType.F16, ElementType.BF16);
    assertThat(half).hasSameSizeAs(quick);
    assertThat(half)
        .allMatch(each -> each.spec().queryType() == ElementType.F16)
        .allMatch(each -> each.spec().keyValueType() == ElementType.BF16);
    List<GridCase> scaled = TypeGrid.of(quick, ElementType.F32, ElementType.I8);
    // One case has one K and V for all batches, which cannot have several scales; some have values
    // that are no numbers and that somebody sees, which I8 cannot store.
    long refused = quick.stream().filter(each -> each.family() == InputFamily.SEEN_ELEMENT).count();
    assertThat(refused).isPositive();
    assertThat(scaled).hasSize(quick.size() - 1 - (int) refused);
    assertThat(TypeGrid.of(quick, ElementType.F32, ElementType.F8E4M3)).hasSize(quick.size() - 1);
    assertThat(scaled.getLast().inputs().kScales()).isNotEmpty();
  }

  @Test
  void smallHoldsEveryTypeInEveryPlaceItMayHave() {
    List<GridCase> small = TypeGrid.small(1);
    assertThat(small).hasSizeLessThan(40);
    assertThat(small.stream().map(each -> each.spec().keyValueType()))
        .contains(ElementType.F16, ElementType.BF16, ElementType.I8, ElementType.F8E4M3);
    assertThat(small.stream().map(each -> each.spec().queryType()))
        .contains(ElementType.F32, ElementType.F16, ElementType.BF16);
  }
}
