@NullMarked
package io.github.attn4j.bench.conform;

import org.jspecify.annotations.NullMarked;
