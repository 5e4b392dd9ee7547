/** Worked examples: docs/lessons.md and docs/why-attention.md do what they say. */
@NullMarked
package io.github.attn4j.bench.lesson;

import org.jspecify.annotations.NullMarked;
