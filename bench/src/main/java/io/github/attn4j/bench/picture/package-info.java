/** Pictures of masks: as PNG files, and as text for a terminal. */
@NullMarked
package io.github.attn4j.bench.picture;

import org.jspecify.annotations.NullMarked;
