@NullMarked
package io.github.attn4j.core.reference;

import org.jspecify.annotations.NullMarked;
