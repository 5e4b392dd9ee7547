/** Two versions of the suite in alternating trials: {@code ./attn ab}. */
@NullMarked
package io.github.attn4j.bench.ab;

import org.jspecify.annotations.NullMarked;
