package io.github.attn4j.core.report;

/** What a benchmark leaves in a file and other commands read again. */
public sealed interface Report permits BenchReport, PeerReport {
  /** Where and how it ran. */
  Environment environment();

  /** False if the run was interrupted: what is there was measured all the same. */
  boolean complete();
}
