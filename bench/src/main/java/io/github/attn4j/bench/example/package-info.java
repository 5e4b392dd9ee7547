/** Small uses of the suite that a page of docs shows, the command line runs and tests check. */
@NullMarked
package io.github.attn4j.bench.example;

import org.jspecify.annotations.NullMarked;
