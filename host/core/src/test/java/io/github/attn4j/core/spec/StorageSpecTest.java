package io.github.attn4j.core.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.attn4j.core.blockmap.BlockPlane;
import io.github.attn4j.core.expression.MaskExpression;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Element types, placements and lengths of queries as a spec knows them. */
class StorageSpecTest {
  private static AttentionSpecBuilder base() {
    return AttentionSpec.builder().batch(3).heads(4, 2).lengths(20, 70).dims(8, 6);
  }

  @Test
  void isFloat32InPaddedRowsWhereNothingIsSaid() {
    AttentionSpec spec = base().build();
    assertThat(spec.queryType()).isEqualTo(ElementType.F32);
    assertThat(spec.keyValueType()).isEqualTo(ElementType.F32);
    assertThat(spec.queryPlacement()).isEqualTo(RowPlacement.padded());
    assertThat(spec.keyPlacement()).isEqualTo(RowPlacement.padded());
    assertThat(spec.queryLengths()).containsExactly(20, 20, 20);
    assertThat(spec.hasRaggedQueries()).isFalse();
    assertThat(spec.existingRows()).isEqualTo(spec.rows());
    assertThat(spec.scales()).isZero();
    assertThat(spec.queryRow(2, 3, 19)).isEqualTo(spec.q().row(2, 3, 19));
    assertThat(spec.keyRow(2, 1, 69)).isEqualTo(spec.k().row(2, 1, 69));
    assertThat(spec.valueRow(2, 1, 69)).isEqualTo(spec.v().row(2, 1, 69));
    assertThat(spec.outputRow(2, 3, 19)).isEqualTo(spec.o().row(2, 3, 19));
  }

  @Test
  void labelsNameWhatIsNotPlain() {
    assertThat(base().build().label()).isEqualTo("B3 H4/2 S20x70 D8x6 full");
    assertThat(base().storage(ElementType.F16).build().label()).endsWith(" full f16");
    assertThat(base().storage(ElementType.BF16).keyValueType(ElementType.I8).build().label())
        .endsWith(" full bf16 kv:i8");
    assertThat(base().keyValueType(ElementType.F8E4M3).build().label())
        .endsWith(" full f32 kv:f8e4m3");
    assertThat(
            base()
                .packedQueries(List.of(1, 20, 3))
                .paged(16, List.of(List.of(), List.of(), List.of()))
                .keyLengths(List.of(0, 0, 0))
                .build()
                .label())
        .endsWith(" full ragged queries packed keys pages:16");
  }

