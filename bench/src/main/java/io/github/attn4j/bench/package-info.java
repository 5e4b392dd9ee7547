/** What the command line and the benchmarks share: backends, devices and kernels by name. */
@NullMarked
package io.github.attn4j.bench;

import org.jspecify.annotations.NullMarked;
