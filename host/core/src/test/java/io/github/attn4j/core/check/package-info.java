@NullMarked
package io.github.attn4j.core.check;

import org.jspecify.annotations.NullMarked;
