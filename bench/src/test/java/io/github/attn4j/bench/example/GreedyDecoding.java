package io.github.attn4j.bench.example;

import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.Session;
import io.github.attn4j.model.decoder.CacheForm;
import io.github.attn4j.model.decoder.DecoderModel;
import io.github.attn4j.model.decoder.DecoderShape;
import io.github.attn4j.model.decoder.DecoderWeights;

/** A decoder goes on from a prompt, as docs/decoder.md shows it. */
final class GreedyDecoding {
  private GreedyDecoding() {}

  // page: greedy
  /** The likeliest continuation of a prompt, token by token. */
  static int[] generate(
      Session session, KernelVariant kernel, CacheForm form, int[] prompt, int count) {
    // 4 layers, d_model 256, 8 heads on 2 of keys and values, feed-forward 1,024.
    DecoderShape shape = new DecoderShape(4, 256, 8, 2, 1024, 1000, 128);
    DecoderWeights weights = DecoderWeights.draw(shape, 7);
    DecoderModel.Mode mode = new DecoderModel.Mode(form, false);
    try (DecoderModel model = new DecoderModel(session, kernel, shape, weights, mode)) {
      return model.generate(prompt, count);
    }
  }
  // page: end
}
