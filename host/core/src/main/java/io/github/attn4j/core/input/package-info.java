/** Q, K and V: seeded distributions, adversarial packs, files. Second in the flow. */
@NullMarked
package io.github.attn4j.core.input;

import org.jspecify.annotations.NullMarked;
