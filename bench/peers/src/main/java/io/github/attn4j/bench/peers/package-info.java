/**
 * Attention of libtorch and ONNX Runtime. Loaded by {@link io.github.attn4j.bench.peer.PeerModule}
 * when asked for.
 */
@NullMarked
package io.github.attn4j.bench.peers;

import org.jspecify.annotations.NullMarked;
