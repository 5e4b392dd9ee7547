package io.github.attn4j.core.fuzz;

import io.github.attn4j.core.check.Expected;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.input.KeyRows;
import io.github.attn4j.core.spec.AttentionSpec;
import java.util.BitSet;

/**
 * A case with its data and the oracle's answer, which is one for all kernels and all surroundings.
 *
 * @param drawn the case
 * @param spec its problem
 * @param seen which rows of K and V some query sees
 * @param inputs within the case's own poison
 * @param otherwise the same within another
 * @param expected of both
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record PreparedCase(
    FuzzCase drawn,
    AttentionSpec spec,
    BitSet[] seen,
    AttentionInputs inputs,
    AttentionInputs otherwise,
    Expected expected) {
  /**
   * Asks the oracle.
   *
   * @throws IllegalArgumentException where the case makes no sense
   */
  public static PreparedCase of(FuzzCase drawn) {
    AttentionSpec spec = drawn.spec();
    BitSet[] seen = KeyRows.seen(spec);
    AttentionInputs inputs = Surroundings.inputs(drawn, spec, drawn.poison(), seen);
    return new PreparedCase(
        drawn,
        spec,
        seen,
        inputs,
        Surroundings.inputs(drawn, spec, drawn.poison().other(), seen),
        Expected.of(inputs));
  }

  /** The data within zeros. */
  AttentionInputs harmless() {
    return Surroundings.inputs(drawn, spec, PoisonKind.ZERO, seen);
  }
}
