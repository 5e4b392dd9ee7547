package io.github.attn4j.core.tuning;

import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.Support;
import io.github.attn4j.core.kernel.Tuning;
import io.github.attn4j.core.kernel.Tunings;
import io.github.attn4j.core.spec.AttentionSpec;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * Tunings from records. One that is of another driver or source, that the kernel does not admit, or
 * that fails its re-check is passed over with a word, once; so is one that was measured against
 * something else than what runs without it now, for it says nothing about that. One that says that
 * the default stayed chooses nothing: whoever chooses where there is no record does.
 */
public final class StoredTunings implements Tunings {
  private final List<TuningRecord> records;
  private final String where;
  private final Recheck recheck;
  private final Tunings otherwise;
  private final Consumer<String> complaints;
  private final Set<String> said = ConcurrentHashMap.newKeySet();

  /** Whether a tuning that was right when it was measured still is. */
  @FunctionalInterface
  public interface Recheck {
    /** Believes every record. */
    Recheck NONE = (variant, tuning, spec, device) -> Optional.empty();

    /**
     * Checks a tuning for the class of shapes that a problem is of.
     *
     * @return what is wrong; empty where nothing is
     */
    Optional<String> failure(
        KernelVariant variant, Tuning tuning, AttentionSpec spec, DeviceInfo device);
  }

  /**
   * Tunings from records.
   *
   * @param where they come from, for messages: a file
   * @param recheck asked before a tuning is used, and expected to remember its answers
   * @param otherwise who chooses where no record does
   * @param complaints hears of records that are passed over
   */
  public StoredTunings(
      List<TuningRecord> records,
      String where,
      Recheck recheck,
      Tunings otherwise,
      Consumer<String> complaints) {
    this.records = List.copyOf(records);
    this.where = where;
    this.recheck = recheck;
    this.otherwise = otherwise;
    this.complaints = complaints;
  }

  /** The same records behind a check. */
  public StoredTunings rechecked(Recheck other, Consumer<String> heardBy) {
    return new StoredTunings(records, where, other, otherwise, heardBy);
  }

  @Override
  public Tuning of(KernelVariant variant, AttentionSpec spec, DeviceInfo device) {
    Tuning without = otherwise.of(variant, spec, device);
    // Records differ from shape to shape, and with the tuning the order of additions may.
    if (!variant.tuningParameters().isEmpty() && !spec.deterministic()) {
      ShapeClass shapes = ShapeClass.of(spec, device);
      List<TuningRecord> concerned =
          records.stream().filter(record -> record.concerns(variant, device, shapes)).toList();
      Optional<TuningRecord> ofDriver =
          concerned.stream().filter(record -> record.isOfDriver(device)).findFirst();
      if (ofDriver.isPresent()) {
        return ofDriver.get().beatsDefault()
            ? usable(ofDriver.get(), variant, spec, device, without).orElse(without)
            : without;
      } else if (!concerned.isEmpty()) {
        TuningRecord other = concerned.getFirst();
        passOver(
            other,
            variant,
            "it was measured with driver '%s', and this is '%s'"
                .formatted(other.driver(), device.driver()));
      }
    }
    return without;
  }

  private Optional<Tuning> usable(
      TuningRecord record,
      KernelVariant variant,
      AttentionSpec spec,
      DeviceInfo device,
      Tuning without) {
    Tuning tuning = Tuning.parse(record.tuning());
    String fault;
    if (!record.source().equals(variant.sourceDigest())) {
      fault = "the kernel's source has changed since it was measured";
    } else if (!Tuning.parse(record.defaultTuning()).equals(without)) {
      fault =
          "it was measured against '%s', and without it '%s' runs"
              .formatted(record.defaultTuning(), without.label());
    } else {
      fault =
          switch (variant.admits(tuning, spec, device)) {
            case Support.No no -> no.reason();
            case Support.Yes yes ->
                recheck
                    .failure(variant, tuning, spec, device)
                    .map(failure -> "it fails its check: " + failure)
                    .orElse("");
          };
    }
    if (fault.isEmpty()) {
      return Optional.of(tuning);
    }
    passOver(record, variant, fault);
    return Optional.empty();
  }

  private void passOver(TuningRecord record, KernelVariant variant, String why) {
    String message =
        "the tuning '%s' of %s in %s is not used: %s. ./attn tune %s measures it anew, --untuned asks for none"
            .formatted(record.tuning(), record.label(), where, why, variant.options());
    if (said.add(message)) {
      complaints.accept(message);
    }
  }
}
