/**
 * Random attention problems with everything around them poisoned, and what is made of a failure.
 */
@NullMarked
package io.github.attn4j.core.fuzz;

import org.jspecify.annotations.NullMarked;
