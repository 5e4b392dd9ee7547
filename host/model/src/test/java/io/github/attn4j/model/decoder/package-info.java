@NullMarked
package io.github.attn4j.model.decoder;

import org.jspecify.annotations.NullMarked;
