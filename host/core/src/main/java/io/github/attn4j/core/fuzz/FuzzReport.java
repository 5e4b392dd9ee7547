package io.github.attn4j.core.fuzz;

import io.github.attn4j.core.report.Environment;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * All of a fuzzing run.
 *
 * @param schemaVersion {@value #SCHEMA_VERSION}
 * @param environment where and how it ran
 * @param complete false where it was interrupted, or a device was lost: what is there counts
 * @param lost what the lost device said; empty while all is well
 * @param firstCase number of the first case
 * @param cases how many were run, each on every kernel
 * @param seconds that this took
 * @param casesPerSecond of them
 * @param programsCompiled given to the driver's compiler
 * @param families cases by what their data was
 * @param refusals cases that a kernel said it cannot compute, by kernel and reason
 * @param kernels a tally each
 * @param failures in the order in which they were found
 */
public record FuzzReport(
    int schemaVersion,
    Environment environment,
    boolean complete,
    String lost,
    long firstCase,
    long cases,
    double seconds,
    double casesPerSecond,
    int programsCompiled,
    Map<String, Long> families,
    Map<String, Long> refusals,
    List<KernelTally> kernels,
    List<FuzzFailure> failures) {
  /** The first form. */
  public static final int SCHEMA_VERSION = 1;

  /** Copies what may change. */
  public FuzzReport {
    families = Collections.unmodifiableSortedMap(new TreeMap<>(families));
    refusals = Collections.unmodifiableSortedMap(new TreeMap<>(refusals));
    kernels = List.copyOf(kernels);
    failures = List.copyOf(failures);
  }
}
