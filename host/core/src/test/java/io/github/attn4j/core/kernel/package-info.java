/** Tests of what a backend tells about its devices. */
@NullMarked
package io.github.attn4j.core.kernel;

import org.jspecify.annotations.NullMarked;
