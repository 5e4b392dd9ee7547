package io.github.attn4j.opencl;

import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.spec.AttentionSpec;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a session builds and launches for a kernel, a spec and a tuning.
 *
 * @param origin of the program's text
 * @param options that it is built with
 * @param stages launches, in order
 * @param keyParts parts that the keys of a row are split into; 1 in kernels that do not
 */
record LaunchPlan(ProgramOrigin origin, String options, List<Stage> stages, int keyParts) {
  /** Copies the stages. */
  LaunchPlan {
    stages = List.copyOf(stages);
  }

  /** The same with these stages alone. */
  LaunchPlan of(List<Stage> some) {
    return new LaunchPlan(origin, options, some, keyParts);
  }

  /** Build options: those of all that asks expressions, and the defines, storage's included. */
  static String options(
      Map<String, Integer> defines,
      AttentionSpec spec,
      DeviceInfo device,
      SequenceWords sequences) {
    StringBuilder options = new StringBuilder(Programs.options(sequences.dividesFloats(), device));
    Map<String, Integer> all = new TreeMap<>(defines);
    all.putAll(StorageDefines.of(spec));
    all.forEach((name, value) -> options.append(" -D").append(name).append('=').append(value));
    return options.toString();
  }
}
