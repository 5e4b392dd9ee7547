@NullMarked
package io.github.attn4j.core.tuning;

import org.jspecify.annotations.NullMarked;
