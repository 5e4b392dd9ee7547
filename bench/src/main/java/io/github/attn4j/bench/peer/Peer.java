package io.github.attn4j.bench.peer;

import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.kernel.Support;
import io.github.attn4j.core.spec.AttentionSpec;

/**
 * Attention of another project on the host's processor: what a kernel's wall time is compared with.
 * Constructors load native libraries; where these cannot be loaded they throw {@link
 * io.github.attn4j.core.kernel.BackendException.Unavailable}.
 */
public interface Peer {
  /** Name and version of the library as it names itself, for reports. */
  String version();

  /** Whether it can compute a spec; never by computing another one. */
  Support supports(AttentionSpec spec);

  /**
   * Copies the inputs, bit for bit, into tensors of its own in the host's memory, and does
   * everything that needs to be done once.
   *
   * @param inputs of a spec that it supports
   * @param threads that it may compute with, the caller's included
   */
  PreparedPeer prepare(AttentionInputs inputs, int threads);
}
