package io.github.attn4j.core.spec;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

/** What a spec must refuse, although parts of it alone look right. */
class SpecRefusalTest {
  @Test
  void refusesEveryDenseMaskThatDoesNotFitHoweverItIsCombined() {
    Mask fits = dense(1, 1, 3, 5);
    // Combined, each of these would take on a shape that fits, or index past its end.
    for (Mask misfit :
        new Mask[] {dense(1, 1, 3, 8), dense(1, 1, 3, 4), dense(1, 1, 2, 5), dense(3, 1, 1, 5)}) {
      AttentionSpecBuilder builder = AttentionSpec.builder().batch(2).lengths(3, 5);
      String shape = misfit.label().substring("bool".length());
      assertThatThrownBy(builder.mask(fits.and(misfit))::build)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("dense mask of shape " + shape + " does not fit");
      assertThatThrownBy(builder.mask(misfit.and(fits).and(Mask.causal()))::build)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("dense mask of shape " + shape + " does not fit");
    }
  }

  @Test
  void refusesAScaleThatIsNoNumberInsteadOfTakingTheDefault() {
    assertThatThrownBy(AttentionSpec.builder().scale(Float.NaN)::build)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the scale must be finite, but it is NaN");
  }

  @Test
  void refusesStridesWhoseAddressesOverflow() {
    AttentionSpec spec = AttentionSpec.builder().batch(3).heads(2).length(4).dim(8).build();
    Layout far = new Layout(0, Long.MAX_VALUE / 2, 32, 8);
    assertThatThrownBy(spec.toBuilder().layouts(far, spec.k(), spec.v(), spec.o())::build)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("Q of shape [3, 2, 4, 8] reaches beyond 2^63 elements")
        .hasMessageContaining(far.toString());
    assertThatThrownBy(spec.toBuilder().layouts(spec.q(), spec.k(), spec.v(), far)::build)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("O of shape [3, 2, 4, 8] reaches beyond 2^63 elements");
  }

  private static Mask dense(int batch, int heads, int queries, int keys) {
    boolean[] values = new boolean[batch * heads * queries * keys];
    return new Mask.DenseBoolean(DenseMask.ofBooleans(batch, heads, queries, keys, values));
  }
}
