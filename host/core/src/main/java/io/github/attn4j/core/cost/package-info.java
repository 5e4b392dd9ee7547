/**
 * What a transformer costs before anything runs: parameters, arithmetic and memory, each figure
 * with its formula.
 */
@NullMarked
package io.github.attn4j.core.cost;

import org.jspecify.annotations.NullMarked;
