/** What is to be computed: shapes, masks, layouts. First in the flow; depends on nothing. */
@NullMarked
package io.github.attn4j.core.spec;

import org.jspecify.annotations.NullMarked;
