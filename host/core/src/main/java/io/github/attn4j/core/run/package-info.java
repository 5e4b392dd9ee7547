/** The whole flow on one screen: {@link io.github.attn4j.core.run.Evaluator}. */
@NullMarked
package io.github.attn4j.core.run;

import org.jspecify.annotations.NullMarked;
