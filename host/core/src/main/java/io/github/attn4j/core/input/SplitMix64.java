package io.github.attn4j.core.input;

/**
 * A counter-based random source: element i of a stream is a pure function of (seed, stream, i), so
 * that inputs are equal bit for bit on any machine, in any order, and in numpy. The mixing function
 * is that of Steele, Lea and Flood, "Fast splittable pseudorandom number generators" (OOPSLA 2014).
 */
public final class SplitMix64 {
  private static final long GOLDEN_GAMMA = 0x9e3779b97f4a7c15L;

  /** Scales a sum of four 16-bit uniforms, whose variance is (2^32 - 1) / 3, to variance 1. */
  private static final double UNIT_VARIANCE = Math.sqrt(3.0 / ((1L << 32) - 1));

  private final long base;

  /** A stream; two streams of one seed are independent. */
  public SplitMix64(long seed, long stream) {
    base = mix(seed + mix(stream + GOLDEN_GAMMA));
  }

  /** 64 random bits at an index. */
  public long bits(long index) {
    return mix(base + index * GOLDEN_GAMMA);
  }

  /**
   * Mean 0, variance 1, within +-3.47: a sum of four uniforms (Irwin-Hall), which needs neither log
   * nor cos.
   */
  public float normal(long index) {
    long bits = bits(index);
    long sum =
        (bits & 0xffff) + ((bits >>> 16) & 0xffff) + ((bits >>> 32) & 0xffff) + (bits >>> 48);
    return (float) ((sum - 131070) * UNIT_VARIANCE);
  }

  /** Uniform in [-1, 1), a multiple of 2^-23. */
  public float uniform(long index) {
    return (bits(index) >> 40) * 0x1p-23f;
  }

  /** Uniform in 0..bound-1. */
  public int below(long index, int bound) {
    return (int) Long.remainderUnsigned(bits(index), bound);
  }

  private static long mix(long value) {
    long z = (value ^ (value >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}
