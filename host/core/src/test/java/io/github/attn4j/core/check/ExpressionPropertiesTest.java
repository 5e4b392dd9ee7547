package io.github.attn4j.core.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.core.check.AttentionProperties.Attention;
import io.github.attn4j.core.check.AttentionProperties.Violation;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.reference.ReferenceAttention;
import io.github.attn4j.core.reference.ReferenceResult;
import io.github.attn4j.core.reference.RowSample;
import io.github.attn4j.core.result.AttentionOutput;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.Mask;
import io.github.attn4j.core.spec.ScoreModifier;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ExpressionPropertiesTest {
  private static final int SEEDS_FOR_MUTANTS = 8;

  @Test
  void holdForTheReference() {
    requireHeld(0, 15);
  }

  @Test
  @Tag("exhaustive")
  void holdForTheReferenceOnManySeeds() {
    requireHeld(15, 200);
  }

  private static void requireHeld(long from, long to) {
    for (long seed = from; seed < to; seed++) {
      assertThat(ExpressionProperties.checkAll(ExpressionPropertiesTest::reference, seed))
          .isEmpty();
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
    Attention withoutCondition =
        inputs -> reference(withMask(inputs, hasCondition(inputs) ? Mask.none() : null));
    Attention withoutModifier = inputs -> reference(withModifier(inputs, ScoreModifier.none()));
    return List.of(
        new Mutant(
            "condition ignored, causal", ExpressionProperties::causalCondition, withoutCondition),
        new Mutant(
            "condition ignored, dense", ExpressionProperties::denseCondition, withoutCondition),
        new Mutant("modifier ignored", ExpressionProperties::shiftedScores, withoutModifier),
        new Mutant(
            "condition taken from the index of a key that moved",
            ExpressionProperties::permutedKeys,
            inputs -> reference(withMask(inputs, hasCondition(inputs) ? Mask.causal() : null))),
        new Mutant(
            "half of a condition ignored",
            ExpressionProperties::splitKeys,
            inputs ->
                reference(
                    withMask(
                        inputs,
                        inputs.spec().mask() instanceof Mask.And and ? and.first() : null))),
        new Mutant(
            "a score of -inf that hides nothing",
            ExpressionProperties::poisonedHiddenPairs,
            withoutModifier));
  }

  private static boolean hasCondition(AttentionInputs inputs) {
    return inputs.spec().canonicalMask().expression() != null;
  }

  private static AttentionInputs withMask(
      AttentionInputs inputs, @org.jspecify.annotations.Nullable Mask mask) {
    return mask == null ? inputs : inputs.withSpec(inputs.spec().toBuilder().mask(mask).build());
  }

  private static AttentionInputs withModifier(AttentionInputs inputs, ScoreModifier modifier) {
    return inputs.withSpec(inputs.spec().toBuilder().scoreModifier(modifier).build());
  }

  private static AttentionOutput reference(AttentionInputs inputs) {
    AttentionSpec spec = inputs.spec();
    ReferenceResult result = ReferenceAttention.compute(inputs, RowSample.all(spec));
    float[] o = new float[spec.outputElements()];
    float[] lse = new float[spec.rows()];
    for (int row = 0; row < lse.length; row++) {
      lse[row] = (float) result.lse()[row];
      int head = row / spec.queryLength();
      int to =
          AttentionInputs.rowIndex(
              spec.o(),
              head / spec.queryHeads(),
              head % spec.queryHeads(),
              row % spec.queryLength());
      for (int d = 0; d < spec.valueDim(); d++) {
        o[to + d] = (float) result.o()[row * spec.valueDim() + d];
      }
    }
    return new AttentionOutput(o, lse);
  }
}
