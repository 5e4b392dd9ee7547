/**
 * Attention kernels written in Java, which TornadoVM compiles for a device at run time. Nothing
 * here launches anything.
 */
@NullMarked
package io.github.attn4j.kernels.tornado;

import org.jspecify.annotations.NullMarked;
