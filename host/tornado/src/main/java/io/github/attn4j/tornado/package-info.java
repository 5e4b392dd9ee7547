/**
 * Runs the kernels of {@code io.github.attn4j.kernels.tornado} through TornadoVM. {@link
 * io.github.attn4j.tornado.TornadoBackend} and {@link io.github.attn4j.tornado.TornadoKernel} load
 * without its SDK; everything else here is touched only where the SDK is.
 */
@NullMarked
package io.github.attn4j.tornado;

import org.jspecify.annotations.NullMarked;
