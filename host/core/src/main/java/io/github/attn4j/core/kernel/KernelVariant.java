package io.github.attn4j.core.kernel;

import io.github.attn4j.core.spec.AttentionSpec;
import java.util.List;
import java.util.Locale;

/** One way to compute attention: a constant of a backend's kernel enum. */
public interface KernelVariant {

  /** The constant's name, in upper case; enums have it already. */
  String name();

  /** Id of the backend that runs it, for example {@code opencl}. */
  String backend();

  /** File stem and kernel prefix: the constant's name in lower case. */
  default String id() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** What options and reports call it: {@code backend:id}. */
  default String globalId() {
    return backend() + ":" + id();
  }

  /** The options by which a command line names it, as they can be pasted into a shell. */
  default String options() {
    return "--kernel " + globalId();
  }

  /** Whether it computes this spec on this device, with its default tuning at least. */
  Support supports(AttentionSpec spec, DeviceInfo device);

  /**
   * Forms of Q, K, V and O that it has code for; float32 in padded rows unless declared. Part of
   * what {@link #supports} answers.
   */
  default StorageForms storageForms() {
    return StorageForms.PLAIN;
  }

  /** What may be chosen about it; nothing unless declared. */
  default List<TuningParameter> tuningParameters() {
    return List.of();
  }

  /**
   * What it runs with where nothing better is known: every parameter has a value, and {@link
   * #admits} lets it through wherever the spec is supported.
   */
  default Tuning defaultTuning(AttentionSpec spec, DeviceInfo device) {
    return Tuning.NONE;
  }

  /**
   * Whether it can compute a supported spec with this tuning: every parameter has a declared value,
   * the device's limits hold, and so does whatever else the kernel asks for.
   */
  default Support admits(Tuning tuning, AttentionSpec spec, DeviceInfo device) {
    return TuningParameter.declared(this, tuning);
  }

  /**
   * A digest of the program text that it is compiled from, so that what was measured of another
   * program is not believed of this one; empty where there is no such text.
   */
  default String sourceDigest() {
    return "";
  }

  /** What a launch with this tuning asks of a device, as far as the kernel can say. */
  default Footprint footprint(AttentionSpec spec, DeviceInfo device, Tuning tuning) {
    return Footprint.UNKNOWN;
  }

  /**
   * Whether the score matrix goes through memory: it does where passes are launches of their own,
   * and does not in fused kernels.
   */
  default boolean keepsScores() {
    return false;
  }

  /** How it skips what a mask hides, for this spec on this device with this tuning. */
  default Tiling tiling(AttentionSpec spec, DeviceInfo device, Tuning tuning) {
    return Tiling.SKIPS_NOTHING;
  }

  /** Bytes it allocates on a device besides Q, K, V, O, LSE and the mask. */
  long scratchBytes(AttentionSpec spec, DeviceInfo device, Tuning tuning);

  /** The formula behind {@link #scratchBytes}, as reports print it. */
  String scratchFormula();
}
