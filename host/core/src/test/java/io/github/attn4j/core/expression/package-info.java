@NullMarked
package io.github.attn4j.core.expression;

import org.jspecify.annotations.NullMarked;
