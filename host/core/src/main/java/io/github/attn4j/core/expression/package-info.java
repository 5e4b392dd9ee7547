/**
 * Masks and score modifiers written as one line: parsed, typed, evaluated, bounded, printed, and
 * emitted as OpenCL C from one tree. The language is docs/masks.md. Depends on the JDK alone.
 */
@NullMarked
package io.github.attn4j.core.expression;

import org.jspecify.annotations.NullMarked;
