package io.github.attn4j.core.expression;

/**
 * Ints or floats that an expression looks up by one index or two. Equal only to itself. An index
 * out of range counts as the nearest one in range.
 */
public final class Table {
  private final Type type;
  private final int indices;
  private final int rows;
  private final int columns;

  /** The elements, row by row; floats as their bits. */
  private final int[] words;

  private final TableBounds bounds;

  private Table(Type type, int indices, int rows, int columns, int[] words) {
    if (rows < 1 || columns < 1 || (long) rows * columns != words.length) {
      throw new IllegalArgumentException(
          "a table of %d x %d needs as many elements, at least one, but has %d"
              .formatted(rows, columns, words.length));
    }
    this.type = type;
    this.indices = indices;
    this.rows = rows;
    this.columns = columns;
    this.words = words;
    this.bounds = TableBounds.of(type, words);
  }

  /** A table of ints with one index. */
  public static Table ofInts(int[] values) {
    return new Table(Type.INT, 1, 1, values.length, values.clone());
  }

  /** A table of ints with two indices, the second running fastest. */
  public static Table ofInts(int rows, int columns, int[] values) {
    return new Table(Type.INT, 2, rows, columns, values.clone());
  }

  /** A table of floats with one index. */
  public static Table ofFloats(float[] values) {
    return new Table(Type.FLOAT, 1, 1, values.length, bits(values));
  }

  /** A table of floats with two indices, the second running fastest. */
  public static Table ofFloats(int rows, int columns, float[] values) {
    return new Table(Type.FLOAT, 2, rows, columns, bits(values));
  }

  /** INT or FLOAT. */
  public Type type() {
    return type;
  }

  /** How many indices it takes: 1 or 2. */
  public int indices() {
    return indices;
  }

  /** Values of the first of two indices; 1 where there is but one. */
  public int rows() {
    return rows;
  }

  /** Values of the last index. */
  public int columns() {
    return columns;
  }

  /** Number of elements. */
  public int size() {
    return words.length;
  }

  /** The elements, row by row; floats as their bits. */
  public int[] words() {
    return words.clone();
  }

  /** Where an element stands, whatever the indices. */
  int place(int row, int column) {
    return Arithmetic.nearest(row, rows) * columns + Arithmetic.nearest(column, columns);
  }

  int intAt(int place) {
    return words[place];
  }

  float floatAt(int place) {
    return Float.intBitsToFloat(words[place]);
  }

  TableBounds bounds() {
    return bounds;
  }

  int[] ints() {
    return words;
  }

  float[] floats() {
    float[] values = new float[words.length];
    for (int index = 0; index < values.length; index++) {
      values[index] = floatAt(index);
    }
    return values;
  }

  private static int[] bits(float[] values) {
    int[] bits = new int[values.length];
    for (int index = 0; index < bits.length; index++) {
      bits[index] = Float.floatToRawIntBits(values[index]);
    }
    return bits;
  }
}
