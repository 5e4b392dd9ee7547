package io.github.attn4j.bench.measure;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.core.kernel.Backend;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.Support;
import io.github.attn4j.core.kernel.Tuning;
import io.github.attn4j.core.kernel.Tunings;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.Mask;
import io.github.attn4j.opencl.GivenKernel;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * What a cell's kernel runs with, on its way into the fork: chosen once, by the parent, so that all
 * forks of a cell run the same and what is said about stored tunings is said once.
 *
 * @param kernel global id of the cell's kernel, whose tunings these are
 * @param own of the cell's problem; empty where the kernel does not support it
 * @param withoutMask of the same problem without its mask, which may be another class of shapes
 * @param file where the kernel is one that a user brings
 */
record CellTunings(
    String kernel, Optional<Tuning> own, Optional<Tuning> withoutMask, Optional<GivenKernel> file) {
  static final String OWN = "attn.cell.tuning";
  static final String WITHOUT_MASK = "attn.cell.tuning.unmasked";

  /** Between the kernel and its tuning; neither has one. */
  private static final char SEPARATOR = '/';

  static CellTunings choose(Backends backends, Function<Backend, Tunings> chooser, CellSpec cell) {
    KernelVariant kernel = backends.kernel(cell.kernel());
    Tunings tunings = chooser.apply(backends.backend(kernel.backend()));
    DeviceInfo device = backends.device(cell.device());
    return new CellTunings(
        kernel.globalId(),
        choose(tunings, kernel, cell.spec(), device),
        choose(tunings, kernel, cell.withoutMask().spec(), device),
        kernel instanceof GivenKernel given ? Optional.of(given) : Optional.empty());
  }

  private static Optional<Tuning> choose(
      Tunings tunings, KernelVariant kernel, AttentionSpec spec, DeviceInfo device) {
    return kernel.supports(spec, device) instanceof Support.No
        ? Optional.empty()
        : Optional.of(tunings.of(kernel, spec, device));
  }

  /** For the fork; commas, since a space may not survive on the way there. */
  List<String> jvmArguments() {
    List<String> arguments = new ArrayList<>();
    own.ifPresent(tuning -> arguments.add(argument(OWN, tuning)));
    withoutMask.ifPresent(tuning -> arguments.add(argument(WITHOUT_MASK, tuning)));
    file.ifPresent(given -> arguments.addAll(GivenInFork.jvmArguments(given)));
    return arguments;
  }

  private String argument(String property, Tuning tuning) {
    return "-D" + property + "=" + kernel + SEPARATOR + tuning.label().replace(' ', ',');
  }

  /**
   * In the fork: what the parent chose for the cell's kernel, and for no other. A default in place
   * of what is missing would be measured under the name of what was chosen.
   */
  static Tunings inFork(CellSpec cell) {
    boolean masked = !(cell.spec().mask() instanceof Mask.None);
    return (variant, spec, device) -> {
      boolean unmasked = masked && spec.mask() instanceof Mask.None;
      return ofProperty(unmasked ? WITHOUT_MASK : OWN, variant, spec);
    };
  }

  private static Tuning ofProperty(String property, KernelVariant variant, AttentionSpec spec) {
    String value = System.getProperty(property);
    if (value == null) {
      throw new IllegalStateException(
          "no tuning of %s for %s came from the parent: -D%s is missing"
              .formatted(variant.globalId(), spec.label(), property));
    }
    int end = value.indexOf(SEPARATOR);
    if (end < 0 || !value.substring(0, end).equals(variant.globalId())) {
      throw new IllegalStateException(
          "-D%s=%s is no tuning of %s".formatted(property, value, variant.globalId()));
    }
    return Tuning.parse(value.substring(end + 1));
  }
}
