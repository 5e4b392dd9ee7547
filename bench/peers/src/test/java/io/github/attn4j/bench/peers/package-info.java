@NullMarked
package io.github.attn4j.bench.peers;

import org.jspecify.annotations.NullMarked;
