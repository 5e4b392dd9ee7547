package io.github.attn4j.core.layer;

import org.jspecify.annotations.Nullable;

/**
 * What every backend refuses before it computes: tensors too small, indices past their table, a
 * result in what other items of the same operation still read.
 */
public final class LayerArguments {
  private LayerArguments() {}

  /** Of {@link Layers#matMul}. */
  public static void checkMatMul(DeviceTensor x, int rows, MatMulWeights weights, DeviceTensor y) {
    requireRows(x, rows, weights.inputs());
    requireRows(y, rows, weights.outputs());
    requireApart(y, x);
  }

  /** Of {@link Layers#layerNorm}. */
  public static void checkNorm(
      DeviceTensor x,
      @Nullable DeviceTensor residual,
      int rows,
      Norm norm,
      @Nullable DeviceTensor sum,
      DeviceTensor y) {
    requireRows(x, rows, norm.columns());
    requireRows(y, rows, norm.columns());
    if (residual != null) {
      requireRows(residual, rows, norm.columns());
    }
    requireApart(y, norm.gamma());
    requireApart(y, norm.beta());
    if (sum != null) {
      requireRows(sum, rows, norm.columns());
      requireApart(y, sum);
      requireApart(sum, norm.gamma());
      requireApart(sum, norm.beta());
    }
  }

  /** Of {@link Layers#embed}. */
  public static void checkEmbedding(
      EmbeddingTables tables,
      DeviceIndices words,
      @Nullable DeviceIndices positions,
      @Nullable DeviceIndices types,
      int rows,
      DeviceTensor y) {
    requireRows(y, rows, tables.columns());
    requireApart(y, tables.words());
    requireApart(y, tables.positions());
    requireApart(y, tables.types());
    requireIndices(tables.words(), tables.columns(), words, rows);
    requireBoth("positions", tables.positions(), positions, tables.columns(), rows);
    requireBoth("types", tables.types(), types, tables.columns(), rows);
  }

  private static void requireBoth(
      String what,
      @Nullable DeviceTensor table,
      @Nullable DeviceIndices indices,
      int columns,
      int rows) {
    if (table != null && indices != null) {
      requireIndices(table, columns, indices, rows);
    } else if (table != null || indices != null) {
      throw new IllegalArgumentException(
          "an embedding has %s without %s: give both or none"
              .formatted(
                  table == null ? "indices of " + what : "a table of " + what,
                  table == null ? "their table" : "indices"));
    }
  }

  /** Of {@link Layers#rotate}. */
  public static void checkRotation(
      DeviceTensor x, Rotation rotation, int rows, DeviceIndices positions, DeviceTensor table) {
    requireElements(x, rows, rotation.requiredElements(rows));
    requireIndices(table, rotation.dim(), positions, rows);
    requireApart(x, table);
  }

  /** Of {@link Layers#unembed}. */
  public static void checkUnembedding(
      DeviceTensor x,
      int rows,
      DeviceTensor words,
      int vocabulary,
      int columns,
      DeviceTensor logits) {
    requireRows(x, rows, columns);
    requireRows(words, vocabulary, columns);
    requireRows(logits, rows, vocabulary);
    requireApart(logits, x);
    requireApart(logits, words);
  }

  private static void requireIndices(
      DeviceTensor table, int columns, DeviceIndices indices, int rows) {
    if (indices.written() < rows) {
      throw new IllegalArgumentException(
          "%d rows of '%s' are asked for, and %d indices were written"
              .formatted(rows, table.name(), indices.written()));
    }
    if (indices.largest() >= table.elements() / columns) {
      throw new IllegalArgumentException(
          "row %d of '%s' is asked for, which has %,d"
              .formatted(indices.largest(), table.name(), table.elements() / columns));
    }
  }

  private static void requireRows(DeviceTensor tensor, int rows, int columns) {
    requireElements(tensor, rows, (long) rows * columns);
  }

  private static void requireElements(DeviceTensor tensor, int rows, long required) {
    if (rows < 0 || tensor.elements() < required) {
      throw new IllegalArgumentException(
          "'%s' has %,d elements, and %,d rows need %,d"
              .formatted(tensor.name(), tensor.elements(), rows, required));
    }
  }

  private static void requireApart(DeviceTensor written, @Nullable DeviceTensor read) {
    if (written == read) {
      throw new IllegalArgumentException(
          "'%s' is read and written at once: give the result a tensor of its own"
              .formatted(written.name()));
    }
  }
}