  @Test
  void refusesTypesByName() {
    assertThatThrownBy(() -> base().storage(ElementType.I8).build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("Q and O cannot be i8");
    AttentionSpecBuilder shared = base().keyValueType(ElementType.F8E4M3);
    shared.layouts(
        Layout.bhsd(4, 20, 8),
        new Layout(0, 0, 70 * 8, 8),
        Layout.bhsd(2, 70, 6),
        Layout.bhsd(4, 20, 6));
    assertThatThrownBy(shared::build)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("two elements of K of type f8e4m3 would share an address");
  }

  @Test
  void raggedQueriesStandAtTheEndOfTheirOwnKeys() {
    AttentionSpec spec =
        base().queryLengths(List.of(5, 0, 12)).keyLengths(List.of(70, 9, 12)).build();
    assertThat(spec.queryLength()).isEqualTo(12);
    assertThat(spec.queryOffsets()).containsExactly(65, 9, 0);
    assertThat(spec.rows()).isEqualTo(3 * 4 * 12);
    assertThat(spec.existingRows()).isEqualTo(4 * 17);
    assertThat(spec.toBuilder().build()).isEqualTo(spec);
  }

  @Test
  void refusesQueryLengthsThatDoNotFit() {
    assertThatThrownBy(() -> base().queryLengths(List.of(1, 2)).build())
        .hasMessageContaining(
            "batch 3 needs as many query lengths, but there are 2: give one for each");
    assertThatThrownBy(() -> base().queryLengths(List.of(1, -2, 3)).build())
        .hasMessageContaining("query length -2 of sequence 1 is not within 0..3");
    assertThatThrownBy(() -> base().queryLengths(List.of(1, 2, 3)).lengths(7, 70).build())
        .hasMessageContaining("the longest sequence has 3 queries, so Sq is that and not 7");
    assertThatThrownBy(() -> base().queryLengths(List.of(0, 0, 0)).build())
        .hasMessageContaining("query length must be at least 1");
  }

  @Test
  void packedRowsFollowEachOther() {
    AttentionSpec spec =
        base().packedQueries(List.of(5, 0, 12)).packedKeys(List.of(33, 9, 12)).build();
    assertThat(spec.kvLength()).isEqualTo(33);
    assertThat(spec.querySlots()).isEqualTo(1);
    assertThat(spec.querySlotRows()).isEqualTo(17);
    assertThat(spec.keySlotRows()).isEqualTo(54);
    assertThat(spec.queryElements()).isEqualTo(17 * 4 * 8);
    assertThat(spec.outputElements()).isEqualTo(17 * 4 * 6);
    assertThat(spec.keyElements()).isEqualTo(54 * 2 * 8);
    assertThat(spec.queryRow(2, 1, 3)).isEqualTo((17 + 5 + 3) * 8);
    assertThat(spec.valueRow(2, 1, 3)).isEqualTo((54 + 33 + 9 + 3) * 6);
    AttentionSpec inside = spec.toBuilder().bshd().build();
    assertThat(inside.queryRow(2, 1, 3)).isEqualTo((5 + 3) * 32 + 8);
    assertThat(inside.outputRow(2, 1, 3)).isEqualTo((5 + 3) * 24 + 6);
  }

  @Test
  void packedKeysOfScaledTypesShareNoScale() {
    AttentionSpec spec = base().keyValueType(ElementType.I8).packedKeys(List.of(33, 9, 12)).build();
    assertThat(spec.keyPlacement()).isEqualTo(new RowPlacement.Packed(List.of(0, 48, 64)));
    assertThat(spec.scalesPerHead()).isEqualTo(5);
    assertThat(spec.scales()).isEqualTo(10);
    assertThat(spec.scaleIndex(1, 1, 8)).isEqualTo(5 + 3);
    assertThatThrownBy(() ->
            spec.toBuilder().keyPlacement(new RowPlacement.Packed(List.of(0, 40, 64))).build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("multiples of 16")
        .hasMessageContaining("sequence 1 starts at row 40");
  }

  @Test
  void pagesHoldRowsOfAllHeads() {
    AttentionSpec spec =
        base()
            .keyLengths(List.of(70, 17, 16))
            .paged(32, List.of(List.of(6, 0, 3), List.of(1), List.of(4, 5)))
            .keyValueType(ElementType.I8)
            .build();
    assertThat(spec.keySlots()).isEqualTo(7);
    assertThat(spec.keySlotRows()).isEqualTo(32);
    assertThat(spec.keyElements()).isEqualTo(7 * 2 * 32 * 8);
    assertThat(spec.keyRow(0, 1, 69)).isEqualTo((3 * 64 + 32 + 5) * 8);
    assertThat(spec.valueRow(1, 0, 16)).isEqualTo((64 + 16) * 6);
    assertThat(spec.scaleIndex(0, 1, 69)).isEqualTo((3 * 2 + 1) * 2);
    assertThat(spec.scaleIndex(1, 0, 16)).isEqualTo(2 * 2 + 1);
    assertThat(spec.scales()).isEqualTo(28);
    assertThatThrownBy(() -> spec.toBuilder().queryPlacement(spec.keyPlacement()).build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("queries and outputs are padded or packed, not in pages:32");
  }

  @Test
  void packedOutputsMayNotOverlap() {
    assertThatThrownBy(() ->
            base()
                .queryLengths(List.of(5, 4, 12))
                .queryPlacement(new RowPlacement.Packed(List.of(0, 4, 9)))
                .build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("sequence 1 starts at row 4");
  }

  @ParameterizedTest
  @EnumSource
  void bytesAreThoseOfTheTypes(ElementType type) {
    AttentionSpec spec =
        base().queryType(ElementType.F16).keyValueType(type).keyLengths(List.of(70, 0, 17)).build();
    long rows = 3 * 4 * 20;
    long scales = type.scaled() ? 2 * 4 * 2 * (5 + 2) : 0;
    assertThat(spec.compulsoryBytes())
        .isEqualTo(rows * 14 * 2 + rows * 4 + 2L * 87 * 14 * type.bytes() + scales);
    assertThat(spec.keyValueBytes()).isEqualTo(2L * 87 * 14 * type.bytes() + scales);
  }

  @Test
  void tableEntriesCountWhereTheyLeadToKeysThatAreReached() {
    AttentionSpec padded =
        base().batch(1).queryLengths(List.of(2)).mask(Mask.window(20, 0)).build();
    AttentionSpec paged = padded.toBuilder().paged(16, List.of(List.of(4, 1, 2, 0, 3))).build();
    // Keys 48 to 69 are reached: pages 3 and 4 of 5.
    assertThat(paged.compulsoryBytes()).isEqualTo(padded.compulsoryBytes() + 2 * 4);
  }

  @Test
  void rowsOnASharedPageCountOnce() {
    AttentionSpecBuilder builder = base().batch(2).lengths(1, 40).keyLengths(List.of(40, 35));
    AttentionSpec own = builder.paged(16, List.of(List.of(0, 1, 2), List.of(3, 4, 5))).build();
    AttentionSpec shared = builder.paged(16, List.of(List.of(0, 1, 2), List.of(0, 1, 5))).build();
    assertThat(own.compulsoryBytes() - shared.compulsoryBytes()).isEqualTo(2 * 32 * 14 * 4);
    AttentionSpec condition =
        shared.toBuilder()
            .mask(Mask.expression(MaskExpression.parse("k >= 0 && h >= 0 && b >= 0")))
            .build();
    assertThat(condition.compulsoryBytes()).isEqualTo(shared.compulsoryBytes());
    AttentionSpec scaled = shared.toBuilder().keyValueType(ElementType.I8).build();
    // Physical rows 0..31 of both, 32..39 of one and 80..82 of the other: four runs a head.
    long rows = 2 * 4;
    assertThat(scaled.compulsoryBytes())
        .isEqualTo(rows * 14 * 4 + rows * 4 + 2L * 43 * 14 + 2 * 2 * 4 * 4 + 6 * 4);
  }

  @Test
  void pairsOfRowsThatDoNotExistAreNotCounted() {
    for (Mask mask :
        List.of(
            Mask.none(),
            Mask.causal(),
            Mask.window(7, 2),
            Mask.expression(MaskExpression.parse("(p + k) % 3 != 0")),
            Mask.expression(MaskExpression.parse("k <= p")).and(Mask.window(90, 5)),
            Mask.expression(MaskExpression.parse("q / 64 * 64 >= k - b * 10")))) {
      AttentionSpec spec =
          base()
              .queryLengths(List.of(130, 3, 70))
              .lengths(130, 140)
              .keyLengths(List.of(140, 99, 64))
              .mask(mask)
              .build();
      long pairs = 0;
      Set<List<Integer>> reachedBlocks = new HashSet<>();
      for (int b = 0; b < 3; b++) {
        for (int i = 0; i < spec.queryLengths().get(b); i++) {
          for (int key = 0; key < 140; key++) {
            if (spec.visible(b, 0, i, key)) {
              pairs += 4;
              reachedBlocks.add(List.of(b, i / 64, key / 64));
            }
          }
        }
      }
      assertThat(spec.visiblePairs()).as(mask.label()).isEqualTo(pairs);
      assertThat(spec.blockMap().counts(VisibleBlocks.pairs(spec)).visiblePairs()).isEqualTo(pairs);
      assertThat(blocks(spec)).as(mask.label()).isEqualTo(reachedBlocks);
    }
  }

  private static Set<List<Integer>> blocks(AttentionSpec spec) {
    Set<List<Integer>> blocks = new HashSet<>();
    for (int b = 0; b < spec.batch(); b++) {
      BlockPlane plane = spec.blockMap().plane(b, 0);
      assertThat(plane.rows()).isEqualTo(3);
      for (int row = 0; row < plane.rows(); row++) {
        for (int run = plane.firstRun(row); run < plane.endRun(row); run++) {
          for (int column = plane.firstColumn(run); column < plane.endColumn(run); column++) {
            blocks.add(List.of(b, row, column));
          }
        }
      }
    }
    return blocks;
  }
}
