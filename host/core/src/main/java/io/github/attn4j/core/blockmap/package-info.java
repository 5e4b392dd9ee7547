/**
 * Which blocks of the score matrix a mask leaves empty, fills, or cuts through: found by asking for
 * whole regions first and for pairs last.
 */
@NullMarked
package io.github.attn4j.core.blockmap;

import org.jspecify.annotations.NullMarked;
