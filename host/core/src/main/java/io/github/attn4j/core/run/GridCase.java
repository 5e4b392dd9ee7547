package io.github.attn4j.core.run;

import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.input.InputFamily;
import io.github.attn4j.core.spec.AttentionSpec;

/**
 * One case of a grid.
 *
 * @param name what the case is there for
 * @param spec the problem
 * @param family its data
 * @param seed of the data
 */
public record GridCase(String name, AttentionSpec spec, InputFamily family, long seed) {
  /** Draws the data. */
  public AttentionInputs inputs() {
    return AttentionInputs.generate(spec, family, seed);
  }
}
