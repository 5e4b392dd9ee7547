/** What attends to what in a model, for a person: patterns of a text, as a page and as text. */
@NullMarked
package io.github.attn4j.bench.explain;

import org.jspecify.annotations.NullMarked;
