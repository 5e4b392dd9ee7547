package io.github.attn4j.core.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SpecTest {
  /** A spec that must be refused, and the words of the refusal. */
  record Refused(AttentionSpecBuilder builder, List<String> words) {
    @Override
    public String toString() {
      return String.join(" ", words);
    }
  }

  static List<Refused> refused() {
    return List.of(
        refused(builder().batch(0), "batch", "at least 1", "0"),
        refused(builder().batch(-2), "batch", "at least 1", "-2"),
        refused(builder().heads(0), "query heads", "at least 1", "0"),
        refused(builder().heads(-3, 1), "query heads", "at least 1", "-3"),
        refused(builder().heads(4, 0), "key-value heads", "at least 1", "0"),
        refused(builder().heads(4, -1), "key-value heads", "at least 1", "-1"),
        refused(builder().heads(6, 4), "6 query heads", "4 key-value heads"),
        refused(builder().heads(2, 4), "2 query heads", "4 key-value heads"),
        refused(builder().lengths(0, 5), "query length", "at least 1", "0"),
        refused(builder().lengths(5, 0), "key-value length", "at least 1", "0"),
        refused(builder().lengths(5, -7), "key-value length", "at least 1", "-7"),
        refused(builder().dims(0, 8), "head dimension", "at least 1", "0"),
        refused(builder().dims(8, 0), "value dimension", "at least 1", "0"),
        refused(builder().dims(8, -9), "value dimension", "at least 1", "-9"),
        refused(builder().scale(Float.POSITIVE_INFINITY), "scale", "finite", "Infinity"),
        refused(builder().softCap(-1.5f), "soft cap", "-1.5"),
        refused(builder().softCap(Float.NaN), "soft cap", "NaN"),
        refused(builder().length(5).keyLengths(List.of(6)), "key length 6", "0..5"),
        refused(builder().length(5).keyLengths(List.of(-1)), "key length -1", "0..5"),
        refused(builder().batch(2).keyLengths(List.of(1)), "batch 2", "1"),
        refused(builder().batch(2).queryOffsets(List.of(1, 2, 3)), "batch 2", "3"),
        refused(
            builder().lengths(3, 4).mask(booleans(1, 1, 3, 5)), "[1,1,3,5]", "queries 3", "keys 4"),
        refused(
            builder().heads(4).lengths(3, 4).mask(booleans(1, 2, 3, 4)),
            "[1,2,3,4]",
            "query heads 4"),
        refused(builder().lengths(3, 4).mask(booleans(1, 1, 3, 1)), "[1,1,3,1]", "keys 4"),
        refused(
            builder()
                .heads(2)
                .layouts(
                    Layout.bhsd(2, 1, 64),
                    Layout.bhsd(2, 1, 64),
                    Layout.bhsd(2, 1, 64),
                    new Layout(0, 0, 63, 64)),
            "output",
            "headStride=63",
            "[1, 2, 1, 64]"),
        refused(builder().heads(1024).length(65_536), "Q", "4,294,967,296", "split"),
        refused(builder().heads(1024, 1).lengths(1, 100_000_000), "K", "6,400,000,000"));
  }

  @ParameterizedTest
  @MethodSource("refused")
  void namesTheValueThatDoesNotFit(Refused refused) {
    assertThatIllegalArgumentException()
        .isThrownBy(refused.builder::build)
        .satisfies(e -> assertThat(e.getMessage()).contains(refused.words));
  }

  @Test
  void groupsQueryHeadsByNeighbours() {
    AttentionSpec spec = builder().heads(6, 2).build();
    assertThat(List.of(0, 1, 2, 3, 4, 5).stream().map(spec::kvHead))
        .containsExactly(0, 0, 0, 1, 1, 1);
    assertThat(builder().heads(3).build().kvHead(2)).isEqualTo(2);
    assertThat(builder().heads(3, 1).build().kvHead(2)).isZero();
  }

  @Test
  void standsTheLastQueryAtTheLastKeyOfItsBatchByDefault() {
    AttentionSpec spec = builder().batch(3).lengths(4, 10).keyLengths(List.of(10, 4, 1)).build();
    assertThat(spec.queryOffsets()).containsExactly(6, 0, -3);
    assertThat(spec.position(0, 3)).isEqualTo(9);
    assertThat(spec.position(2, 0)).isEqualTo(-3);
    assertThat(spec.position(2, 3)).isZero();
  }

  @Test
  void standsTheFirstQueryAtTheFirstKeyFromTheTopLeft() {
    AttentionSpecBuilder builder =
        builder().batch(2).lengths(4, 10).keyLengths(List.of(10, 1)).topLeft();
    assertThat(builder.build().queryOffsets()).containsExactly(0, 0);
    assertThat(builder.bottomRight().build().queryOffsets()).containsExactly(6, -3);
    assertThat(builder.queryOffsets(List.of(5, -5)).build().queryOffsets()).containsExactly(5, -5);
  }

  @Test
  void hidesKeysFromTheLengthOn() {
    AttentionSpec spec = builder().batch(2).lengths(2, 6).keyLengths(List.of(4, 0)).build();
    assertThat(spec.visible(0, 0, 0, 3)).isTrue();
    assertThat(spec.visible(0, 0, 0, 4)).isFalse();
    assertThat(spec.visible(1, 0, 1, 0)).isFalse();
    assertThat(spec.endKey(0, 0)).isEqualTo(4);
    assertThat(spec.endKey(1, 0)).isZero();
  }

  @Test
  void scalesByTheRootOfTheHeadDimensionUnlessTold() {
    assertThat(builder().dim(16).build().scale()).isEqualTo(0.25f);
    assertThat(builder().dim(16).scale(2).build().scale()).isEqualTo(2f);
    assertThat(builder().dim(16).scale(0).build().scale()).isZero();
  }

  @Test
  void isTheSameAfterToBuilder() {
    AttentionSpec spec =
        builder()
            .batch(2)
            .heads(4, 2)
            .lengths(3, 5)
            .dims(8, 16)
            .scale(0.3f)
            .softCap(7)
            .mask(Mask.window(1, 2))
            .keyLengths(List.of(5, 2))
            .bshd()
            .build();
    assertThat(spec.toBuilder().build()).isEqualTo(spec);
    assertThat(spec.o()).isEqualTo(Layout.bshd(4, 3, 16));
    assertThat(spec.v()).isEqualTo(Layout.bshd(2, 5, 16));
    assertThat(spec.toBuilder().contiguous().build().k()).isEqualTo(Layout.bhsd(2, 5, 8));
  }

  @Test
  void labelsWhatDiffersFromTheUsual() {
    assertThat(builder().heads(8, 2).length(1024).mask(Mask.causal()).build().label())
        .isEqualTo("B1 H8/2 S1024 D64 causal");
    assertThat(builder().lengths(3, 5).dims(8, 16).softCap(2).build().label())
        .isEqualTo("B1 H1 S3x5 D8x16 full cap2.0");
    assertThat(
            builder()
                .lengths(3, 5)
                .mask(Mask.window(2, -1).and(booleans(1, 1, 3, 5)))
                .build()
                .label())
        .isEqualTo("B1 H1 S3x5 D64 window(2,-1)&bool[1,1,3,5]");
  }

  private static AttentionSpecBuilder builder() {
    return AttentionSpec.builder();
  }

  private static Refused refused(AttentionSpecBuilder builder, String... words) {
    return new Refused(builder, List.of(words));
  }

  private static Mask booleans(int batch, int heads, int queries, int keys) {
    return new Mask.DenseBoolean(
        DenseMask.ofBooleans(
            batch, heads, queries, keys, new boolean[batch * heads * queries * keys]));
  }
}
