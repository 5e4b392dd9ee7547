/**
 * Packs the suite for machines that have neither Java nor an OpenCL loader: runtime, jars, loader,
 * captured model inputs and a run script in one folder.
 */
@NullMarked
package io.github.attn4j.bench.bundle;

import org.jspecify.annotations.NullMarked;
