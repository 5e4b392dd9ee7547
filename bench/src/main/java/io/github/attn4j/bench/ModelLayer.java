package io.github.attn4j.bench;

import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.kernel.BackendException;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.Session;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.jvm.JavaBackend;
import io.github.attn4j.jvm.JavaKernel;
import io.github.attn4j.model.CapturedProjections;
import io.github.attn4j.model.EncoderModel;
import io.github.attn4j.model.ModelCapture;

/**
 * Q, K and V of any layer of all-MiniLM-L6-v2 over a window of the text that ships with the
 * project: those of layer 0 need the embedding alone ({@link InputSource#MODEL}), of later ones all
 * that comes before, which the JVM's own backend computes, so that every machine has them. Its sums
 * depend on the width of the processor's vectors: not the same bits everywhere.
 */
public final class ModelLayer {
  private ModelLayer() {}

  /**
   * Computes them.
   *
   * @param spec {@value InputSource#MODEL_HEADS} heads of {@value InputSource#MODEL_HEAD_DIM}, one
   *     batch, at most a window
   * @param layer from 0 on
   * @throws IllegalArgumentException if there is no such layer
   * @throws io.github.attn4j.model.ModelLoadException if the model cannot be had
   */
  public static AttentionInputs inputs(AttentionSpec spec, int layer) {
    JavaBackend backend = new JavaBackend();
    DeviceInfo device =
        backend.devices().stream()
            .findFirst()
            .orElseThrow(() -> new BackendException.Unavailable(backend.missing().getFirst()));
    try (Session session = backend.open(device);
        EncoderModel model = EncoderModel.load(session, JavaKernel.FLASH)) {
      int[] ids = ModelCapture.load().tokenIds(spec.queryLength());
      CapturedProjections captured = model.projections(layer, ids);
      return AttentionInputs.ofContiguous(
          spec,
          "all-MiniLM-L6-v2 layer %d, tokens from 0".formatted(layer),
          captured.q(),
          captured.k(),
          captured.v());
    }
  }
}
