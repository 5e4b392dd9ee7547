package io.github.attn4j.core.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Rows are queries, columns keys; 1 is visible. All matrices are written by hand. */
class MaskTest {
  @Test
  void causalAlignsTheLastQueryWithTheLastKey() {
    assertThat(matrix(spec(3, 5, Mask.causal()))).containsExactly("11100", "11110", "11111");
    assertThat(matrix(spec(5, 3, Mask.causal())))
        .containsExactly("000", "000", "100", "110", "111");
  }

  @Test
  void causalFromTheTopLeftAlignsTheFirstQueryWithTheFirstKey() {
    assertThat(matrix(spec(3, 5, Mask.causal()).toBuilder().topLeft().build()))
        .containsExactly("10000", "11000", "11100");
    assertThat(matrix(spec(5, 3, Mask.causal()).toBuilder().topLeft().build()))
        .containsExactly("100", "110", "111", "111", "111");
  }

  @Test
  void windowCountsBothEndsFromTheSamePosition() {
    assertThat(matrix(spec(3, 5, Mask.window(1, 0)))).containsExactly("01100", "00110", "00011");
    assertThat(matrix(spec(3, 5, Mask.window(1, 1)))).containsExactly("01110", "00111", "00011");
    assertThat(matrix(spec(5, 3, Mask.window(1, 0))))
        .containsExactly("000", "000", "100", "110", "011");
    assertThat(matrix(spec(5, 3, Mask.window(0, 1))))
        .containsExactly("000", "100", "110", "011", "001");
    assertThat(matrix(spec(3, 5, Mask.window(1, 0)).toBuilder().topLeft().build()))
        .containsExactly("10000", "11000", "01100");
    assertThat(matrix(spec(5, 3, Mask.window(1, 0)).toBuilder().topLeft().build()))
        .containsExactly("100", "110", "011", "001", "000");
  }

  @Test
  void windowLeavesASideOpenAtMinusOne() {
    assertThat(matrix(spec(3, 5, Mask.window(1, -1)))).containsExactly("01111", "00111", "00011");
    assertThat(matrix(spec(3, 5, Mask.window(-1, 1)))).containsExactly("11110", "11111", "11111");
    assertThat(matrix(spec(3, 5, Mask.window(-1, -1)))).containsOnly("11111");
  }

  @Test
  void windowOfTheLargestNumberIsOpen() {
    assertThat(matrix(spec(3, 5, Mask.window(Integer.MAX_VALUE, Integer.MAX_VALUE))))
        .containsOnly("11111");
    AttentionSpec far =
        spec(3, 5, Mask.window(Integer.MAX_VALUE, 0)).toBuilder()
            .queryOffsets(List.of(Integer.MAX_VALUE))
            .build();
    assertThat(matrix(far)).containsExactly("11111", "01111", "00111");
    assertThat(far.firstKey(0, 2)).isEqualTo(2);
  }

  @Test
  void windowRefusesSidesBelowMinusOne() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Mask.window(-2, 3))
        .withMessageContaining("(-2, 3)");
  }

  @Test
  void denseMasksBroadcastDimensionsOfOne() {
    boolean[] perKey = {true, false, true};
    AttentionSpec shared = spec(2, 3, booleans(1, 1, 1, 3, perKey));
    assertThat(matrix(shared)).containsExactly("101", "101");

    AttentionSpec heads =
        shared.toBuilder()
            .batch(2)
            .heads(2)
            .keyLengths(List.of(3, 3))
            .queryOffsets(List.of(1, 1))
            .mask(booleans(1, 2, 1, 3, new boolean[] {true, true, false, false, false, true}))
            .contiguous()
            .build();
    assertThat(matrix(heads, 0, 0)).containsExactly("110", "110");
    assertThat(matrix(heads, 1, 1)).containsExactly("001", "001");

    Mask perBatch =
        booleans(
            2,
            1,
            2,
            3,
            new boolean[] {
              true, true, true, false, false, false, false, true, false, true, false, false
            });
    AttentionSpec batches = heads.toBuilder().mask(perBatch).build();
    assertThat(matrix(batches, 0, 1)).containsExactly("111", "000");
    assertThat(matrix(batches, 1, 0)).containsExactly("010", "100");
  }

  @Test
  void additiveHidesAtNegativeInfinityOnly() {
    float[] values = {0, Float.NEGATIVE_INFINITY, -Float.MAX_VALUE, 2, Float.NaN, -0f};
    Mask mask = additive(1, 1, 2, 3, values);
    assertThat(matrix(spec(2, 3, mask))).containsExactly("101", "111");
    assertThat(mask.bias(0, 0, 1, 0)).isEqualTo(2f);
    assertThat(mask.bias(0, 0, 0, 2)).isEqualTo(-Float.MAX_VALUE);
  }

  @Test
  void denseMasksRefuseAWrongNumberOfValues() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> DenseMask.ofFloats(1, 2, 3, 4, new float[23]))
        .withMessageContaining("[1, 2, 3, 4] needs 24 values")
        .withMessageContaining("23");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> DenseMask.ofBooleans(1, 0, 3, 4, new boolean[0]))
        .withMessageContaining("[1, 0, 3, 4]");
  }

  @Test
  void andShowsWhatBothShowAndAddsBothBiases() {
    Mask left = additive(1, 1, 1, 3, new float[] {1, 2, Float.NEGATIVE_INFINITY});
    Mask right = additive(1, 1, 1, 3, new float[] {0.5f, Float.NEGATIVE_INFINITY, 4});
    Mask both = left.and(right).and(Mask.causal());
    assertThat(matrix(spec(3, 3, both))).containsExactly("100", "100", "100");
    assertThat(both.bias(0, 0, 2, 0)).isEqualTo(1.5f);
    assertThat(Mask.none().and(left)).isSameAs(left);
    assertThat(left.and(Mask.none())).isSameAs(left);
  }

  @Test
  void andHidesAPairWhoseBiasesOverflow() {
    Mask lowest = additive(1, 1, 1, 2, new float[] {-Float.MAX_VALUE, 0});
    assertThat(matrix(spec(1, 2, lowest))).containsExactly("11");
    assertThat(matrix(spec(1, 2, lowest.and(lowest)))).containsExactly("01");
  }

  private static AttentionSpec spec(int queries, int keys, Mask mask) {
    return AttentionSpec.builder().lengths(queries, keys).mask(mask).build();
  }

  private static List<String> matrix(AttentionSpec spec) {
    return matrix(spec, 0, 0);
  }

  private static List<String> matrix(AttentionSpec spec, int b, int h) {
    List<String> rows = new java.util.ArrayList<>();
    for (int i = 0; i < spec.queryLength(); i++) {
      StringBuilder row = new StringBuilder();
      for (int key = 0; key < spec.kvLength(); key++) {
        row.append(spec.visible(b, h, i, key) ? '1' : '0');
      }
      rows.add(row.toString());
    }
    return rows;
  }

  private static Mask booleans(int batch, int heads, int queries, int keys, boolean[] values) {
    return new Mask.DenseBoolean(DenseMask.ofBooleans(batch, heads, queries, keys, values));
  }

  private static Mask additive(int batch, int heads, int queries, int keys, float[] values) {
    return new Mask.DenseAdditive(DenseMask.ofFloats(batch, heads, queries, keys, values));
  }
}
