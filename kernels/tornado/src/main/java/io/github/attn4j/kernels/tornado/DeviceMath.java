package io.github.attn4j.kernels.tornado;

import uk.ac.manchester.tornado.api.math.TornadoMath;

/** Functions that devices compute in float32; plain Java would go through double. */
final class DeviceMath {
  private DeviceMath() {}

  static float exp(float x) {
    return TornadoMath.exp(x);
  }

  static float log(float x) {
    return TornadoMath.log(x);
  }

  /** A score after the soft cap; 0 is none. */
  static float cap(float cap, float score) {
    return cap > 0 ? cap * TornadoMath.tanh(score / cap) : score;
  }
}
