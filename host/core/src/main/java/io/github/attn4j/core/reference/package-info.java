/** The float64 oracle and the plain low-precision version that error budgets need. */
@NullMarked
package io.github.attn4j.core.reference;

import org.jspecify.annotations.NullMarked;
