package io.github.attn4j.core.reference;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.core.spec.AttentionSpec;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RowSampleTest {
  private static final AttentionSpec SPEC =
      AttentionSpec.builder().batch(2).heads(3).length(100).dim(4).build();

  @Test
  void isEveryRowWhereMoreAreAskedFor() {
    assertThat(RowSample.all(SPEC).rows()).isEqualTo(IntStream.range(0, 600).toArray());
    assertThat(RowSample.of(SPEC, 600, 1).rows()).hasSize(600);
    assertThat(RowSample.of(SPEC, 10_000, 1).rows()).hasSize(600);
  }

  @Test
  void holdsTheFirstAndTheLastRowOfEveryHead() {
    int[] rows = RowSample.of(SPEC, 40, 1).rows();
    assertThat(rows).hasSize(40).isSorted().doesNotHaveDuplicates();
    for (int head = 0; head < 6; head++) {
      assertThat(rows).contains(head * 100, head * 100 + 99);
    }
    assertThat(RowSample.of(SPEC, 1, 1).rows()).hasSize(12);
  }

  @Test
  void isTheSameForTheSameSeedOnly() {
    assertThat(RowSample.of(SPEC, 40, 7).rows()).isEqualTo(RowSample.of(SPEC, 40, 7).rows());
    assertThat(RowSample.of(SPEC, 40, 7).rows()).isNotEqualTo(RowSample.of(SPEC, 40, 8).rows());
  }
}
