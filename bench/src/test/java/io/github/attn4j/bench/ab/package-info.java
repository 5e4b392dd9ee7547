@NullMarked
package io.github.attn4j.bench.ab;

import org.jspecify.annotations.NullMarked;
