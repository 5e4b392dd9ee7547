/** Devices that fail on demand, for tests of what is made of it. */
@NullMarked
package io.github.attn4j.bench.fault;

import org.jspecify.annotations.NullMarked;
