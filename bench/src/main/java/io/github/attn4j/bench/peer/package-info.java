/**
 * Rivals: attention of other projects, run on this project's inputs and held against its oracle. A
 * rival's own libraries are in a module apart, {@code bench/peers}, that is built and loaded only
 * when asked for.
 */
@NullMarked
package io.github.attn4j.bench.peer;

import org.jspecify.annotations.NullMarked;
