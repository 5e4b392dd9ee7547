/** Which problems a benchmark measures: sweeps, models' shapes, files of shapes. */
@NullMarked
package io.github.attn4j.bench.shape;

import org.jspecify.annotations.NullMarked;
