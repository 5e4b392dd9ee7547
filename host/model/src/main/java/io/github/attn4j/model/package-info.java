/**
 * Real inputs: the queries, keys and values of layer 0 of all-MiniLM-L6-v2 over an English book.
 *
 * <p>{@link io.github.attn4j.model.ModelCapture} and its stand-in {@link
 * io.github.attn4j.model.CapturedFile} are the ways in. Weights come from the model's own ONNX
 * file, token ids from its own tokenizer; both ship inside a Maven artifact and nothing here opens
 * a network connection.
 */
@NullMarked
package io.github.attn4j.model;

import org.jspecify.annotations.NullMarked;
