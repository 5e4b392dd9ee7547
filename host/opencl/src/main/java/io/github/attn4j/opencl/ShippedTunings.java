package io.github.attn4j.opencl;

import io.github.attn4j.core.kernel.Tunings;
import io.github.attn4j.core.tuning.StoredTunings;
import io.github.attn4j.core.tuning.TuningFile;
import io.github.attn4j.core.tuning.TuningRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Tunings that were measured on known devices, in kernels/opencl/tuning. */
final class ShippedTunings {
  /** A file for each kind of device; a class path cannot be listed. */
  static final List<String> FILES = List.of("pocl-avx512.json");

  private ShippedTunings() {}

  /** All of them, as they were measured. */
  static List<TuningRecord> records(Consumer<String> complaints) {
    List<TuningRecord> records = new ArrayList<>();
    for (String file : FILES) {
      records.addAll(
          TuningFile.parse(
              KernelSource.text("tuning/" + file), "kernels/opencl/tuning/" + file, complaints));
    }
    return records;
  }

  /** For sessions where nobody chooses; tests hold every record to the conformance gate. */
  static StoredTunings tunings() {
    Consumer<String> complaints = line -> System.err.println("attn: " + line);
    return new StoredTunings(
        records(complaints),
        "kernels/opencl/tuning",
        StoredTunings.Recheck.NONE,
        Tunings.OF_THE_KERNELS,
        complaints);
  }
}
