package io.github.attn4j.opencl;

/**
 * K or V in an 8-bit type as kernels take it: codes, addressed as elements are, and behind them, in
 * the same buffer, the scales that multiply them.
 */
final class ScaledCodes {
  /** Bytes to whose multiple codes are filled up: what the widest load of scales could ask for. */
  private static final int ALIGNMENT = 16;

  private ScaledCodes() {}

  /** Place of the first scale behind so many codes, in floats from the buffer's start. */
  static long firstScale(long codes) {
    return Math.ceilDiv(codes, ALIGNMENT) * (ALIGNMENT / Float.BYTES);
  }

  /** Bytes of codes and scales. */
  static long bytes(long codes, long scales) {
    return Float.BYTES * (firstScale(codes) + scales);
  }
}
