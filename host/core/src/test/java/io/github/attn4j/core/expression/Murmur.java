package io.github.attn4j.core.expression;

/** MurmurHash3_x86_32 with seed 0, word by word as its description goes, on unsigned longs. */
final class Murmur {
  private static final long MASK = 0xffffffffL;

  private Murmur() {}

  static int hash(int... words) {
    long state = 0;
    for (int word : words) {
      long mixed = (word & MASK) * 0xcc9e2d51L & MASK;
      mixed = (mixed << 15 | mixed >> 17) & MASK;
      mixed = mixed * 0x1b873593L & MASK;
      state ^= mixed;
      state = (state << 13 | state >> 19) & MASK;
      state = (state * 5 + 0xe6546b64L) & MASK;
    }
    state ^= 4L * words.length;
    state ^= state >> 16;
    state = state * 0x85ebca6bL & MASK;
    state ^= state >> 13;
    state = state * 0xc2b2ae35L & MASK;
    state ^= state >> 16;
    return (int) state;
  }
}
