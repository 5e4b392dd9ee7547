/**
 * What stands around attention in a transformer: the operations that a backend offers on tensors
 * that stay on its device, their definition in float64, and how far from it anybody may be.
 */
@NullMarked
package io.github.attn4j.core.layer;

import org.jspecify.annotations.NullMarked;
