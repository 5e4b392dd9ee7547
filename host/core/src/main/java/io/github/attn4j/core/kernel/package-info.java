/** The service interface a backend implements, and what a kernel variant declares about itself. */
@NullMarked
package io.github.attn4j.core.kernel;

import org.jspecify.annotations.NullMarked;
