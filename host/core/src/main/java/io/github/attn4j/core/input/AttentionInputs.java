package io.github.attn4j.core.input;

import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.Layout;

/**
 * Q, K and V of one spec, in the buffers a device will see: addressed through the spec's layouts,
 * gaps included. Second in the flow.
 *
 * @param spec the problem
 * @param description where the data comes from, for reports
 * @param q at least {@link AttentionSpec#queryElements} elements
 * @param k at least {@link AttentionSpec#keyElements} elements
 * @param v at least {@link AttentionSpec#valueElements} elements
 */
@SuppressWarnings("ArrayRecordComponent") // large tensors: copied nowhere, compared never
public record AttentionInputs(
    AttentionSpec spec, String description, float[] q, float[] k, float[] v) {

  /** Checks the lengths. */
  public AttentionInputs {
    requireLength("Q", q, spec.queryElements());
    requireLength("K", k, spec.keyElements());
    requireLength("V", v, spec.valueElements());
  }

  /**
   * Draws Q, K and V: element (b, h, s, d) depends on the seed and its own indices alone, not on
   * the layout.
   */
  public static AttentionInputs generate(AttentionSpec spec, InputFamily family, long seed) {
    float gap = gapValue(family);
    float[] q = filled(spec.queryElements(), gap);
    float[] k = filled(spec.keyElements(), gap);
    float[] v = filled(spec.valueElements(), gap);
    Tensors.fill(
        q,
        spec.q(),
        spec.batch(),
        spec.queryHeads(),
        spec.queryLength(),
        spec.headDim(),
        family,
        seed,
        'Q');
    Tensors.fill(
        k,
        spec.k(),
        spec.batch(),
        spec.kvHeads(),
        spec.kvLength(),
        spec.headDim(),
        family,
        seed,
        'K');
    Tensors.fill(
        v,
        spec.v(),
        spec.batch(),
        spec.kvHeads(),
        spec.kvLength(),
        spec.valueDim(),
        family,
        seed,
        'V');
    if (family == InputFamily.POISON_NAN || family == InputFamily.POISON_INF) {
      Poison.hiddenKeys(spec, k, spec.k(), spec.headDim(), gap);
      Poison.hiddenKeys(spec, v, spec.v(), spec.valueDim(), gap);
    }
    return new AttentionInputs(spec, family.label() + " seed " + seed, q, k, v);
  }

  /**
   * Q, K and V given as contiguous [batch, heads, length, dim] arrays, laid out as the spec asks;
   * gaps become NaN, since nothing may read them.
   */
  public static AttentionInputs ofContiguous(
      AttentionSpec spec, String description, float[] q, float[] k, float[] v) {
    return new AttentionInputs(
        spec,
        description,
        Tensors.scatter(
            q, spec.q(), spec.batch(), spec.queryHeads(), spec.queryLength(), spec.headDim()),
        Tensors.scatter(k, spec.k(), spec.batch(), spec.kvHeads(), spec.kvLength(), spec.headDim()),
        Tensors.scatter(
            v, spec.v(), spec.batch(), spec.kvHeads(), spec.kvLength(), spec.valueDim()));
  }

  /** The same data for a spec that addresses it alike, for example with another mask. */
  public AttentionInputs withSpec(AttentionSpec other) {
    return new AttentionInputs(other, description, q, k, v);
  }

  /** Bytes of the three buffers. */
  public long bytes() {
    return (long) spec.queryType().bytes() * q.length
        + (long) spec.keyValueType().bytes() * (k.length + (long) v.length);
  }

  private static float gapValue(InputFamily family) {
    return switch (family) {
      case POISON_INF -> Float.POSITIVE_INFINITY;
      default -> Float.NaN;
    };
  }

  private static float[] filled(int length, float value) {
    float[] array = new float[length];
    java.util.Arrays.fill(array, value);
    return array;
  }

  private static void requireLength(String name, float[] array, int required) {
    if (array.length < required) {
      throw new IllegalArgumentException(
          "%s has %,d elements, but its layout reaches to element %,d"
              .formatted(name, array.length, required));
    }
  }

  /** Row (b, h, s) of a tensor starts here, as an array index. */
  public static int rowIndex(Layout layout, int b, int h, int s) {
    return Math.toIntExact(layout.row(b, h, s));
  }
}
