package io.github.attn4j.core.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.core.check.AttentionProperties.Violation;
import io.github.attn4j.core.check.PlainMerge.Mistake;
import java.util.Optional;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class MergePropertiesTest {
  private static final int SEEDS_FOR_MISTAKES = 8;

  @Test
  void holdForPartsOfTheReference() {
    assertHoldFor(0, 8);
  }

  @Test
  @Tag("exhaustive")
  void holdForPartsOfTheReferenceOnManySeeds() {
    assertHoldFor(8, 150);
  }

  private static void assertHoldFor(long from, long to) {
    for (long seed = from; seed < to; seed++) {
      assertThat(MergeProperties.checkAll(AttentionPropertiesTest::reference, seed)).isEmpty();
    }
  }

  /** Any right merge passes, not ours alone: it may round in float32 after each part. */
  @Test
  void holdForAMergeInFloat32() {
    assertThat(firstViolation(Mistake.NONE)).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(value = Mistake.class, names = "NONE", mode = EnumSource.Mode.EXCLUDE)
  void failForAWrongMerge(Mistake mistake) {
    assertThat(firstViolation(mistake))
        .hasValueSatisfying(
            violation -> assertThat(violation.detail()).contains("b ", "h ", "q ", "expected"));
  }

  private static Optional<Violation> firstViolation(Mistake mistake) {
    PlainMerge merge = new PlainMerge(mistake);
    return LongStream.range(0, SEEDS_FOR_MISTAKES)
        .boxed()
        .flatMap(seed ->
            MergeProperties.checkAll(AttentionPropertiesTest::reference, merge::merge, seed)
                .stream())
        .findFirst();
  }
}
