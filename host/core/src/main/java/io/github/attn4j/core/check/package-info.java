/** Error budgets, and the comparison of a device's result with the oracle. */
@NullMarked
package io.github.attn4j.core.check;

import org.jspecify.annotations.NullMarked;
