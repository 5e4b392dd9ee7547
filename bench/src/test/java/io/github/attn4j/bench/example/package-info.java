/** What pages in docs show, compiled and run. */
@NullMarked
package io.github.attn4j.bench.example;

import org.jspecify.annotations.NullMarked;
