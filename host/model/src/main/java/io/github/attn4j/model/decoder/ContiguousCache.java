package io.github.attn4j.model.decoder;

import io.github.attn4j.core.kernel.PreparedKernel;
import io.github.attn4j.core.kernel.StagedInputs;
import io.github.attn4j.core.layer.AttentionTensors;
import io.github.attn4j.core.layer.DeviceTensor;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.Layout;

/**
 * Rows of all layers in two tensors, [layers, context, kvHeads, headDim], which attention is bound
 * to.
 */
final class ContiguousCache implements DecoderCache {
  private final Attention attention;
  private final int context;
  private final DeviceTensor keys;
  private final DeviceTensor values;

  ContiguousCache(Attention attention, int layers, int context) {
    this.attention = attention;
    this.context = context;
    int elements = elements(attention.shape(), layers, context);
    keys = attention.session().layers().allocate("cached keys", elements);
    boolean complete = false;
    try {
      values = attention.session().layers().allocate("cached values", elements);
      complete = true;
    } finally {
      if (!complete) {
        keys.close(); // nobody else can
      }
    }
  }

  /**
   * Of each tensor.
   *
   * @throws IllegalArgumentException if no tensor has so many
   */
  static int elements(BlockShape shape, int layers, int context) {
    return Elements.of(
        "cached keys of %d layers and a context of %,d".formatted(layers, context),
        "choose a shorter context, or the cache on pages",
        (long) layers * context,
        shape.keyWidth());
  }

  @Override
  public void attend(int layer, int first, int rows, BlockTensors tensors) {
    BlockShape shape = attention.shape();
    int width = shape.keyWidth();
    float[] projected = tensors.projected().read(rows * shape.projectedWidth());
    int at = (layer * context + first) * width;
    keys.write(at, part(projected, rows, shape.queryWidth()));
    values.write(at, part(projected, rows, shape.queryWidth() + width));
    int present = first + rows;
    Layout ofLayer =
        new Layout((long) layer * context * width, (long) context * width, shape.headDim(), width);
    AttentionSpec spec =
        attention.complete(AttentionSpec.builder(), rows, present, ofLayer, ofLayer).build();
    try (StagedInputs staged =
            attention
                .session()
                .stage(
                    spec,
                    new AttentionTensors(tensors.projected(), keys, values, tensors.attended()));
        PreparedKernel prepared = attention.prepare(staged)) {
      prepared.run();
    }
  }

  private float[] part(float[] projected, int rows, int at) {
    int width = attention.shape().keyWidth();
    float[] part = new float[rows * width];
    for (int row = 0; row < rows; row++) {
      System.arraycopy(
          projected, row * attention.shape().projectedWidth() + at, part, row * width, width);
    }
    return part;
  }

  /** What is behind is written over. */
  @Override
  public void truncate(int length) {}

  @Override
  public long deviceBytes() {
    return (long) Float.BYTES * (keys.elements() + (long) values.elements());
  }

  @Override
  public void close() {
    keys.close();
    values.close();
  }
}
