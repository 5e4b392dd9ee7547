package io.github.attn4j.opencl;

import io.github.attn4j.core.expression.SizeExpression;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.Tuning;
import io.github.attn4j.core.spec.AttentionSpec;
import java.util.HashMap;
import java.util.Map;

/**
 * What the names of a descriptor's expressions stand for, for a spec, a device and a tuning. A
 * macro is counted when it is first asked for: one that makes no sense where a constraint does not
 * hold is never asked for there.
 */
final class GivenValues {
  private final KernelDescriptor descriptor;
  private final AttentionSpec spec;
  private final Tuning tuning;
  private final Map<String, Long> values;

  /**
   * Counts nothing yet.
   *
   * @param tuning empty where nothing is chosen yet: its names may not be used then
   */
  GivenValues(KernelDescriptor descriptor, AttentionSpec spec, DeviceInfo device, Tuning tuning) {
    this.descriptor = descriptor;
    this.spec = spec;
    this.tuning = tuning;
    values = new HashMap<>(GivenNames.of(spec, device));
    tuning.values().forEach((name, value) -> values.put(name, (long) value));
  }

  /** What it is of, for messages. */
  String of() {
    return tuning.equals(Tuning.NONE)
        ? spec.label()
        : "%s and %s".formatted(spec.label(), tuning.label());
  }

  /**
   * The size in a field.
   *
   * @throws IllegalArgumentException naming the field, where a divisor is 0 or it leaves 64 bits
   */
  long count(String place, SizeExpression size) {
    try {
      return size.value(this::named);
    } catch (Uncountable e) {
      throw e;
    } catch (IllegalArgumentException e) {
      throw new Uncountable(
          "%s: %s cannot be counted for %s: %s"
              .formatted(descriptor.path(), place, of(), e.getMessage()),
          e);
    }
  }

  /**
   * The size in a field that has a range.
   *
   * @throws IllegalArgumentException naming the field, and the range, where it is beyond that
   */
  long count(String place, SizeExpression size, long least, long most) {
    long value = count(place, size);
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          "%s: %s is %,d for %s, and should be %d to %,d"
              .formatted(descriptor.path(), place, value, of(), least, most));
    }
    return value;
  }

  /** Whether a constraint holds; as {@link #count(String, SizeExpression)}. */
  boolean holds(SizeExpression condition) {
    try {
      return condition.holds(this::named);
    } catch (Uncountable e) {
      throw e;
    } catch (IllegalArgumentException e) {
      throw new Uncountable(
          "%s: a constraint cannot be asked for %s: %s"
              .formatted(descriptor.path(), of(), e.getMessage()),
          e);
    }
  }

  /** The value of a macro of the descriptor, or of another name. */
  long named(String name) {
    Long known = values.get(name);
    if (known != null) {
      return known;
    }
    SizeExpression macro = descriptor.macros().get(name);
    if (macro == null) {
      throw new IllegalStateException("no value of " + name + " among " + values.keySet());
    }
    long value = count("macros." + name, macro);
    values.put(name, value);
    return value;
  }

  /** Says where already: what asked for the value has nothing to add. */
  private static final class Uncountable extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    Uncountable(String message, Throwable cause) {
      super(message, cause);
    }
  }
}
