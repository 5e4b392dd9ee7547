package io.github.attn4j.core.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.core.spec.ElementType;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class CaseShrinkTest {
  private static FuzzCase first(java.util.function.Predicate<FuzzCase> which) {
    CaseDraw draw = new CaseDraw(31);
    return LongStream.range(0, 2000).mapToObj(draw::draw).filter(which).findFirst().orElseThrow();
  }

  @Test
  void whatDoesNotMatterGoes() {
    FuzzCase failing = first(one -> one.shape().kvLength() > 60 && one.shape().batch() > 2);
    FuzzCase small = CaseShrink.smallest(failing, one -> one.shape().kvLength() > 20, () -> true);
    assertThat(small.shape().kvLength()).isEqualTo(21);
    assertThat(small.shape().batch()).isOne();
    assertThat(small.shape().queryHeads()).isOne();
    assertThat(small.shape().queryLength()).isOne();
    assertThat(small.masks()).isEqualTo(FuzzMasks.NONE);
    assertThat(small.places()).isEqualTo(FuzzPlaces.PLAIN);
    assertThat(small.family()).isEqualTo(AdversarialFamily.NORMAL);
    assertThat(small.spec().types().label()).isEqualTo("f32");
    assertThat(small.shape().headDim()).isLessThanOrEqualTo(8);
  }

  @Test
  void whatMattersStays() {
    FuzzCase failing =
        first(one ->
            one.masks().dense() != null
                && one.masks().window() != null
                && one.places().v().before() > 0
                && one.family() == AdversarialFamily.TIES
                && one.shape().keyValueType() == ElementType.I8);
    FuzzCase small =
        CaseShrink.smallest(
            failing,
            one ->
                one.masks().dense() != null
                    && one.places().v().before() > 0
                    && one.family() == AdversarialFamily.TIES
                    && one.shape().keyValueType() == ElementType.I8,
            () -> true);
    assertThat(small.masks().dense()).isEqualTo(failing.masks().dense());
    assertThat(small.masks().window()).isNull();
    assertThat(small.places().v()).isEqualTo(failing.places().v());
    assertThat(small.places().k()).isEqualTo(Gaps.NONE);
    assertThat(small.shape().kvLength()).isOne();
  }

  @Test
  void shrinkingEndsWithItsTime() {
    AtomicInteger asked = new AtomicInteger();
    FuzzCase failing = first(one -> one.shape().batch() > 1);
    CaseShrink.smallest(
        failing,
        one -> {
          asked.incrementAndGet();
          return true;
        },
        () -> asked.get() < 3);
    assertThat(asked).hasValue(3);
  }
}
