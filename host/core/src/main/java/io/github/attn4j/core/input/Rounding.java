package io.github.attn4j.core.input;

import io.github.attn4j.core.spec.ElementType;

/** Numbers rounded to the type that stores them, where it can. */
public final class Rounding {
  private Rounding() {}

  /**
   * The numbers of a type next to some values.
   *
   * @param name of the tensor, for the message
   * @return a copy; the array itself for float32
   * @throws IllegalArgumentException naming the first finite element that the type would store as
   *     infinity: from there on everything would be infinite or NaN, and agree with everything
   */
  public static float[] rounded(ElementType type, float[] values, String name) {
    if (type == ElementType.F32) {
      return values;
    }
    float[] copy = values.clone();
    type.round(copy);
    for (int i = 0; i < copy.length; i++) {
      if (Float.isInfinite(copy[i]) && Float.isFinite(values[i])) {
        throw overflow(type, values[i], "%s[%d]".formatted(name, i));
      }
    }
    return copy;
  }

  /** Whether a type without scales stores a finite number as infinity. */
  public static boolean overflows(ElementType type, float value) {
    return Float.isFinite(value) && Float.isInfinite(type.round(value));
  }

  /** That a number overflows, where it was found, and the way out. */
  public static IllegalArgumentException overflow(ElementType type, float value, String place) {
    return new IllegalArgumentException(
        "%s = %s is beyond the largest number of %s, which would store infinity: %s"
            .formatted(
                place,
                value,
                type.label(),
                type == ElementType.F16 ? "take bf16 or f32" : "take f32"));
  }
}
