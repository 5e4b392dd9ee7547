@NullMarked
package io.github.attn4j.bench.tune;

import org.jspecify.annotations.NullMarked;
