package io.github.attn4j.core.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.core.check.AttentionProperties.Attention;
import io.github.attn4j.core.check.AttentionProperties.Violation;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.input.Tensors;
import io.github.attn4j.core.reference.ReferenceAttention;
import io.github.attn4j.core.reference.ReferenceResult;
import io.github.attn4j.core.reference.RowSample;
import io.github.attn4j.core.result.AttentionOutput;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.DenseMask;
import io.github.attn4j.core.spec.Mask;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class AttentionPropertiesTest {
  private static final int SEEDS_FOR_MUTANTS = 8;

  @Test
  void holdForTheReference() {
    assertHoldFor(0, 20);
  }

  @Test
  @Tag("exhaustive")
  void holdForTheReferenceOnManySeeds() {
    assertHoldFor(20, 300);
  }

  private static void assertHoldFor(long from, long to) {
    for (long seed = from; seed < to; seed++) {
      assertThat(AttentionProperties.checkAll(AttentionPropertiesTest::reference, seed)).isEmpty();
    }
  }

  @ParameterizedTest
  @MethodSource("mutants")
  void failForAWrongAttention(Mutant mutant) {
    List<Violation> violations = new ArrayList<>();
    for (long seed = 0; seed < SEEDS_FOR_MUTANTS; seed++) {
      violations.addAll(mutant.property.check(mutant.attention, seed));
    }
    assertThat(violations).isNotEmpty();
    Violation first = violations.getFirst();
    assertThat(first.seed()).isBetween(0L, SEEDS_FOR_MUTANTS - 1L);
    assertThat(first.detail()).contains("b ", "h ", "q ", "expected");
    assertThat(mutant.property.check(mutant.attention, first.seed()))
        .as("the seed reproduces it")
        .containsExactly(first);
  }

  @Test
  void failOfCheckAllNamesTheProperty() {
    List<String> names = new ArrayList<>();
    for (long seed = 0; seed < SEEDS_FOR_MUTANTS; seed++) {
      AttentionProperties.checkAll(inputs -> output(inputs.spec(), Float.NaN), seed)
          .forEach(violation -> names.add(violation.property()));
    }
    assertThat(names)
        .contains(
            "permutedKeys",
            "splitKeys",
            "shiftedScores",
            "truncatedQueries",
            "truncatedKeys",
            "poisonedHiddenPairs",
            "emptyRows",
            "visibleNan");
  }

  /** One of the properties. */
  interface Property {
    List<Violation> check(Attention attention, long seed);
  }

  /** An attention that is wrong in one way, and the property that must notice. */
  record Mutant(String name, Property property, Attention attention) {
    @Override
    public String toString() {
      return name;
    }
  }

  static List<Mutant> mutants() {
    return List.of(
        new Mutant(
            "permutation, last key dropped",
            AttentionProperties::permutedKeys,
            inputs -> reference(withoutLastKeys(inputs))),
        new Mutant(
            "permutation, dense mask ignored",
            AttentionProperties::permutedKeys,
            inputs -> reference(withMask(inputs, windowOf(inputs.spec())))),
        new Mutant(
            "split, last key dropped",
            AttentionProperties::splitKeys,
            inputs -> reference(withoutLastKeys(inputs))),
        new Mutant(
            "split, LSE of the largest score only",
            AttentionProperties::splitKeys,
            inputs -> withLse(inputs, lse -> 0.99f * lse)),
        new Mutant(
            "shift, biases ignored",
            AttentionProperties::shiftedScores,
            inputs -> reference(withMask(inputs, withoutBias(inputs.spec())))),
        new Mutant(
            "shift, exponent clamped",
            AttentionProperties::shiftedScores,
            inputs -> withLse(inputs, lse -> Math.min(lse, 3))),
        new Mutant(
            "truncated queries, a hundredth added to the last row",
            AttentionProperties::truncatedQueries,
            inputs -> withLastRowMoved(inputs, 1e-2f)),
        new Mutant(
            "truncated keys, mask ignored",
            AttentionProperties::truncatedKeys,
            inputs -> reference(withMask(inputs, Mask.none()))),
        new Mutant(
            "truncated keys, bottom right instead of top left",
            AttentionProperties::truncatedKeys,
            inputs -> reference(inputs.withSpec(inputs.spec().toBuilder().bottomRight().build()))),
        new Mutant(
            "poison, hidden values times 0",
            AttentionProperties::poisonedHiddenPairs,
            AttentionPropertiesTest::addingHiddenValuesTimesZero),
        new Mutant(
            "poison, one gap read",
            AttentionProperties::poisonedHiddenPairs,
            AttentionPropertiesTest::addingTheGapBehindEachValue),
        new Mutant(
            "empty rows, an average instead of 0",
            AttentionProperties::emptyRows,
            inputs -> withEmptyRows(inputs, 0.5f, Float.NEGATIVE_INFINITY)),
        new Mutant(
            "empty rows, large LSE instead of infinite",
            AttentionProperties::emptyRows,
            inputs -> withEmptyRows(inputs, 0, -Float.MAX_VALUE)),
        new Mutant(
            "empty rows, all rows empty",
            AttentionProperties::emptyRows,
            inputs -> output(inputs.spec(), 0)),
        new Mutant(
            "NaN, lost in a maximum",
            AttentionProperties::visibleNan,
            inputs -> reference(nanAsZero(inputs))),
        new Mutant(
            "NaN, spread to all rows",
            AttentionProperties::visibleNan,
            inputs -> hasNan(inputs) ? output(inputs.spec(), Float.NaN) : reference(inputs)));
  }

  static AttentionOutput reference(AttentionInputs inputs) {
    AttentionSpec spec = inputs.spec();
    ReferenceResult result = ReferenceAttention.compute(inputs, RowSample.all(spec));
    float[] o = new float[result.o().length];
    for (int index = 0; index < o.length; index++) {
      o[index] = (float) result.o()[index];
    }
    float[] lse = new float[result.lse().length];
    for (int index = 0; index < lse.length; index++) {
      lse[index] = (float) result.lse()[index];
    }
    float[] laidOut =
        Tensors.scatter(
            o, spec.o(), spec.batch(), spec.queryHeads(), spec.queryLength(), spec.valueDim());
    return new AttentionOutput(laidOut, lse);
  }

  private static AttentionOutput output(AttentionSpec spec, float o) {
    float[] values = new float[spec.outputElements()];
    java.util.Arrays.fill(values, o);
    float[] lse = new float[spec.rows()];
    java.util.Arrays.fill(lse, Float.NEGATIVE_INFINITY);
    return new AttentionOutput(values, lse);
  }

  private static AttentionInputs withMask(AttentionInputs inputs, Mask mask) {
    AttentionSpec spec = inputs.spec();
    return inputs.withSpec(
        spec.toBuilder()
            .mask(mask)
            .keyLengths(
                mask instanceof Mask.None
                    ? Collections.nCopies(spec.batch(), spec.kvLength())
                    : spec.keyLengths())
            .build());
  }

  private static AttentionInputs withoutLastKeys(AttentionInputs inputs) {
    List<Integer> shorter =
        inputs.spec().keyLengths().stream().map(length -> Math.max(0, length - 1)).toList();
    return inputs.withSpec(inputs.spec().toBuilder().keyLengths(shorter).build());
  }

  private static Mask windowOf(AttentionSpec spec) {
    return Mask.window(spec.canonicalMask().left(), spec.canonicalMask().right());
  }

  private static Mask withoutBias(AttentionSpec spec) {
    boolean[] visible = new boolean[spec.rows() * spec.kvLength()];
    for (int index = 0; index < visible.length; index++) {
      int row = index / spec.kvLength();
      int head = row / spec.queryLength();
      visible[index] =
          spec.visible(
              head / spec.queryHeads(),
              head % spec.queryHeads(),
              row % spec.queryLength(),
              index % spec.kvLength());
    }
    return new Mask.DenseBoolean(
        DenseMask.ofBooleans(
            spec.batch(), spec.queryHeads(), spec.queryLength(), spec.kvLength(), visible));
  }

  /** Changes one number. */
  private interface FloatOperator {
    float apply(float value);
  }

  private static AttentionOutput withLse(AttentionInputs inputs, FloatOperator change) {
    AttentionOutput output = reference(inputs);
    for (int row = 0; row < output.lse().length; row++) {
      output.lse()[row] = change.apply(output.lse()[row]);
    }
    return output;
  }

  private static AttentionOutput withLastRowMoved(AttentionInputs inputs, float distance) {
    AttentionSpec spec = inputs.spec();
    AttentionOutput output = reference(inputs);
    output.o()[AttentionInputs.rowIndex(spec.o(), 0, 0, spec.queryLength() - 1)] += distance;
    return output;
  }

  private static AttentionOutput addingHiddenValuesTimesZero(AttentionInputs inputs) {
    AttentionSpec spec = inputs.spec();
    AttentionOutput output = reference(inputs);
    for (int key = 0; key < spec.kvLength(); key++) {
      if (!spec.visible(0, 0, 0, key)) {
        int value = AttentionInputs.rowIndex(spec.v(), 0, 0, key);
        output.o()[AttentionInputs.rowIndex(spec.o(), 0, 0, 0)] += 0 * inputs.v()[value];
      }
    }
    return output;
  }

  private static AttentionOutput addingTheGapBehindEachValue(AttentionInputs inputs) {
    AttentionSpec spec = inputs.spec();
    AttentionOutput output = reference(inputs);
    int gap = AttentionInputs.rowIndex(spec.v(), 0, 0, 0) + spec.valueDim();
    if (gap < inputs.v().length) {
      output.o()[AttentionInputs.rowIndex(spec.o(), 0, 0, 0)] += 0 * inputs.v()[gap];
    }
    return output;
  }

  private static AttentionOutput withEmptyRows(AttentionInputs inputs, float o, float lse) {
    AttentionSpec spec = inputs.spec();
    AttentionOutput output = reference(inputs);
    for (int row = 0; row < spec.rows(); row++) {
      if (output.lse()[row] == Float.NEGATIVE_INFINITY) {
        output.lse()[row] = lse;
        output.o()[row * spec.valueDim()] = o;
      }
    }
    return output;
  }

  private static AttentionInputs nanAsZero(AttentionInputs inputs) {
    float[] k = inputs.k().clone();
    float[] v = inputs.v().clone();
    for (float[] tensor : List.of(k, v)) {
      for (int index = 0; index < tensor.length; index++) {
        tensor[index] = Float.isNaN(tensor[index]) ? 0 : tensor[index];
      }
    }
    return new AttentionInputs(inputs.spec(), inputs.description(), inputs.q(), k, v);
  }

  private static boolean hasNan(AttentionInputs inputs) {
    for (float[] tensor : List.of(inputs.k(), inputs.v())) {
      for (float value : tensor) {
        if (Float.isNaN(value)) {
          return true;
        }
      }
    }
    return false;
  }
}
