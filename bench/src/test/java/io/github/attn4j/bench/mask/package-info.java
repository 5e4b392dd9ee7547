@NullMarked
package io.github.attn4j.bench.mask;

import org.jspecify.annotations.NullMarked;
