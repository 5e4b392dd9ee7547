/**
 * A causal language model on an open device, with weights drawn from a seed: {@link
 * io.github.attn4j.model.decoder.DecoderModel} is the way in, {@link
 * io.github.attn4j.model.decoder.DecoderBlock} one of its layers, {@link
 * io.github.attn4j.model.decoder.BlockOracle} what a block's result is held against.
 */
@NullMarked
package io.github.attn4j.model.decoder;

import org.jspecify.annotations.NullMarked;
