package io.github.attn4j.core.layer;

/**
 * A matrix and a bias in the order in which a tiled product reads them: panel after panel of
 * columns, each first its part of the bias, then its part of every row, zeros behind the last
 * column (Goto and van de Geijn 2008, "Anatomy of high-performance matrix multiplication", section
 * 5).
 */
public final class PackedPanels {
  private PackedPanels() {}

  /**
   * Packs.
   *
   * @param name for errors
   * @param matrix [inputs, outputs]
   * @param bias [outputs]
   * @param width columns of a panel
   * @return [ceil(outputs / width), 1 + inputs, width]
   * @throws IllegalArgumentException where an array is of another size
   */
  public static float[] pack(
      String name, int inputs, int outputs, float[] matrix, float[] bias, int width) {
    if (inputs < 1
        || outputs < 1
        || matrix.length != (long) inputs * outputs
        || bias.length != outputs) {
      throw new IllegalArgumentException(
          "'%s' of %d inputs and %d outputs has %,d weights and %,d biases: give %,d and %,d, at least one each"
              .formatted(
                  name,
                  inputs,
                  outputs,
                  matrix.length,
                  bias.length,
                  (long) inputs * outputs,
                  outputs));
    }
    int panels = Math.ceilDiv(outputs, width);
    float[] packed = new float[Math.multiplyExact(Math.multiplyExact(panels, width), inputs + 1)];
    int at = 0;
    for (int first = 0; first < outputs; first += width) {
      int columns = Math.min(width, outputs - first);
      System.arraycopy(bias, first, packed, at, columns);
      at += width;
      for (int k = 0; k < inputs; k++) {
        System.arraycopy(matrix, k * outputs + first, packed, at, columns);
        at += width;
      }
    }
    return packed;
  }
}
