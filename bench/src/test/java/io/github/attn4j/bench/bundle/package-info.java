/** Tests of the bundle: its script on made-up machines, its parts, and the whole of it at work. */
@NullMarked
package io.github.attn4j.bench.bundle;

import org.jspecify.annotations.NullMarked;
