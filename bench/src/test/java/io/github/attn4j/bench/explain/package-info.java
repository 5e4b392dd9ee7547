@NullMarked
package io.github.attn4j.bench.explain;

import org.jspecify.annotations.NullMarked;
