/**
 * The JVM's own backend: the Vector API on every core, for comparison with devices and for machines
 * without one.
 */
@NullMarked
package io.github.attn4j.jvm;

import org.jspecify.annotations.NullMarked;
