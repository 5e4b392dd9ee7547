/** Environment, JSON, Markdown, HTML and JUnit XML: the last in the flow. */
@NullMarked
package io.github.attn4j.core.report;

import org.jspecify.annotations.NullMarked;
