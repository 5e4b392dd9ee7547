package io.github.attn4j.core.input;

import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.Layout;
import io.github.attn4j.core.spec.RowPlacement;
import java.util.Collections;
import java.util.List;

/**
 * The rows of a tensor [batch, heads, rows, columns] and where each begins in its buffer.
 *
 * @param batch sequences
 * @param heads of each
 * @param rows allocated to each
 * @param columns of a row
 * @param lengths per batch, the rows that are there
 * @param mayShare whether two rows may be one in memory, and then have to be equal
 * @param address where a row begins
 */
record TensorRows(
    int batch,
    int heads,
    int rows,
    int columns,
    List<Integer> lengths,
    boolean mayShare,
    Address address) {

  /** Index of a row's first element. */
  interface Address {
    int of(int b, int h, int row);
  }

  static TensorRows of(Layout layout, int batch, int heads, int rows, int columns) {
    return new TensorRows(
        batch,
        heads,
        rows,
        columns,
        Collections.nCopies(batch, rows),
        false,
        (b, h, row) -> Math.toIntExact(layout.row(b, h, row)));
  }

  static TensorRows ofQueries(AttentionSpec spec) {
    return new TensorRows(
        spec.batch(),
        spec.queryHeads(),
        spec.queryLength(),
        spec.headDim(),
        spec.queryLengths(),
        false,
        spec::queryRow);
  }

  static TensorRows ofOutputs(AttentionSpec spec) {
    return new TensorRows(
        spec.batch(),
        spec.queryHeads(),
        spec.queryLength(),
        spec.valueDim(),
        spec.queryLengths(),
        false,
        spec::outputRow);
  }

  static TensorRows ofKeys(AttentionSpec spec) {
    return ofCache(spec, spec.headDim(), spec::keyRow);
  }

  static TensorRows ofValues(AttentionSpec spec) {
    return ofCache(spec, spec.valueDim(), spec::valueRow);
  }

  /** In slots of their own, sequences have all rows that are allocated, visible or not. */
  private static TensorRows ofCache(AttentionSpec spec, int columns, Address address) {
    return new TensorRows(
        spec.batch(),
        spec.kvHeads(),
        spec.kvLength(),
        columns,
        spec.keyPlacement() instanceof RowPlacement.Padded
            ? Collections.nCopies(spec.batch(), spec.kvLength())
            : spec.keyLengths(),
        spec.keyPlacement().sharesRows(),
        address);
  }

  /** Gets each row that is there. */
  interface Visitor {
    /**
     * One row.
     *
     * @param row its index in the sequence
     * @param index of its first element in contiguous [batch, heads, rows, columns] order
     * @param at index of its first element in the buffer
     */
    void visit(int b, int h, int row, long index, int at);
  }

  void forEach(Visitor visitor) {
    for (int b = 0; b < batch; b++) {
      for (int h = 0; h < heads; h++) {
        for (int row = 0; row < lengths.get(b); row++) {
          long index = (((long) b * heads + h) * rows + row) * columns;
          visitor.visit(b, h, row, index, address.of(b, h, row));
        }
      }
    }
  }
}
