@NullMarked
package io.github.attn4j.core.cost;

import org.jspecify.annotations.NullMarked;
