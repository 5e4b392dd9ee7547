/** Kernels that a user brings, as files: what they start from. */
@NullMarked
package io.github.attn4j.bench.kernel;

import org.jspecify.annotations.NullMarked;
