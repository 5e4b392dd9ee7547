package io.github.attn4j.core.input;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.attn4j.core.expression.ScoreExpression;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.ElementType;
import io.github.attn4j.core.spec.Layout;
import io.github.attn4j.core.spec.Mask;
import io.github.attn4j.core.spec.ScoreModifier;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class AttentionInputsTest {
  /**
   * Keys 5 and 6 of batch 0 and 2 to 6 of batch 1 do not exist; keys 0 and 1 of batch 0 are left
   * behind.
   */
  private static final AttentionSpec SPEC =
      AttentionSpec.builder()
          .batch(2)
          .heads(4, 2)
          .lengths(2, 7)
          .dims(3, 5)
          .mask(Mask.window(1, 0))
          .keyLengths(List.of(5, 2))
          .build();

  private static final AttentionSpec PADDED =
      SPEC.toBuilder()
          .layouts(
              Layout.padded(4, 2, 3, 1, 2, 1),
              Layout.padded(2, 7, 3, 2, 1, 2),
              Layout.padded(2, 7, 5, 3, 3, 0),
              Layout.bhsd(4, 2, 5))
          .build();

  @Test
  void aFiniteNumberThatATypeCannotHoldIsRefusedByPlaceAndInfinitiesAreNot() {
    AttentionSpec half = AttentionSpec.builder().length(2).dim(2).storage(ElementType.F16).build();
    float[] q = {0, 65519, Float.POSITIVE_INFINITY, Float.NaN}; // the first rounds to 65504
    float[] large = {0, 0, -1e5f, 0};
    assertThat(new AttentionInputs(half, "fits", q, q, q).q())
        .containsExactly(0, 65504, Float.POSITIVE_INFINITY, Float.NaN);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new AttentionInputs(half, "too large", q, q, large))
        .withMessage(
            "V[2] = -100000.0 is beyond the largest number of f16, which would store infinity: take bf16 or f32");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new AttentionInputs(half, "too large", large, q, q))
        .withMessageStartingWith("Q[2] = -100000.0");
    AttentionSpec brain = half.toBuilder().storage(ElementType.BF16).build();
    assertThat(new AttentionInputs(brain, "fits", large, q, q).q()[2]).isFinite();
    assertThatIllegalArgumentException()
        .isThrownBy(() ->
            new AttentionInputs(brain, "too large", q, new float[] {0, Float.MAX_VALUE, 0, 0}, q))
        .withMessageStartingWith("K[1] = 3.4028235E38")
        .withMessageEndingWith("take f32");
  }

  @ParameterizedTest
  @EnumSource(InputFamily.class)
  void doNotDependOnTheLayout(InputFamily family) {
    AttentionInputs contiguous = AttentionInputs.generate(SPEC, family, 9);
    AttentionInputs padded = AttentionInputs.generate(PADDED, family, 9);
    AttentionInputs bshd = AttentionInputs.generate(SPEC.toBuilder().bshd().build(), family, 9);
    for (AttentionInputs other : List.of(padded, bshd)) {
      AttentionSpec spec = other.spec();
      assertThat(Tensors.gather(other.q(), spec.q(), 2, 4, 2, 3)).isEqualTo(contiguous.q());
      assertThat(Tensors.gather(other.k(), spec.k(), 2, 2, 7, 3)).isEqualTo(contiguous.k());
      assertThat(Tensors.gather(other.v(), spec.v(), 2, 2, 7, 5)).isEqualTo(contiguous.v());
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = InputFamily.class,
      names = {"POISON_NAN", "POISON_INF"})
  void poisonWhatNoQuerySeesAndNothingElse(InputFamily family) {
    AttentionInputs normal = AttentionInputs.generate(PADDED, InputFamily.NORMAL, 9);
    AttentionInputs poisoned = AttentionInputs.generate(PADDED, family, 9);
    assertThat(poisoned.q()).hasSameSizeAs(normal.q());
    // Causal window of two over two queries: batch 0 sees keys 2 to 4, batch 1 keys 0 and 1.
    List<List<Integer>> seen = List.of(List.of(2, 3, 4), List.of(0, 1));
    for (int b = 0; b < 2; b++) {
      for (int head = 0; head < 2; head++) {
        for (int key = 0; key < 7; key++) {
          int k = AttentionInputs.rowIndex(PADDED.k(), b, head, key);
          int v = AttentionInputs.rowIndex(PADDED.v(), b, head, key);
          for (int d = 0; d < 3; d++) {
            requireElement(seen.get(b).contains(key), normal.k()[k + d], poisoned.k()[k + d]);
          }
          for (int d = 0; d < 5; d++) {
            requireElement(seen.get(b).contains(key), normal.v()[v + d], poisoned.v()[v + d]);
          }
        }
      }
    }
  }

  @Test
  void oneElementOfARowThatNobodySeesIsBadAndHeadsTakeOtherColumns() {
    AttentionInputs normal = AttentionInputs.generate(PADDED, InputFamily.NORMAL, 9);
    AttentionInputs poisoned = AttentionInputs.generate(PADDED, InputFamily.POISON_ELEMENT, 9);
    List<List<Integer>> seen = List.of(List.of(2, 3, 4), List.of(0, 1));
    for (int b = 0; b < 2; b++) {
      for (int head = 0; head < 2; head++) {
        for (int key = 0; key < 7; key++) {
          boolean hidden = !seen.get(b).contains(key);
          int k = AttentionInputs.rowIndex(PADDED.k(), b, head, key);
          int v = AttentionInputs.rowIndex(PADDED.v(), b, head, key);
          for (int d = 0; d < 5; d++) {
            // Sequence 0 from the first column on, sequence 1 from the last one back.
            boolean ofV = hidden && d == (b == 0 ? head : 4 - head);
            requireElement(!ofV, normal.v()[v + d], poisoned.v()[v + d]);
          }
          for (int d = 0; d < 3; d++) {
            boolean ofK = hidden && d == (b == 0 ? head : 2 - head);
            requireElement(!ofK, normal.k()[k + d], poisoned.k()[k + d]);
          }
        }
      }
    }
    // NaN, infinity and -infinity in turn.
    int row = AttentionInputs.rowIndex(PADDED.v(), 0, 0, 0);
    int next = AttentionInputs.rowIndex(PADDED.v(), 0, 0, 1);
    int last = AttentionInputs.rowIndex(PADDED.v(), 0, 0, 5);
    assertThat(poisoned.v()[row]).isNaN();
    assertThat(poisoned.v()[next]).isEqualTo(Float.POSITIVE_INFINITY);
    assertThat(poisoned.v()[last]).isEqualTo(Float.NEGATIVE_INFINITY);
  }

  @Test
  void oneValueOfEachHeadIsBadWhoeverSeesItsRow() {
    AttentionInputs normal = AttentionInputs.generate(PADDED, InputFamily.NORMAL, 9);
    AttentionInputs bad = AttentionInputs.generate(PADDED, InputFamily.SEEN_ELEMENT, 9);
    assertThat(Tensors.gather(bad.k(), PADDED.k(), 2, 2, 7, 3))
        .isEqualTo(Tensors.gather(normal.k(), PADDED.k(), 2, 2, 7, 3));
    float[] v = Tensors.gather(bad.v(), PADDED.v(), 2, 2, 7, 5);
    float[] clean = Tensors.gather(normal.v(), PADDED.v(), 2, 2, 7, 5);
    // [batch][head][7][5]: key 3 of head 0, key 6 of head 1; columns from the front, then the end.
    clean[3 * 5] = Float.NaN;
    clean[(7 + 6) * 5 + 1] = Float.POSITIVE_INFINITY;
    clean[(14 + 3) * 5 + 4] = Float.NaN;
    clean[(21 + 6) * 5 + 3] = Float.POSITIVE_INFINITY;
    assertThat(v).isEqualTo(clean);
  }

  private static void requireElement(boolean seen, float normal, float poisoned) {
    assertThat(normal).isFinite();
    if (seen) {
      assertThat(poisoned).isEqualTo(normal);
    } else {
      assertThat(Float.isFinite(poisoned)).isFalse();
    }
  }

  @Test
  void poisonKeepsKeysThatOneHeadOfTheGroupSees() {
    boolean[] visible = {false, false, true, false, false, false, false, true};
    Mask mask =
        new Mask.DenseBoolean(io.github.attn4j.core.spec.DenseMask.ofBooleans(1, 4, 1, 2, visible));
    AttentionSpec spec =
        AttentionSpec.builder().heads(4, 2).lengths(1, 2).dim(1).mask(mask).build();
    float[] k = AttentionInputs.generate(spec, InputFamily.POISON_NAN, 1).k();
    assertThat(k[0]).as("head 1 sees key 0 of group 0").isFinite();
    assertThat(k[1]).isNaN();
    assertThat(k[2]).isNaN();
    assertThat(k[3]).as("head 3 sees key 1 of group 1").isFinite();
  }

  /**
   * Key 1 whatever its score; key 2 only where its score is low, which infinities are not always.
   */
  @Test
  void poisonWhatAScoreModifierAlwaysHides() {
    AttentionSpec spec =
        AttentionSpec.builder()
            .lengths(2, 4)
            .dim(1)
            .scoreModifier(
                ScoreModifier.expression(
                    ScoreExpression.parse("k == 1 || k == 2 && s < 0.0 ? log2(0) : s")))
            .build();
    for (InputFamily family : List.of(InputFamily.POISON_NAN, InputFamily.POISON_INF)) {
      AttentionInputs inputs = AttentionInputs.generate(spec, family, 1);
      for (int key = 0; key < 4; key++) {
        assertThat(Float.isFinite(inputs.k()[key])).isEqualTo(key != 1);
        assertThat(Float.isFinite(inputs.v()[key])).isEqualTo(key != 1);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(InputFamily.class)
  void holdNothingFiniteInGaps(InputFamily family) {
    AttentionInputs padded = AttentionInputs.generate(PADDED, family, 9);
    boolean[] used = new boolean[padded.q().length];
    for (int head = 0; head < 8; head++) {
      for (int i = 0; i < 2; i++) {
        int row = AttentionInputs.rowIndex(PADDED.q(), head / 4, head % 4, i);
        java.util.Arrays.fill(used, row, row + 3, true);
      }
    }
    int gaps = 0;
    for (int index = 0; index < used.length; index++) {
      assertThat(Float.isFinite(padded.q()[index])).as("element %d", index).isEqualTo(used[index]);
      gaps += used[index] ? 0 : 1;
    }
    assertThat(gaps).isGreaterThan(16);
  }

  @Test
  void differBetweenSeedsAndTensors() {
    AttentionSpec spec = AttentionSpec.builder().length(4).dim(8).build();
    AttentionInputs one = AttentionInputs.generate(spec, InputFamily.NORMAL, 1);
    AttentionInputs two = AttentionInputs.generate(spec, InputFamily.NORMAL, 2);
    assertThat(one.q()).isNotEqualTo(two.q()).isNotEqualTo(one.k());
    assertThat(one.k()).isNotEqualTo(one.v());
    assertThat(one.description()).isEqualTo("normal seed 1");
    assertThat(one.bytes()).isEqualTo(4L * 3 * 32);
  }

  @Test
  void refuseBuffersThatAreTooShort() {
    AttentionSpec spec = AttentionSpec.builder().length(2).dim(4).build();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new AttentionInputs(spec, "", new float[8], new float[7], new float[8]))
        .withMessageContaining("K has 7")
        .withMessageContaining("8");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> AttentionInputs.ofContiguous(spec, "", new float[8], new float[8], new float[9]))
        .withMessageContaining("[1, 1, 2, 4] has 8 elements, but 9");
  }

  @Test
  void takeContiguousArraysIntoAnyLayout() {
    AttentionSpec spec = AttentionSpec.builder().heads(2).length(2).dim(1).bshd().build();
    float[] values = {1, 2, 3, 4};
    AttentionInputs inputs = AttentionInputs.ofContiguous(spec, "own", values, values, values);
    assertThat(inputs.q()).containsExactly(1, 3, 2, 4);
  }
}
