/** The OpenCL backend: discovery, program build and cache, staging, launch, through JOCL. */
@NullMarked
package io.github.attn4j.opencl;

import org.jspecify.annotations.NullMarked;
