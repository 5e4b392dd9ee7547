/**
 * The ONNX operator {@code Attention}, held against cases that come with expected outputs: a
 * standard's node tests, and generated ones.
 */
@NullMarked
package io.github.attn4j.bench.conform;

import org.jspecify.annotations.NullMarked;
