@NullMarked
package io.github.attn4j.core.fuzz;

import org.jspecify.annotations.NullMarked;
