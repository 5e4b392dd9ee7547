package io.github.attn4j.core.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RowPlacementTest {
  @Test
  void paddedGivesEachSequenceItsSlot() {
    RowPlacement padded = RowPlacement.padded();
    padded.requireHolds("keys", List.of(3, 5));
    assertThat(padded.slot(1, 4)).isEqualTo(1);
    assertThat(padded.rowInSlot(1, 4)).isEqualTo(4);
    assertThat(padded.slots(2)).isEqualTo(2);
    assertThat(padded.rowsPerSlot(8, List.of(3, 5))).isEqualTo(8);
  }

  @Test
  void packedPutsSequencesBehindEachOther() {
    List<Integer> lengths = List.of(3, 0, 5);
    RowPlacement packed = RowPlacement.Packed.of(lengths, 1);
    packed.requireHolds("keys", lengths);
    assertThat(packed).isEqualTo(new RowPlacement.Packed(List.of(0, 3, 3)));
    assertThat(packed.slot(2, 4)).isZero();
    assertThat(packed.rowInSlot(2, 4)).isEqualTo(7);
    assertThat(packed.slots(3)).isEqualTo(1);
    assertThat(packed.rowsPerSlot(5, lengths)).isEqualTo(8);
    assertThat(RowPlacement.Packed.of(List.of(3, 17, 1), 16))
        .isEqualTo(new RowPlacement.Packed(List.of(0, 16, 48)));
    assertThat(RowPlacement.Packed.of(List.of(0), 1).rowsPerSlot(1, List.of(0))).isEqualTo(1);
  }

  @Test
  void packedTakesAnyOrderAndGaps() {
    RowPlacement packed = new RowPlacement.Packed(List.of(10, 0));
    packed.requireHolds("keys", List.of(4, 7));
    assertThat(packed.rowsPerSlot(7, List.of(4, 7))).isEqualTo(14);
  }

  @Test
  void packedRefusesOverlappingSequences() {
    RowPlacement packed = new RowPlacement.Packed(List.of(5, 0));
    assertThatThrownBy(() -> packed.requireHolds("queries", List.of(2, 6)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("sequence 0 starts at row 5")
        .hasMessageContaining("6 queries of sequence 1 reach from row 0 to 5");
    assertThatThrownBy(() -> packed.requireHolds("queries", List.of(2, 6, 1)))
        .hasMessageContaining("2 starts, but there are 3 sequences");
    assertThatThrownBy(() -> new RowPlacement.Packed(List.of(0, -4)))
        .hasMessageContaining("sequence 1")
        .hasMessageContaining("-4");
    assertThatThrownBy(() ->
            new RowPlacement.Packed(List.of(Integer.MAX_VALUE)).requireHolds("keys", List.of(1)))
        .hasMessageContaining("2147483647");
  }

  @Test
  void pagedFollowsTheTable() {
    RowPlacement.Paged paged = new RowPlacement.Paged(16, List.of(List.of(4, 0), List.of(2)));
    paged.requireHolds("keys", List.of(17, 16));
    assertThat(paged.slot(0, 15)).isEqualTo(4);
    assertThat(paged.slot(0, 16)).isZero();
    assertThat(paged.rowInSlot(0, 19)).isEqualTo(3);
    assertThat(paged.slot(1, 0)).isEqualTo(2);
    assertThat(paged.slots(2)).isEqualTo(5);
    assertThat(paged.rowsPerSlot(1000, List.of(17, 16))).isEqualTo(16);
    assertThat(paged.pageShift()).isEqualTo(4);
    assertThat(paged.sharesRows()).isFalse();
  }

  @Test
  void sequencesMayShareAPage() {
    RowPlacement paged = new RowPlacement.Paged(32, List.of(List.of(1, 0), List.of(1, 2)));
    paged.requireHolds("keys", List.of(40, 50));
    assertThat(paged.sharesRows()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(ints = {-16, 0, 1, 8, 17, 24, 48, 512})
  void pagedRefusesOtherPageSizes(int size) {
    assertThatThrownBy(() -> new RowPlacement.Paged(size, List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("page size %d: a page has 16, 32, 64, 128 or 256 rows".formatted(size));
  }

  @Test
  void pagedRefusesPagesAndTablesThatDoNotFit() {
    assertThatThrownBy(() -> new RowPlacement.Paged(16, List.of(List.of(0), List.of(3, -1))))
        .hasMessageContaining("sequence 1 names page -1");
    assertThatThrownBy(() -> new RowPlacement.Paged(16, List.of(List.of(Integer.MAX_VALUE))))
        .hasMessageContaining("2147483647");
    RowPlacement paged = new RowPlacement.Paged(16, List.of(List.of(0), List.of(1)));
    assertThatThrownBy(() -> paged.requireHolds("keys", List.of(16, 17)))
        .hasMessageContaining("17 keys of sequence 1 need 2 pages of 16 rows")
        .hasMessageContaining("its table has 1");
    assertThatThrownBy(() -> paged.requireHolds("keys", List.of(16)))
        .hasMessageContaining("2 tables, but there are 1 sequences");
  }

  @ParameterizedTest
  @ValueSource(ints = {16, 32, 64, 128, 256})
  void pagedTakesPowersOfTwo(int size) {
    RowPlacement.Paged paged = new RowPlacement.Paged(size, List.of(List.of(0)));
    assertThat(1 << paged.pageShift()).isEqualTo(size);
    assertThat(paged.label()).isEqualTo("pages:" + size);
  }
}
