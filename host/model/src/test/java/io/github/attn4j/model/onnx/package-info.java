@NullMarked
package io.github.attn4j.model.onnx;

import org.jspecify.annotations.NullMarked;
