/** What the captured inputs promise, and the independent implementations that hold them to it. */
@NullMarked
package io.github.attn4j.model;

import org.jspecify.annotations.NullMarked;
