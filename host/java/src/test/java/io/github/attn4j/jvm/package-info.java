/** Tests of the JVM's own backend. */
@NullMarked
package io.github.attn4j.jvm;

import org.jspecify.annotations.NullMarked;
