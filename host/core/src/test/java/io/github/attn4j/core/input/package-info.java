@NullMarked
package io.github.attn4j.core.input;

import org.jspecify.annotations.NullMarked;
