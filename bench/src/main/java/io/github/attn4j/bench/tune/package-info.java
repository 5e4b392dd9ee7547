/** The tuner: what is tried, in which order, what it must pass, and what becomes of the winner. */
@NullMarked
package io.github.attn4j.bench.tune;

import org.jspecify.annotations.NullMarked;
