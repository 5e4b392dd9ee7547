package io.github.attn4j.core.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class FamiliesTest {
  private static List<String> names(BenchCell... cells) {
    Families families = new Families(List.of(cells));
    return Stream.of(cells).map(families::of).distinct().toList();
  }

  @Test
  void squaresOfAllLengthsAreOneFamily() {
    assertThat(names(Cells.lengths(1024, 1024), Cells.lengths(2048, 2048)))
        .containsExactly("B1 H8 D64 full");
  }

  @Test
  void aSweepOverKeysThatPassesTheSquareKeepsIt() {
    assertThat(names(Cells.lengths(1024, 1024), Cells.lengths(1024, 2048)))
        .containsExactly("B1 H8 S1024xN D64 full");
  }

  @Test
  void squaresBesideDecodingStayTogether() {
    assertThat(
            names(
                Cells.lengths(1024, 1024),
                Cells.lengths(2048, 2048),
                Cells.lengths(1024, 4096),
                Cells.lengths(1, 4096)))
        .containsExactly("B1 H8 D64 full", "B1 H8 S1024xN D64 full", "B1 H8 S1xN D64 full");
  }

  @Test
  void typesModesAndPagesMakeFamiliesOfTheirOwn() {
    BenchCell plain = Cells.lengths(1, 4096);
    assertThat(
            names(
                plain,
                Cells.stored(plain, "f16", "f16", "", 0),
                Cells.stored(plain, "f16", "i8", "", 0),
                Cells.stored(plain, "f32", "f32", "decode", 0),
                Cells.stored(plain, "f16", "i8", "decode", 64)))
        .containsExactly(
            "B1 H8 S1xN D64 full",
            "B1 H8 S1xN D64 full f16",
            "B1 H8 S1xN D64 full f16 kv:i8",
            "B1 H8 S1xN D64 full decode",
            "B1 H8 S1xN D64 full decode f16 kv:i8 keys pages:64");
  }

  @Test
  void oneContextByManyKernelsIsNoSweepOfSquares() {
    assertThat(
            names(Cells.lengths(1024, 1024), Cells.lengths(1024, 1024), Cells.lengths(1024, 2048)))
        .containsExactly("B1 H8 S1024xN D64 full");
  }
}
