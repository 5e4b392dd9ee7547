/**
 * Reads ONNX, which is protobuf, without classes generated from its schema: nodes with their
 * attributes, and tensors. Field numbers are those of the ONNX specification's onnx.proto, IR
 * version 3 and later.
 */
@NullMarked
package io.github.attn4j.model.onnx;

import org.jspecify.annotations.NullMarked;
