/** How options, shape files and reports write masks and scores. */
@NullMarked
package io.github.attn4j.bench.mask;

import org.jspecify.annotations.NullMarked;
