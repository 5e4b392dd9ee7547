@NullMarked
package io.github.attn4j.core.report;

import org.jspecify.annotations.NullMarked;
