@NullMarked
package io.github.attn4j.core.spec;

import org.jspecify.annotations.NullMarked;
