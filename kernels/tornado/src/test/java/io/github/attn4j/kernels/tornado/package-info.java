/** Tests of what the kernels are as ordinary Java. */
@NullMarked
package io.github.attn4j.kernels.tornado;

import org.jspecify.annotations.NullMarked;
