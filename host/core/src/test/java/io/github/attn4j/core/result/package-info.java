@NullMarked
package io.github.attn4j.core.result;

import org.jspecify.annotations.NullMarked;
