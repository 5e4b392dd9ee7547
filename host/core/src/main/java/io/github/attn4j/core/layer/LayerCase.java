package io.github.attn4j.core.layer;

import java.util.function.Supplier;

/**
 * An operation on drawn numbers, and what is right: what every backend's layers are held against.
 *
 * @param operation as its kernel file is called, such as {@code matmul}
 * @param label of the case, with its shape
 * @param run computes it; returns the whole tensor that was written, behind whose last row there
 *     may be elements that were NaN before
 * @param expected by the oracle
 */
public record LayerCase(
    String operation, String label, Run run, Supplier<LayerExpectation> expected) {
  /** Elements behind the last row of a result, which nobody may write: more than a row has. */
  static final int GUARD = 400;

  /** What a backend computes. */
  public interface Run {
    /** The tensor that was written. */
    float[] on(Layers layers);
  }

  /** Runs it and compares. */
  public LayerComparison check(Layers layers) {
    return expected.get().compare(run.on(layers));
  }

  @Override
  public String toString() {
    return operation + " " + label;
  }
}
