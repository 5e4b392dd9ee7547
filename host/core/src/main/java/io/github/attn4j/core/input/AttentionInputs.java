package io.github.attn4j.core.input;

import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.ElementType;
import io.github.attn4j.core.spec.Layout;
import java.util.Arrays;

/**
 * Q, K and V of one spec, in the buffers a device will see: addressed through the spec's placements
 * and layouts, gaps included. Second in the flow.
 *
 * <p>Elements are the numbers that the spec's types store, each as a float: whoever computes with
 * them computes with what the device reads. Of a scaled type, an element is scale * code.
 *
 * @param spec the problem
 * @param description where the data comes from, for reports
 * @param q at least {@link AttentionSpec#queryElements} elements
 * @param k at least {@link AttentionSpec#keyElements} elements
 * @param v at least {@link AttentionSpec#valueElements} elements
 * @param kScales of K, {@link AttentionSpec#scales} of them, by {@link AttentionSpec#scaleIndex}
 * @param vScales of V, as many
 */
@SuppressWarnings("ArrayRecordComponent") // large tensors: copied nowhere, compared never
public record AttentionInputs(
    AttentionSpec spec,
    String description,
    float[] q,
    float[] k,
    float[] v,
    float[] kScales,
    float[] vScales) {
  private static final float[] NO_SCALES = {};

  /** Checks the lengths; elements are taken for numbers of the spec's types. */
  public AttentionInputs {
    requireLength("Q", q, spec.queryElements());
    requireLength("K", k, spec.keyElements());
    requireLength("V", v, spec.valueElements());
    requireScales("K", kScales, spec.scales());
    requireScales("V", vScales, spec.scales());
  }

  /**
   * Any numbers, rounded to the spec's types; arrays of float32 are kept as they are.
   *
   * @throws IllegalArgumentException where keys or values that exist are not finite and their type
   *     is I8, or where a finite number, in a gap too, is beyond the largest one of an unscaled
   *     type: the infinity that it would round to is not what was given, and whoever compares
   *     results made of it compares NaN with NaN
   */
  public AttentionInputs(AttentionSpec spec, String description, float[] q, float[] k, float[] v) {
    this(
        spec,
        description,
        rounded(spec.queryType(), q, "Q", spec.queryElements()),
        stored(spec, k, true),
        stored(spec, v, false));
  }

  private AttentionInputs(
      AttentionSpec spec, String description, float[] q, Quantizer.Stored k, Quantizer.Stored v) {
    this(spec, description, q, k.values(), v.values(), k.scales(), v.scales());
  }

  /**
   * Draws Q, K and V: element (b, h, s, d) depends on the seed and its own indices alone, not on
   * the layout or the placement; then rounds them to the types. A row of a page that sequences
   * share is drawn for the last of those that have it.
   *
   * <p>What the poison families put where nobody may look is what {@link Quantizer} leaves in rows
   * that nobody stored where the type is scaled: NaN in place of infinities, and in runs of I8 that
   * hold a visible row too, the code -128.
   */
  public static AttentionInputs generate(AttentionSpec spec, InputFamily family, long seed) {
    boolean poison = family.poisonsHiddenRows();
    float gap = family == InputFamily.POISON_INF ? Float.POSITIVE_INFINITY : Float.NaN;
    float[] q = filled(spec.queryElements(), gap);
    float[] k = filled(spec.keyElements(), gap);
    float[] v = filled(spec.valueElements(), gap);
    Tensors.fill(q, TensorRows.ofQueries(spec), family, seed, 'Q');
    Tensors.fill(k, TensorRows.ofKeys(spec), family, seed, 'K');
    Tensors.fill(v, TensorRows.ofValues(spec), family, seed, 'V');
    if (family == InputFamily.SEEN_ELEMENT) {
      Poison.seenElements(spec, v, spec.v(), spec.valueDim());
    }
    spec.queryType().round(q);
    String description = family.label() + " seed " + seed;
    if (spec.keyValueType().scaled()) {
      var stored = poison ? KeyRows.seen(spec) : KeyRows.existing(spec);
      return new AttentionInputs(
          spec,
          description,
          q,
          Quantizer.ofKeys(spec).store(k, stored),
          Quantizer.ofValues(spec).store(v, stored));
    }
    if (poison) {
      var seen = KeyRows.seen(spec);
      if (family == InputFamily.POISON_ELEMENT) {
        Poison.unseenElements(spec, k, spec.k(), spec.headDim(), seen);
        Poison.unseenElements(spec, v, spec.v(), spec.valueDim(), seen);
      } else {
        Poison.unseenRows(spec, k, spec.k(), spec.headDim(), seen, gap);
        Poison.unseenRows(spec, v, spec.v(), spec.valueDim(), seen, gap);
      }
    }
    spec.keyValueType().round(k);
    spec.keyValueType().round(v);
    return new AttentionInputs(spec, description, q, k, v, NO_SCALES, NO_SCALES);
  }

  /**
   * Q, K and V given as contiguous [batch, heads, length, dim] arrays, laid out as the spec asks
   * and rounded to its types; gaps become NaN, since nothing may read them.
   *
   * @throws IllegalArgumentException where sequences share a page but differ in a row of it
   */
  public static AttentionInputs ofContiguous(
      AttentionSpec spec, String description, float[] q, float[] k, float[] v) {
    return new AttentionInputs(
        spec,
        description,
        Tensors.scatter(q, TensorRows.ofQueries(spec), spec.queryElements()),
        Tensors.scatter(k, TensorRows.ofKeys(spec), spec.keyElements()),
        Tensors.scatter(v, TensorRows.ofValues(spec), spec.valueElements()));
  }

  /** The same data for a spec that addresses it alike, for example with another mask. */
  public AttentionInputs withSpec(AttentionSpec other) {
    requireSame("types", types(spec), types(other));
    return new AttentionInputs(other, description, q, k, v, kScales, vScales);
  }

  /**
   * The same rows where another spec of the same problem wants them: another placement, another
   * layout. Rows that the other has no more are left out.
   *
   * @throws IllegalArgumentException where shapes, lengths or types differ, or where sequences
   *     share a page there and differ in a row of it
   */
  public AttentionInputs rearranged(AttentionSpec other) {
    requireSame("types", types(spec), types(other));
    requireSame("shape", shape(spec), shape(other));
    float[] movedScalesOfK = Tensors.moveScales(kScales, spec, other);
    float[] movedScalesOfV = Tensors.moveScales(vScales, spec, other);
    float[] movedK =
        Tensors.move(k, TensorRows.ofKeys(spec), TensorRows.ofKeys(other), other.keyElements());
    float[] movedV =
        Tensors.move(
            v, TensorRows.ofValues(spec), TensorRows.ofValues(other), other.valueElements());
    if (other.keyValueType().scaled()) {
      Quantizer.ofKeys(other).fillAbsent(movedK, movedScalesOfK);
      Quantizer.ofValues(other).fillAbsent(movedV, movedScalesOfV);
    }
    return new AttentionInputs(
        other,
        description,
        Tensors.move(
            q, TensorRows.ofQueries(spec), TensorRows.ofQueries(other), other.queryElements()),
        movedK,
        movedV,
        movedScalesOfK,
        movedScalesOfV);
  }

  /**
   * Codes of K in the order of its buffer, a byte each.
   *
   * @throws IllegalArgumentException unless the type is scaled
   */
  public byte[] keyCodes() {
    return Quantizer.ofKeys(spec).codes(k, kScales);
  }

  /** Codes of V, as {@link #keyCodes}. */
  public byte[] valueCodes() {
    return Quantizer.ofValues(spec).codes(v, vScales);
  }

  /** Bytes of the three buffers and of the scales. */
  public long bytes() {
    return (long) spec.queryType().bytes() * q.length
        + (long) spec.keyValueType().bytes() * (k.length + (long) v.length)
        + (long) ElementType.SCALE_BYTES * (kScales.length + (long) vScales.length);
  }

  private static float[] rounded(ElementType type, float[] values, String name, int required) {
    requireLength(name, values, required);
    return Rounding.rounded(type, values, name);
  }

  private static Quantizer.Stored stored(AttentionSpec spec, float[] values, boolean keys) {
    String name = keys ? "K" : "V";
    int required = keys ? spec.keyElements() : spec.valueElements();
    if (!spec.keyValueType().scaled()) {
      return new Quantizer.Stored(rounded(spec.keyValueType(), values, name, required), NO_SCALES);
    }
    requireLength(name, values, required);
    Quantizer quantizer = keys ? Quantizer.ofKeys(spec) : Quantizer.ofValues(spec);
    return quantizer.store(values, KeyRows.existing(spec));
  }

  private static float[] filled(int length, float value) {
    float[] array = new float[length];
    Arrays.fill(array, value);
    return array;
  }

  private static String types(AttentionSpec spec) {
    return spec.queryType().label() + " and " + spec.keyValueType().label();
  }

  private static String shape(AttentionSpec spec) {
    return "B%d H%d/%d D%dx%d, query lengths %s, key lengths %s"
        .formatted(
            spec.batch(),
            spec.queryHeads(),
            spec.kvHeads(),
            spec.headDim(),
            spec.valueDim(),
            spec.queryLengths(),
            spec.keyLengths());
  }

  private static void requireSame(String what, String own, String other) {
    if (!own.equals(other)) {
      throw new IllegalArgumentException(
          "data for the %s %s is none for %s".formatted(what, own, other));
    }
  }

  private static void requireLength(String name, float[] array, int required) {
    if (array.length < required) {
      throw new IllegalArgumentException(
          "%s has %,d elements, but its layout reaches to element %,d"
              .formatted(name, array.length, required));
    }
  }

  private static void requireScales(String name, float[] scales, int required) {
    if (scales.length != required) {
      throw new IllegalArgumentException(
          "%s has %,d scales, but its type and shape ask for %,d"
              .formatted(name, scales.length, required));
    }
  }

  /** Row (b, h, s) of a tensor starts here, as an array index. */
  public static int rowIndex(Layout layout, int b, int h, int s) {
    return Math.toIntExact(layout.row(b, h, s));
  }
}
