package io.github.attn4j.model.decoder;

import io.github.attn4j.core.kernel.CacheShape;
import io.github.attn4j.core.kernel.KeyValueCache;
import io.github.attn4j.core.kernel.PreparedKernel;
import io.github.attn4j.core.kernel.StagedInputs;
import io.github.attn4j.core.result.AttentionOutput;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.ElementType;
import java.util.List;

/** Every layer's rows are a sequence of one cache on pages. */
final class PagedCache implements DecoderCache {
  private static final int PAGE_ROWS = 16;

  private final Attention attention;
  private final int layers;
  private final KeyValueCache cache;

  PagedCache(Attention attention, int layers, int context) {
    this.attention = attention;
    this.layers = layers;
    BlockShape shape = attention.shape();
    int pages = pages(layers, context);
    cache =
        attention
            .session()
            .openCache(
                new CacheShape(
                    shape.kvHeads(),
                    shape.headDim(),
                    shape.headDim(),
                    ElementType.F32,
                    PAGE_ROWS,
                    pages,
                    layers));
  }

  /**
   * Of all layers.
   *
   * @throws IllegalArgumentException if they cannot be counted
   */
  static int pages(int layers, int context) {
    return Elements.of(
        "pages of %d layers and a context of %,d".formatted(layers, context),
        "choose a shorter context",
        layers,
        Math.ceilDiv(context, PAGE_ROWS));
  }

  @Override
  public void attend(int layer, int first, int rows, BlockTensors tensors) {
    BlockShape shape = attention.shape();
    float[] projected = tensors.projected().read(rows * shape.projectedWidth());
    cache.append(
        layer,
        byHead(projected, rows, shape.queryWidth()),
        byHead(projected, rows, shape.queryWidth() + shape.keyWidth()));
    AttentionSpec spec =
        attention
            .complete(
                cache.spec(List.of(layer)),
                rows,
                first + rows,
                cache.shape().keyLayout(),
                cache.shape().valueLayout())
            .build();
    try (StagedInputs staged = cache.stage(List.of(layer), spec, projected);
        PreparedKernel prepared = attention.prepare(staged)) {
      prepared.run();
      AttentionOutput output = prepared.read();
      tensors.attended().write(0, output.o());
    }
  }

  /** Keys or values that lie from {@code at} on in each row, as [kvHeads, rows, headDim]. */
  private float[] byHead(float[] projected, int rows, int at) {
    BlockShape shape = attention.shape();
    int dim = shape.headDim();
    float[] heads = new float[rows * shape.keyWidth()];
    for (int head = 0; head < shape.kvHeads(); head++) {
      for (int row = 0; row < rows; row++) {
        System.arraycopy(
            projected,
            row * shape.projectedWidth() + at + head * dim,
            heads,
            (head * rows + row) * dim,
            dim);
      }
    }
    return heads;
  }

  @Override
  public void truncate(int length) {
    for (int layer = 0; layer < layers; layer++) {
      if (cache.length(layer) > length) {
        cache.truncate(layer, length);
      }
    }
  }

  @Override
  public long deviceBytes() {
    return cache.deviceBytes();
  }

  @Override
  public void close() {
    cache.close();
  }
}
