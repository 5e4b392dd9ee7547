package io.github.attn4j.core.cost;

import java.util.List;

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
 * @param contexts in the order asked for
 */
public record LayerTimes(
    String kernel,
    String device,
    double fmaGflops,
    double memoryGigabytes,
    List<LayerTime> contexts) {
  /** Copies the list. */
  public LayerTimes {
    contexts = List.copyOf(contexts);
  }
}
