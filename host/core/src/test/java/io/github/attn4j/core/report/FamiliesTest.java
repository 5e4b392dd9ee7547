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
  void oneContextByManyKernelsIsNoSweepOfSquares() {
    assertThat(
            names(Cells.lengths(1024, 1024), Cells.lengths(1024, 1024), Cells.lengths(1024, 2048)))
        .containsExactly("B1 H8 S1024xN D64 full");
  }
}
