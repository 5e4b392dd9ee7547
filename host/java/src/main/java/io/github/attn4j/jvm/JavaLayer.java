package io.github.attn4j.jvm;

import java.util.Locale;

/**
 * The layers around attention on the JVM itself: what {@link JavaLayers} computes, by the names of
 * the OpenCL files.
 */
public enum JavaLayer {
  /** Tiled matrix product with bias, and GELU where asked for: {@link PanelProduct}. */
  MATMUL,

  /** Residual and layer normalisation: {@link RowLayers}. */
  LAYER_NORM,

  /** Sums of rows of tables. */
  EMBEDDING,

  /** Rotary positions. */
  ROTARY,

  /** Matrix product with the embedding's own table. */
  UNEMBEDDING;

  /** Its name in lower case. */
  public String id() {
    return name().toLowerCase(Locale.ROOT);
  }
}
