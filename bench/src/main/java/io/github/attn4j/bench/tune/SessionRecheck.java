package io.github.attn4j.bench.tune;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.Session;
import io.github.attn4j.core.kernel.Tuning;
import io.github.attn4j.core.kernel.Tunings;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.ElementType;
import io.github.attn4j.core.spec.RowPlacement;
import io.github.attn4j.core.tuning.ConformanceGate;
import io.github.attn4j.core.tuning.ShapeClass;
import io.github.attn4j.core.tuning.StoredTunings;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Holds a stored tuning to the conformance gate the first time that a process asks for it, in a
 * session of its own. What the gate compiles the next session finds in the cache.
 */
public final class SessionRecheck implements StoredTunings.Recheck {
  private final Backends backends;
  private final Map<Question, Optional<String>> answers = new HashMap<>();

  /**
   * What an answer depends on: the gate asks about dimensions, types, the size of pages and the
   * kinds of expressions.
   *
   * @param pageSize 0 where keys do not lie on pages
   */
  private record Question(
      String kernel,
      String device,
      Tuning tuning,
      int headDim,
      int valueDim,
      boolean expression,
      boolean scoreExpression,
      ElementType queryType,
      ElementType keyValueType,
      int pageSize) {}

  /** On the devices of these backends. */
  public SessionRecheck(Backends backends) {
    this.backends = backends;
  }

  @Override
  public Optional<String> failure(
      KernelVariant variant, Tuning tuning, AttentionSpec spec, DeviceInfo device) {
    ShapeClass shapes = ShapeClass.of(spec, device);
    Question question =
        new Question(
            variant.globalId(),
            device.backend() + ":" + device.index(),
            tuning,
            shapes.headDim(),
            shapes.valueDim(),
            shapes.masking() == ShapeClass.Masking.EXPRESSION,
            shapes.scoreExpression(),
            shapes.queryType(),
            shapes.keyValueType(),
            spec.keyPlacement() instanceof RowPlacement.Paged pages ? pages.pageSize() : 0);
    // The kernel's own default is what the whole test suite runs: nothing to ask.
    if (tuning.equals(variant.defaultTuning(spec, device))) {
      return Optional.empty();
    }
    Optional<String> known = answers.get(question);
    if (known == null) {
      known = ask(variant, tuning, spec, device);
      answers.put(question, known);
    }
    return known;
  }

  private Optional<String> ask(
      KernelVariant variant, Tuning tuning, AttentionSpec spec, DeviceInfo device) {
    try (Session session =
        backends.backend(variant.backend()).open(device, Tunings.OF_THE_KERNELS)) {
      return new ConformanceGate(spec)
          .refusal(session, variant, tuning)
          .map(ConformanceGate.Refusal::label);
    }
  }
}
