package io.github.attn4j.core.layer;

/**
 * Tables of sines and cosines of positions, made in double and rounded once: an angle in float32
 * would lose a position's low bits from a few thousand on.
 */
public final class PositionTables {
  private PositionTables() {}

  /**
   * PE(p, 2i) = sin(p / 10000^(2i/columns)), PE(p, 2i+1) = cos of the same (Vaswani et al. 2017,
   * section 3.5), for an embedding to add.
   *
   * @return [positions, columns]
   */
  public static float[] sinusoidal(int positions, int columns) {
    float[] table = new float[Math.multiplyExact(positions, columns)];
    for (int p = 0; p < positions; p++) {
      for (int c = 0; c < columns; c++) {
        double angle = p * Math.pow(10000, -(double) (c - c % 2) / columns);
        table[p * columns + c] = (float) (c % 2 == 0 ? Math.sin(angle) : Math.cos(angle));
      }
    }
    return table;
  }

  /**
   * What {@link Layers#rotate} turns by: of pair i of position p the cosine and the sine of p
   * theta^(-2i/dim) (Su et al. 2021, "RoFormer", equation 15, theta = 10000).
   *
   * @param dim of a head, even
   * @param theta the base of the frequencies
   * @return [positions, dim / 2, 2]
   */
  public static float[] rotary(int positions, int dim, double theta) {
    float[] table = new float[Math.multiplyExact(positions, dim)];
    for (int p = 0; p < positions; p++) {
      for (int i = 0; i < dim / 2; i++) {
        double angle = p * Math.pow(theta, -2.0 * i / dim);
        table[p * dim + 2 * i] = (float) Math.cos(angle);
        table[p * dim + 2 * i + 1] = (float) Math.sin(angle);
      }
    }
    return table;
  }
}
