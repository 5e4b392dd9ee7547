package io.github.attn4j.model;

import io.github.attn4j.core.kernel.PreparedKernel;
import io.github.attn4j.core.kernel.StagedInputs;
import io.github.attn4j.core.layer.DeviceTensor;

/**
 * Looks on while {@link EncoderModel} runs: what it reads lies on the device until it is asked for,
 * and is overwritten by the next layer.
 */
public interface EncoderTap {
  /** Sees nothing. */
  EncoderTap NONE = new EncoderTap() {};

  /**
   * Called before layer 0.
   *
   * @param hidden [batch * longest, 384], the normalised embedding
   */
  default void embedded(DeviceTensor hidden) {}

  /**
   * Called when a layer's attention is done.
   *
   * @param layer from 0 on
   * @param staged whose {@code inputs()} reads Q, K and V back, and whose spec says where they lie
   * @param kernel whose {@code read()} copies O and LSE to the host
   * @param nanos that it took on the device
   */
  default void attended(int layer, StagedInputs staged, PreparedKernel kernel, long nanos) {}

  /**
   * Called when a layer is done.
   *
   * @param layer from 0 on
   * @param hidden [batch * longest, 384]
   */
  default void finished(int layer, DeviceTensor hidden) {}
}
