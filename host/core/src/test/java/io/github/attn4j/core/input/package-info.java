/** What inputs promise: seeded values that others can recompute, files that cannot lie. */
@NullMarked
package io.github.attn4j.core.input;

import org.jspecify.annotations.NullMarked;
