package io.github.attn4j.opencl;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.core.check.Comparison;
import io.github.attn4j.core.expression.MaskExpression;
import io.github.attn4j.core.expression.ScoreExpression;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.input.InputFamily;
import io.github.attn4j.core.kernel.PreparedKernel;
import io.github.attn4j.core.kernel.StagedInputs;
import io.github.attn4j.core.result.AttentionOutput;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.DenseMask;
import io.github.attn4j.core.spec.Layout;
import io.github.attn4j.core.spec.Mask;
import io.github.attn4j.core.spec.ScoreModifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * NaN and infinity in a key or a value that some queries of a tile see and others do not: the
 * former become non-finite, the latter must not notice. Keys that nobody sees are the grid's
 * affair.
 */
class PairPoisonTest {
  private static final int LENGTH = 130;
  private static final int DIM = 40;

  /** Where the poison goes. */
  enum Place {
    KEY_ROW,
    KEY_ELEMENT,
    VALUE_ROW,
    VALUE_ELEMENT
  }

  static Stream<Arguments> cases() {
    List<Arguments> all = new ArrayList<>();
    for (OpenClKernel kernel : OpenClKernel.values()) {
      for (Place place : Place.values()) {
        for (float poison :
            new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
          all.add(Arguments.of(kernel, place, poison));
        }
      }
    }
    return all.stream();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void rowsBeforeAPoisonedKeyStayRightUnderACausalMask(
      OpenClKernel kernel, Place place, float poison) {
    AttentionSpec spec =
        AttentionSpec.builder().heads(2, 1).length(LENGTH).dim(DIM).mask(Mask.causal()).build();
    try (OpenClSession session = TestDevices.openPreferred()) {
      TestDevices.assumeSupported(kernel, spec, session);
      // First and last key of a tile, keys within one, and the very last key.
      for (int key : new int[] {0, 1, 47, 63, 64, 95, 96, 100, LENGTH - 1}) {
        AttentionOutput output = compare(session, kernel, poisoned(spec, place, key, poison));
        for (int h = 0; h < 2; h++) {
          for (int i = 0; i < LENGTH; i++) {
            int row = h * LENGTH + i;
            boolean finite =
                Float.isFinite(output.lse()[row])
                    && allFinite(output.o(), AttentionInputs.rowIndex(spec.o(), 0, h, i));
            if (i < key) {
              assertThat(finite).as("query %d must not see key %d", i, key).isTrue();
            } else if (Float.isNaN(poison) || place != Place.KEY_ELEMENT) {
              // One infinite element of a key may make its score -inf, which is a weight of 0.
              assertThat(finite).as("query %d sees key %d", i, key).isFalse();
            }
          }
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void rowsFromWhichAnyMaskHidesAPoisonedKeyStayRight(
      OpenClKernel kernel, Place place, float poison) {
    int key = 70;
    boolean[] oddRows = new boolean[LENGTH * LENGTH];
    float[] evenRows = new float[LENGTH * LENGTH];
    for (int i = 0; i < LENGTH; i++) {
      for (int k = 0; k < LENGTH; k++) {
        oddRows[i * LENGTH + k] = k != key || i % 2 == 1;
        evenRows[i * LENGTH + k] =
            k == key && i % 2 == 1 ? Float.NEGATIVE_INFINITY : 0.01f * (i - k);
      }
    }
    try (OpenClSession session = TestDevices.openPreferred()) {
      for (Mask mask :
          List.of(
              Mask.window(5, 0),
              Mask.window(9, 20),
              new Mask.DenseBoolean(DenseMask.ofBooleans(1, 1, LENGTH, LENGTH, oddRows)),
              new Mask.DenseAdditive(DenseMask.ofFloats(1, 1, LENGTH, LENGTH, evenRows)),
              Mask.expression(MaskExpression.parse("k != 70 || q % 2 == 1")),
              Mask.expression(MaskExpression.parse("k != 70 || q / 64 == 1")))) {
        AttentionSpec spec =
            AttentionSpec.builder().heads(2, 1).length(LENGTH).dim(DIM).mask(mask).build();
        TestDevices.assumeSupported(kernel, spec, session);
        AttentionOutput output = compare(session, kernel, poisoned(spec, place, key, poison));
        for (int i = 0; i < LENGTH; i++) {
          if (!spec.visible(0, 0, i, key)) {
            assertThat(allFinite(output.o(), AttentionInputs.rowIndex(spec.o(), 0, 0, i)))
                .as("%s: query %d must not see key %d", mask.label(), i, key)
                .isTrue();
          }
        }
      }
    }
  }

  /** A pair whose score becomes -inf is hidden, and no block map knows. */
  @ParameterizedTest
  @MethodSource("cases")
  void rowsWhoseScoreHidesAPoisonedKeyStayRight(OpenClKernel kernel, Place place, float poison) {
    int key = 70;
    ScoreModifier hides =
        ScoreModifier.expression(ScoreExpression.parse("k == 70 && q % 2 == 0 ? -exp(100.0) : s"));
    try (OpenClSession session = TestDevices.openPreferred()) {
      for (Mask mask :
          List.of(Mask.none(), Mask.expression(MaskExpression.parse("k > 20 || q > 3")))) {
        AttentionSpec spec =
            AttentionSpec.builder()
                .heads(2, 1)
                .length(LENGTH)
                .dim(DIM)
                .mask(mask)
                .scoreModifier(hides)
                .build();
        TestDevices.assumeSupported(kernel, spec, session);
        AttentionOutput output = compare(session, kernel, poisoned(spec, place, key, poison));
        for (int i = 0; i < LENGTH; i += 2) {
          assertThat(allFinite(output.o(), AttentionInputs.rowIndex(spec.o(), 0, 0, i)))
              .as("%s: query %d must not see key %d", mask.label(), i, key)
              .isTrue();
        }
      }
    }
  }

  /** tanh of an infinite score is 1 or -1: rows that see it stay finite, and are checked. */
  @ParameterizedTest
  @EnumSource(OpenClKernel.class)
  void aSoftCapMakesInfiniteScoresFinite(OpenClKernel kernel) {
    AttentionSpec spec =
        AttentionSpec.builder()
            .heads(2, 1)
            .length(LENGTH)
            .dim(DIM)
            .softCap(5)
            .mask(Mask.causal())
            .build();
    try (OpenClSession session = TestDevices.openPreferred()) {
      TestDevices.assumeSupported(kernel, spec, session);
      for (float infinity : new float[] {Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
        for (int key : new int[] {0, 64, 100}) {
          AttentionInputs inKeys = poisoned(spec, Place.KEY_ELEMENT, key, infinity);
          float[] q = inKeys.q().clone();
          q[AttentionInputs.rowIndex(spec.q(), 0, 1, key) + 3] = infinity;
          AttentionInputs clean = AttentionInputs.generate(spec, InputFamily.NORMAL, 11);
          AttentionInputs inQueries =
              new AttentionInputs(spec, "poisoned", q, clean.k(), clean.v());
          for (AttentionInputs inputs : List.of(inKeys, inQueries)) {
            for (float lse : compare(session, kernel, inputs).lse()) {
              assertThat(lse).isFinite();
            }
          }
        }
      }
    }
  }

  /** Runs a kernel, and requires that the oracle agrees on every element, finite or not. */
  private static AttentionOutput compare(
      OpenClSession session, OpenClKernel kernel, AttentionInputs inputs) {
    try (StagedInputs staged = session.stage(inputs);
        PreparedKernel prepared = session.prepare(kernel, staged)) {
      assertThat(prepared.run()).isPositive();
      AttentionOutput output = prepared.read();
      Comparison comparison = KnownAnswers.of(inputs).compare(output);
      assertThat(comparison.passed()).as("%s", comparison).isTrue();
      return output;
    }
  }

  private static AttentionInputs poisoned(AttentionSpec spec, Place place, int key, float poison) {
    AttentionInputs clean = AttentionInputs.generate(spec, InputFamily.NORMAL, 11);
    boolean inKeys = place == Place.KEY_ROW || place == Place.KEY_ELEMENT;
    float[] tensor = (inKeys ? clean.k() : clean.v()).clone();
    Layout layout = inKeys ? spec.k() : spec.v();
    int row = AttentionInputs.rowIndex(layout, 0, 0, key);
    if (place == Place.KEY_ROW || place == Place.VALUE_ROW) {
      Arrays.fill(tensor, row, row + DIM, poison);
    } else {
      tensor[row + DIM - 1] = poison;
    }
    return new AttentionInputs(
        spec, "poisoned", clean.q(), inKeys ? tensor : clean.k(), inKeys ? clean.v() : tensor);
  }

  private static boolean allFinite(float[] values, int from) {
    for (int d = 0; d < DIM; d++) {
      if (!Float.isFinite(values[from + d])) {
        return false;
      }
    }
    return true;
  }
}
