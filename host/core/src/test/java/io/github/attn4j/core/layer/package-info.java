@NullMarked
package io.github.attn4j.core.layer;

import org.jspecify.annotations.NullMarked;
