@NullMarked
package io.github.attn4j.core;

import org.jspecify.annotations.NullMarked;
