package io.github.attn4j.core.spec;

/** How an element is stored or accumulated. */
public enum ElementType {
  /** IEEE 754 binary32. */
  F32(4, 0x1p-24);

  private final int bytes;
  private final double unitRoundoff;

  ElementType(int bytes, double unitRoundoff) {
    this.bytes = bytes;
    this.unitRoundoff = unitRoundoff;
  }

  /** Size of one element in bytes. */
  public int bytes() {
    return bytes;
  }

  /** Half the distance from 1 to the next larger number: the relative error of one rounding. */
  public double unitRoundoff() {
    return unitRoundoff;
  }
}
