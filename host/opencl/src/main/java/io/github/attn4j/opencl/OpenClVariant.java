package io.github.attn4j.opencl;

import io.github.attn4j.core.expression.MaskExpression;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.Support;
import io.github.attn4j.core.kernel.Tuning;
import io.github.attn4j.core.spec.AttentionSpec;

/**
 * An attention kernel as a session runs it: one of the suite's, which {@link OpenClKernel} lists,
 * or a user's, of a file and its descriptor ({@link GivenKernel}).
 */
sealed interface OpenClVariant extends KernelVariant permits OpenClKernel, GivenKernel {
  /**
   * What to build and to launch, for a spec and a tuning that it admits.
   *
   * @param sequences of the staged inputs: an expression's division is an option of the build
   */
  LaunchPlan plan(AttentionSpec spec, DeviceInfo device, Tuning tuning, SequenceWords sequences);

  /** Whether the device sees the pairs of the mask's expression that the reference sees. */
  static Support seesAsTheHost(AttentionSpec spec, DeviceInfo device) {
    MaskExpression mask = spec.canonicalMask().expression();
    // A score that is off by as little as that stays within its error budget; a pair does not.
    if (mask != null && mask.dividesFloats() && !OpenClDevice.dividesAsTheHost(device)) {
      return Support.no(
          "%s divides floats, and %s does not round quotients correctly: it may see other pairs than the reference. Compare products instead"
              .formatted(spec.mask().label(), device.name()));
    }
    if (mask != null && mask.comparesFloats() && !OpenClDevice.keepsDenormals(device)) {
      return Support.no(
          "%s compares floats, and %s takes the smallest ones for 0: it may see other pairs than the reference. Compare ints instead"
              .formatted(spec.mask().label(), device.name()));
    }
    return Support.yes();
  }

  /** Refuses, for a deterministic spec, every tuning but the kernel's own. */
  static Support ownTuningWhereDeterministic(
      KernelVariant kernel, Tuning tuning, AttentionSpec spec, DeviceInfo device) {
    return spec.deterministic() && !tuning.equals(kernel.defaultTuning(spec, device))
        ? Support.no(
            "deterministic results come from its own tuning '%s', not from '%s', with which sums may be in another order"
                .formatted(kernel.defaultTuning(spec, device).label(), tuning.label()))
        : Support.yes();
  }
}
