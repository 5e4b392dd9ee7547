/** Fixtures that tests of several modules use; no part of the product. */
@NullMarked
package io.github.attn4j.testing;

import org.jspecify.annotations.NullMarked;
