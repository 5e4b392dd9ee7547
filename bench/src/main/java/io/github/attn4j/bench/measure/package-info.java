/** Measured cells: each one JMH run in a JVM of its own. */
@NullMarked
package io.github.attn4j.bench.measure;

import org.jspecify.annotations.NullMarked;
