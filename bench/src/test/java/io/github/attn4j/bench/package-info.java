/** Tests of what is not inside the JVM: the launcher. */
@NullMarked
package io.github.attn4j.bench;

import org.jspecify.annotations.NullMarked;
