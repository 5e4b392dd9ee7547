package io.github.attn4j.core.layer;

import org.jspecify.annotations.Nullable;

/**
 * Tables whose rows an embedding adds up (Devlin et al. 2018, section 3.2): that of words, and,
 * where a model has them, those of positions (learned, or {@link PositionTables#sinusoidal}) and of
 * token types.
 *
 * @param columns elements of a row
 * @param words [vocabulary, columns]
 * @param positions [longest, columns], or none
 * @param types [types, columns], or none
 */
public record EmbeddingTables(
    int columns,
    DeviceTensor words,
    @Nullable DeviceTensor positions,
    @Nullable DeviceTensor types) {
  /** Checks that tables are made of whole rows. */
  public EmbeddingTables {
    requireRows(columns, words);
    requireRows(columns, positions);
    requireRows(columns, types);
  }

  private static void requireRows(int columns, @Nullable DeviceTensor table) {
    if (columns < 1 || (table != null && table.elements() % columns != 0)) {
      throw new IllegalArgumentException(
          "%s has %,d elements, no whole number of rows of %d columns"
              .formatted(
                  table == null ? "a table" : table.name(),
                  table == null ? 0 : table.elements(),
                  columns));
    }
  }
}
