package io.github.attn4j.bench.mask;

import io.github.attn4j.core.expression.Table;
import io.github.attn4j.core.input.InvalidFileException;
import io.github.attn4j.core.input.NpyArray;
import io.github.attn4j.core.input.NpyFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Tables from .npy files: ints and booleans (0 and 1) make tables of ints, floats tables of floats.
 * The last few are kept: a sweep asks for one again and again, and two specs of the same mask are
 * equal only where they hold the same table.
 */
final class TableFiles {
  private static final int KEPT = 16;

  /** A file as it is now; another content has another time or size. */
  private record Version(Path file, FileTime modified, long bytes) {}

  private static final Map<Version, Table> TABLES =
      new LinkedHashMap<>(KEPT, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Version, Table> eldest) {
          return size() > KEPT;
        }
      };

  private TableFiles() {}

  /**
   * The table in a file.
   *
   * @throws InvalidFileException where it holds none
   * @throws UncheckedIOException where it cannot be read
   */
  static Table table(Path file) {
    Version version;
    try {
      version = new Version(file, Files.getLastModifiedTime(file), Files.size(file));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read %s (%s)".formatted(file, e), e);
    }
    synchronized (TABLES) {
      return TABLES.computeIfAbsent(version, key -> read(file));
    }
  }

  private static Table read(Path file) {
    NpyArray array = NpyFile.readWithIntegers(file);
    int rank = array.shape().size();
    if (rank < 1 || rank > 2 || array.shape().contains(0)) {
      throw new InvalidFileException(
          file,
          "shape %s; a table has one dimension or two, each at least 1".formatted(array.shape()));
    }
    int rows = array.shape().getFirst();
    int columns = array.shape().getLast();
    return switch (array.kind()) {
      case FLOAT ->
          rank == 1
              ? Table.ofFloats(array.floats())
              : Table.ofFloats(rows, columns, array.floats());
      case INT -> ints(rank, rows, columns, array.ints());
      case BOOLEAN -> ints(rank, rows, columns, ints(array.booleans()));
    };
  }

  private static Table ints(int rank, int rows, int columns, int[] values) {
    return rank == 1 ? Table.ofInts(values) : Table.ofInts(rows, columns, values);
  }

  private static int[] ints(boolean[] values) {
    int[] ints = new int[values.length];
    for (int index = 0; index < ints.length; index++) {
      ints[index] = values[index] ? 1 : 0;
    }
    return ints;
  }
}
