@NullMarked
package io.github.attn4j.bench.picture;

import org.jspecify.annotations.NullMarked;
