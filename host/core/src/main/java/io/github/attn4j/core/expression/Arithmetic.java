package io.github.attn4j.core.expression;

/**
 * What the language's operators mean wherever Java's own would differ from OpenCL C's, or from what
 * docs/masks.md says. Compiled expressions call these by name; {@link OpenClHelpers} has their
 * twins.
 */
final class Arithmetic {
  private Arithmetic() {}

  static int floorDivide(int x, int y) {
    return y == 0 ? 0 : Math.floorDiv(x, y);
  }

  static int floorModulo(int x, int y) {
    return y == 0 ? 0 : Math.floorMod(x, y);
  }

  static int clamp(int x, int low, int high) {
    return Math.min(Math.max(x, low), high);
  }

  // Not Math.min: OpenCL's fmin drops a NaN and Java's keeps it; a comparison is the same on both.
  static float min(float x, float y) {
    return y < x ? y : x;
  }

  static float max(float x, float y) {
    return x < y ? y : x;
  }

  static float clamp(float x, float low, float high) {
    return min(max(x, low), high);
  }

  static float exp(float x) {
    return (float) Math.exp(x);
  }

  static float tanh(float x) {
    return (float) Math.tanh(x);
  }

  static float log2(float x) {
    return (float) (Math.log(x) / Math.log(2));
  }

  /** The index of 0..size-1 that is nearest. */
  static int nearest(int index, int size) {
    return Math.min(Math.max(index, 0), size - 1);
  }

  static int hash(int a) {
    return finish(mix(0, a), 4);
  }

  static int hash(int a, int b) {
    return finish(mix(mix(0, a), b), 8);
  }

  static int hash(int a, int b, int c) {
    return finish(mix(mix(mix(0, a), b), c), 12);
  }

  static int hash(int a, int b, int c, int d) {
    return finish(mix(mix(mix(mix(0, a), b), c), d), 16);
  }

  // MurmurHash3_x86_32 by Austin Appleby, in the public domain.
  private static int mix(int state, int word) {
    int mixed = Integer.rotateLeft(word * 0xcc9e2d51, 15) * 0x1b873593;
    return Integer.rotateLeft(state ^ mixed, 13) * 5 + 0xe6546b64;
  }

  private static int finish(int state, int bytes) {
    int hash = state ^ bytes;
    hash = (hash ^ (hash >>> 16)) * 0x85ebca6b;
    hash = (hash ^ (hash >>> 13)) * 0xc2b2ae35;
    return (hash ^ (hash >>> 16)) & Integer.MAX_VALUE;
  }
}
