package io.github.attn4j.core.input;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.attn4j.core.expression.Bindings;
import io.github.attn4j.core.expression.MaskExpression;
import io.github.attn4j.core.expression.ScoreExpression;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.AttentionSpecBuilder;
import io.github.attn4j.core.spec.DenseMask;
import io.github.attn4j.core.spec.ElementType;
import io.github.attn4j.core.spec.Mask;
import io.github.attn4j.core.spec.ScoreModifier;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class KeyRangeTest {
  private static final AttentionSpec WHOLE =
      AttentionSpec.builder()
          .batch(2)
          .heads(4, 2)
          .lengths(3, 10)
          .dims(2, 5)
          .mask(Mask.window(4, 1))
          .keyLengths(List.of(10, 5))
          .bshd()
          .build();

  private static final AttentionInputs INPUTS =
      AttentionInputs.generate(WHOLE, InputFamily.NORMAL, 1);

  @Test
  void everyPairIsVisibleInThePartThatHoldsItsKeyAsInTheWhole() {
    for (KeyRange range : List.of(new KeyRange(0, 4), new KeyRange(4, 9), new KeyRange(9, 10))) {
      AttentionSpec part = range.of(INPUTS).spec();
      for (int b = 0; b < 2; b++) {
        for (int i = 0; i < 3; i++) {
          for (int key = range.first(); key < range.end(); key++) {
            assertThat(part.visible(b, 0, i, key - range.first()))
                .isEqualTo(WHOLE.visible(b, 0, i, key));
          }
        }
      }
    }
  }

  @Test
  void aPartHoldsItsOwnRowsAndNoOthers() {
    AttentionInputs part = new KeyRange(4, 9).of(INPUTS);
    assertThat(part.spec().keyLengths()).containsExactly(5, 1);
    assertThat(part.spec().o()).isEqualTo(WHOLE.o());
    assertThat(part.q()).isSameAs(INPUTS.q());
    assertThat(part.k()).hasSize(2 * 2 * 5 * 2);
    assertThat(part.v()).hasSize(2 * 2 * 5 * 5);
    for (int b = 0; b < 2; b++) {
      for (int h = 0; h < 2; h++) {
        for (int row = 0; row < part.spec().keyLengths().get(b); row++) {
          for (int d = 0; d < 5; d++) {
            int place = AttentionInputs.rowIndex(part.spec().v(), b, h, row) + d;
            int whole = AttentionInputs.rowIndex(WHOLE.v(), b, h, row + 4) + d;
            assertThat(part.v()[place]).isEqualTo(INPUTS.v()[whole]);
          }
        }
      }
    }
  }

  @Test
  void noKeysBeginAnywhereAndOthersAreToldWhereTheyMay() {
    AttentionSpec coded =
        AttentionSpec.builder().lengths(3, 257).dim(4).keyValueType(ElementType.I8).build();
    AttentionInputs inputs = AttentionInputs.generate(coded, InputFamily.NORMAL, 1);
    assertThat(new KeyRange(257, 257).of(inputs).spec().keyLengths()).containsExactly(0);
    assertThat(new KeyRange(33, 33).of(inputs).spec().keyLengths()).containsExactly(0);
    assertThat(new KeyRange(256, 257).of(inputs).spec().keyLengths()).containsExactly(1);
    AttentionSpec shorter = coded.toBuilder().lengths(3, 250).keyLengths(List.of(250)).build();
    AttentionInputs fewer = AttentionInputs.generate(shorter, InputFamily.NORMAL, 1);
    assertThatThrownBy(() -> new KeyRange(245, 250).of(fewer))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageEndingWith("begin at 240 or 250");
  }

  @Test
  void aPositionThatNoIntHoldsIsRefused() {
    AttentionSpec far = WHOLE.toBuilder().queryOffsets(List.of(0, Integer.MIN_VALUE + 3)).build();
    AttentionInputs inputs = AttentionInputs.generate(far, InputFamily.NORMAL, 1);
    assertThat(new KeyRange(3, 9).of(inputs).spec().queryOffsets())
        .containsExactly(-3, Integer.MIN_VALUE);
    assertThatThrownBy(() -> new KeyRange(4, 9).of(inputs))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "query offset -2147483645 becomes -2147483649 among keys 4..9, which no int holds: give the whole an offset of at least -2147483644");
  }

  /** Padded, paged and packed, in every type: the part holds the same numbers and scales. */
  @ParameterizedTest
  @EnumSource(ElementType.class)
  void rowsAreFoundWhereverTheWholeHasThem(ElementType type) {
    AttentionSpecBuilder builder =
        AttentionSpec.builder()
            .batch(2)
            .heads(4, 2)
            .lengths(3, 40)
            .dims(2, 5)
            .keyLengths(List.of(40, 21))
            .queryLengths(List.of(1, 3))
            .keyValueType(type);
    List<AttentionSpec> specs =
        List.of(
            builder.build(),
            builder.paged(16, List.of(List.of(4, 0, 2), List.of(3, 1))).build(),
            builder.packedKeys().packedQueries().build());
    for (AttentionSpec spec : specs) {
      AttentionInputs inputs = AttentionInputs.generate(spec, InputFamily.NORMAL, 4);
      AttentionInputs part = new KeyRange(16, 37).of(inputs);
      assertThat(part.spec().keyLengths()).containsExactly(21, 5);
      assertThat(part.spec().queryLengths()).containsExactly(1, 3);
      assertThat(part.spec().keyValueType()).isEqualTo(type);
      for (int b = 0; b < 2; b++) {
        for (int h = 0; h < 2; h++) {
          for (int key = 0; key < part.spec().keyLengths().get(b); key++) {
            for (int d = 0; d < 2; d++) {
              assertThat(part.k()[part.spec().keyRow(b, h, key) + d])
                  .isEqualTo(inputs.k()[spec.keyRow(b, h, 16 + key) + d]);
            }
            assertThat(part.v()[part.spec().valueRow(b, h, key) + 4])
                .isEqualTo(inputs.v()[spec.valueRow(b, h, 16 + key) + 4]);
            if (type.scaled()) {
              assertThat(part.kScales()[part.spec().scaleIndex(b, h, key)])
                  .isEqualTo(inputs.kScales()[spec.scaleIndex(b, h, 16 + key)]);
            }
          }
        }
      }
      if (type.scaled()) {
        assertThat(part.keyCodes()).hasSize(part.spec().keyElements());
        assertThatThrownBy(() -> new KeyRange(20, 37).of(inputs))
            .hasMessageContainingAll("20..37", "begin at 16 or 32");
      }
    }
  }

  @Test
  void noKeysAreOneRowThatDoesNotExist() {
    for (int at : List.of(0, 4, 10)) {
      AttentionSpec part = new KeyRange(at, at).of(INPUTS).spec();
      assertThat(part.kvLength()).isEqualTo(1);
      assertThat(part.keyLengths()).containsExactly(0, 0);
      assertThat(part.visiblePairs()).isZero();
    }
  }

  @Test
  void rangesThatAreNoneAreRefused() {
    assertThatThrownBy(() -> new KeyRange(3, 2)).hasMessageContaining("3..2");
    assertThatThrownBy(() -> new KeyRange(-1, 2)).hasMessageContaining("-1..2");
    assertThatThrownBy(() -> new KeyRange(4, 11).of(INPUTS))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("keys 4..11", "the 10 keys of B2 H4/2");
  }

  @Test
  void whatNamesKeysByTheirIndexIsRefused() {
    Mask dense = new Mask.DenseBoolean(DenseMask.ofBooleans(1, 1, 1, 10, new boolean[10]));
    Mask condition = Mask.expression(MaskExpression.parse("k != 3", Bindings.none()));
    ScoreModifier modifier =
        ScoreModifier.expression(ScoreExpression.parse("s + k", Bindings.none()));
    for (AttentionSpec spec :
        List.of(
            WHOLE.toBuilder().mask(dense).build(),
            WHOLE.toBuilder().mask(condition).build(),
            WHOLE.toBuilder().scoreModifier(modifier).build())) {
      assertThatThrownBy(() -> new KeyRange(4, 9).of(INPUTS.withSpec(spec)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContainingAll("cannot be taken apart", "moves by 4", "toBuilder");
    }
  }
}
