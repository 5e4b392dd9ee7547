/** Shapes by name and from files. */
@NullMarked
package io.github.attn4j.bench.shape;

import org.jspecify.annotations.NullMarked;
