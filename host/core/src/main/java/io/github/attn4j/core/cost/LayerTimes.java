package io.github.attn4j.core.cost;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Times of one layer on one device.
 *
 * @param kernel global id of the attention kernel that ran, in float32 and checked against the
 *     float64 reference
 * @param device it ran on
 * @param fmaGflops the device's measured rate of multiply-adds in 1e9 operations a second, NaN
 *     where none was measured
 * @param memoryGigabytes its measured read bandwidth beyond the caches in 1e9 bytes a second, NaN
 *     where none was measured
 * @param contexts in the order asked for; fewer where the measuring was cut short
 * @param block one block that really ran, null where none did
 * @param noBlock why none did; empty where one did
 */
public record LayerTimes(
    String kernel,
    String device,
    double fmaGflops,
    double memoryGigabytes,
    List<LayerTime> contexts,
    @Nullable BlockTime block,
    String noBlock) {
  /** Copies the list. */
  public LayerTimes {
    contexts = List.copyOf(contexts);
    if ((block == null) == noBlock.isEmpty()) {
      throw new IllegalArgumentException("a block ran, or there is a reason why none did");
    }
  }

  /** The same with a block that ran. */
  public LayerTimes with(BlockTime ran) {
    return new LayerTimes(kernel, device, fmaGflops, memoryGigabytes, contexts, ran, "");
  }

  /** The same with another reason why no block ran. */
  public LayerTimes without(String reason) {
    return new LayerTimes(kernel, device, fmaGflops, memoryGigabytes, contexts, null, reason);
  }
}
