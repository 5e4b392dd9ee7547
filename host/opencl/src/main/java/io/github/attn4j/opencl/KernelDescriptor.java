package io.github.attn4j.opencl;

import io.github.attn4j.core.expression.SizeExpression;
import io.github.attn4j.core.kernel.TuningParameter;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What a user says of a kernel file, as {@link DescriptorReader} reads it; the fields are those of
 * docs/kernel-descriptor.schema.json.
 *
 * @param path of the descriptor, for messages
 * @param id the name after {@code file:}
 * @param macros computed from the spec, the tuning, and macros before them
 * @param tuning what may be chosen, with what is chosen where nobody does
 * @param constraints on specs, tunings and devices
 * @param launches in their order
 * @param localBytes local memory of a work-group
 * @param scratchFloats of the argument {@code scratch}
 * @param keyParts the struct's key_parts
 * @param tiles by which it skips what masks hide, where it does
 * @param features what it has code for
 */
record KernelDescriptor(
    Path path,
    String id,
    Map<String, SizeExpression> macros,
    List<Choice> tuning,
    List<Requirement> constraints,
    List<Launch> launches,
    SizeExpression localBytes,
    SizeExpression scratchFloats,
    SizeExpression keyParts,
    Optional<Tiles> tiles,
    GivenFeatures features) {
  /** Keeps lists and maps of its own, macros in their order. */
  KernelDescriptor {
    macros = Collections.unmodifiableMap(new LinkedHashMap<>(macros));
    tuning = List.copyOf(tuning);
    constraints = List.copyOf(constraints);
    launches = List.copyOf(launches);
  }

  /**
   * The constraints that no choice decides, neither by itself nor through a macro: asked before
   * there is a tuning, since a default may make sense only where they hold.
   */
  List<Requirement> constraintsBeforeTuning() {
    Set<String> chosen = new HashSet<>();
    tuning.forEach(choice -> chosen.add(choice.parameter().name()));
    macros.forEach((name, size) -> {
      if (chosen.stream().anyMatch(size::uses)) {
        chosen.add(name);
      }
    });
    return constraints.stream()
        .filter(constraint -> chosen.stream().noneMatch(constraint.condition()::uses))
        .toList();
  }

  /** A tuning parameter, and its value where nobody chooses. */
  record Choice(TuningParameter parameter, SizeExpression otherwise) {}

  /** What must hold, and why. */
  record Requirement(SizeExpression condition, String because) {}

  /** A launch of a function: work-items in all and in a work-group, by dimension. */
  record Launch(String function, List<SizeExpression> global, List<SizeExpression> local) {
    /** Copies the sizes. */
    Launch {
      global = List.copyOf(global);
      local = List.copyOf(local);
    }
  }

  /** Sizes of tiles, and whether they follow the block map. */
  record Tiles(SizeExpression queries, SizeExpression keys, boolean alongBlockMap) {}
}
