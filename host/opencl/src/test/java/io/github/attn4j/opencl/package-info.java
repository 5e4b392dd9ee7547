@NullMarked
package io.github.attn4j.opencl;

import org.jspecify.annotations.NullMarked;
