@NullMarked
package io.github.attn4j.core.blockmap;

import org.jspecify.annotations.NullMarked;
