/**
 * What is known to be fast: tunings by device and class of shapes, on file; and the check that
 * stands between such a record and a result.
 */
@NullMarked
package io.github.attn4j.core.tuning;

import org.jspecify.annotations.NullMarked;
