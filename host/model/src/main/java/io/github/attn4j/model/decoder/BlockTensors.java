package io.github.attn4j.model.decoder;

import io.github.attn4j.core.layer.AttentionTensors;
import io.github.attn4j.core.layer.DeviceTensor;
import io.github.attn4j.core.layer.Layers;
import java.util.ArrayList;
import java.util.List;

/**
 * Activations of a {@link DecoderBlock} on the device, which blocks of one shape use in turn.
 *
 * @param rows tokens that there is room for
 * @param hidden [rows, d_model], what blocks add to
 * @param normed [rows, d_model], the hidden state normalised
 * @param projected [rows, {@link BlockShape#projectedWidth}], queries, keys and values side by side
 * @param attended [rows, {@link BlockShape#queryWidth}], attention's O
 * @param added [rows, d_model], what is to be added to the hidden state
 * @param wide [rows, feedForwardDim]
 */
public record BlockTensors(
    int rows,
    DeviceTensor hidden,
    DeviceTensor normed,
    DeviceTensor projected,
    DeviceTensor attended,
    DeviceTensor added,
    DeviceTensor wide)
    implements AutoCloseable {
  /**
   * Allocates; gives back what there was where something does not fit.
   *
   * @throws io.github.attn4j.core.kernel.BackendException.OutOfMemory if it does not fit
   */
  public static BlockTensors of(Layers layers, BlockShape shape, int rows) {
    List<DeviceTensor> made = new ArrayList<>();
    boolean complete = false;
    try {
      DeviceTensor hidden = made(made, layers, "the hidden state", rows, shape.modelDim());
      DeviceTensor normed =
          made(made, layers, "the normalised hidden state", rows, shape.modelDim());
      DeviceTensor projected = made(made, layers, "Q, K and V", rows, shape.projectedWidth());
      DeviceTensor attended = made(made, layers, "O", rows, shape.queryWidth());
      DeviceTensor added =
          made(made, layers, "what is added to the hidden state", rows, shape.modelDim());
      DeviceTensor wide = made(made, layers, "the feed-forward part", rows, shape.feedForwardDim());
      complete = true;
      return new BlockTensors(rows, hidden, normed, projected, attended, added, wide);
    } finally {
      if (!complete) {
        made.forEach(DeviceTensor::close); // fewer rows may fit
      }
    }
  }

  private static DeviceTensor made(
      List<DeviceTensor> made, Layers layers, String name, int rows, int width) {
    DeviceTensor tensor = layers.allocate(name, elements(name, rows, width));
    made.add(tensor);
    return tensor;
  }

  private static int elements(String name, int rows, int width) {
    return Elements.of(
        "%s of %,d tokens".formatted(name, rows), "take fewer at a time", rows, width);
  }

  /**
   * Checks that so many rows can be addressed.
   *
   * @throws IllegalArgumentException if not
   */
  static void requireAddressable(BlockShape shape, int rows) {
    int _ = elements("Q, K and V", rows, shape.projectedWidth());
    int _ = elements("the feed-forward part", rows, shape.feedForwardDim());
  }

  /** Bytes of so many rows. */
  public static long bytes(BlockShape shape, long rows) {
    return Float.BYTES
        * rows
        * (3L * shape.modelDim()
            + shape.projectedWidth()
            + shape.queryWidth()
            + shape.feedForwardDim());
  }

  /** Attention over the rows themselves, without a cache. */
  public AttentionTensors attention() {
    return new AttentionTensors(projected, projected, projected, attended);
  }

  @Override
  public void close() {
    hidden.close();
    normed.close();
    projected.close();
    attended.close();
    added.close();
    wide.close();
  }
}
