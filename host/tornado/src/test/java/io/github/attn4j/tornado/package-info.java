/** Tests of the TornadoVM backend; those that need its SDK say so where there is none. */
@NullMarked
package io.github.attn4j.tornado;

import org.jspecify.annotations.NullMarked;
