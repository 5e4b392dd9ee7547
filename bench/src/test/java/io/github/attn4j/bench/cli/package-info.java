@NullMarked
package io.github.attn4j.bench.cli;

import org.jspecify.annotations.NullMarked;
