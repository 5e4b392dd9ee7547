package io.github.attn4j.bench.measure;

import io.github.attn4j.bench.peer.PeerId;

/**
 * A kernel and a rival on one problem, as text that survives the way into a forked JVM.
 *
 * @param peer the rival
 * @param ours the kernel and the problem
 */
public record PeerCell(PeerId peer, CellSpec ours) {
  private static final String SEPARATOR = "/";

  /** The cell as one word; {@link #decode} is its inverse. */
  String encode() {
    return peer.name() + SEPARATOR + ours.encode();
  }

  static PeerCell decode(String text) {
    int end = text.indexOf(SEPARATOR);
    if (end < 0) {
      throw new IllegalArgumentException("'" + text + "' is no cell of a peer");
    }
    return new PeerCell(
        PeerId.valueOf(text.substring(0, end)), CellSpec.decode(text.substring(end + 1)));
  }
}
