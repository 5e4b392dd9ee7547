package io.github.attn4j.core.layer;

/**
 * Where on a device attention finds Q, K and V, and puts O: element places are those of the spec's
 * layouts, offsets included, so that several may be parts of one tensor, as a projection to all
 * three at once leaves them. O may not be a tensor that is read.
 *
 * @param q of at least the spec's {@code queryElements}
 * @param k of at least its {@code keyElements}
 * @param v of at least its {@code valueElements}
 * @param o of at least its {@code outputElements}
 */
public record AttentionTensors(DeviceTensor q, DeviceTensor k, DeviceTensor v, DeviceTensor o) {
  /** Checks that O is apart. */
  public AttentionTensors {
    if (o == q || o == k || o == v) {
      throw new IllegalArgumentException(
          "attention cannot write O to '%s', which it reads: give it a tensor of its own"
              .formatted(o.name()));
    }
  }
}
