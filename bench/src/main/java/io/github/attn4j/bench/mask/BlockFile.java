package io.github.attn4j.bench.mask;

import io.github.attn4j.core.expression.Table;
import io.github.attn4j.core.input.InvalidFileException;
import io.github.attn4j.core.input.NpyArray;
import io.github.attn4j.core.input.NpyFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What a file of blocks holds. A .npy file: booleans, or ints 0 and 1, of shape [rows, columns],
 * [heads, rows, columns] or [batch, heads, rows, columns]. Any other file is text: a block a line,
 * {@code row column}, {@code head row column} or {@code batch head row column}, all lines alike; #
 * begins a comment.
 *
 * @param batches 1 where all share the list
 * @param heads 1 where all share the list
 * @param rows of blocks
 * @param columns of blocks
 * @param table not 0 for a visible block; a row of it for each batch, head and row
 */
record BlockFile(int batches, int heads, int rows, int columns, Table table) {
  private static final List<String> DIMENSIONS = List.of("batch", "head", "row", "column");

  /**
   * Reads a list.
   *
   * @param batch of the shape, as are the others: a text does not say how large its list is
   * @param corner whether a text may list blocks beyond, which are then left out
   */
  static BlockFile read(Path file, int batch, int heads, int rows, int columns, boolean corner) {
    return file.toString().toLowerCase(Locale.ROOT).endsWith(".npy")
        ? array(file)
        : text(file, new int[] {batch, heads, rows, columns}, corner);
  }

  private static BlockFile array(Path file) {
    NpyArray array = NpyFile.readWithIntegers(file);
    List<Integer> shape = new ArrayList<>(array.shape());
    if (shape.size() < 2 || shape.size() > 4 || shape.contains(0)) {
      throw new InvalidFileException(
          file,
          "shape %s; [rows, columns], [heads, rows, columns] or [batch, heads, rows, columns] of blocks is expected"
              .formatted(shape));
    }
    while (shape.size() < 4) {
      shape.addFirst(1);
    }
    int[] flags = flags(file, array);
    int tableRows = flags.length / shape.get(3);
    return new BlockFile(
        shape.get(0),
        shape.get(1),
        shape.get(2),
        shape.get(3),
        Table.ofInts(tableRows, shape.get(3), flags));
  }

  private static int[] flags(Path file, NpyArray array) {
    int[] flags =
        switch (array.kind()) {
          case INT -> array.ints();
          case BOOLEAN -> {
            int[] ints = new int[array.booleans().length];
            for (int index = 0; index < ints.length; index++) {
              ints[index] = array.booleans()[index] ? 1 : 0;
            }
            yield ints;
          }
          case FLOAT ->
              throw new InvalidFileException(
                  file,
                  "floats, where a list of blocks has booleans or ints: use array.astype(bool)");
        };
    for (int index = 0; index < flags.length; index++) {
      if (flags[index] != 0 && flags[index] != 1) {
        throw new InvalidFileException(
            file,
            "element %,d (in C order) is %d, where a list of blocks has 0 or 1"
                .formatted(index, flags[index]));
      }
    }
    return flags;
  }

  private static BlockFile text(Path file, int[] most, boolean corner) {
    List<int[]> blocks = lines(file);
    int numbers = blocks.isEmpty() ? 2 : blocks.getFirst().length - 1;
    int batches = numbers > 3 ? most[0] : 1;
    int heads = numbers > 2 ? most[1] : 1;
    double all = (double) batches * heads * most[2] * most[3];
    if (all > Integer.MAX_VALUE) {
      throw new InvalidFileException(
          file,
          "%d x %d blocks, %d times, are more than a list can hold: take larger blocks (--block-size)"
              .formatted(most[2], most[3], batches * (long) heads));
    }
    int rows = batches * heads * most[2];
    int[] flags = new int[rows * most[3]];
    for (int[] block : blocks) {
      if (block.length - 1 != numbers) {
        throw new InvalidFileException(
            file,
            "line %d has %d numbers, the first block %d"
                .formatted(block[block.length - 1], block.length - 1, numbers));
      }
      int place = 0;
      for (int number = 0; number < numbers && place >= 0; number++) {
        int dimension = most.length - numbers + number;
        boolean beyond = block[number] >= most[dimension];
        if (beyond && !corner) {
          throw new InvalidFileException(
              file,
              "line %d: %s %d is beyond the last, %d"
                  .formatted(
                      block[numbers],
                      DIMENSIONS.get(dimension),
                      block[number],
                      most[dimension] - 1));
        }
        place = beyond ? -1 : place * most[dimension] + block[number];
      }
      if (place >= 0) {
        flags[place] = 1;
      }
    }
    return new BlockFile(batches, heads, most[2], most[3], Table.ofInts(rows, most[3], flags));
  }

  /** The numbers of each line that has some, and after them the line's own number. */
  private static List<int[]> lines(Path file) {
    List<String> lines;
    try {
      lines = Files.readAllLines(file);
    } catch (MalformedInputException e) {
      throw new InvalidFileException(file, "it is neither .npy nor text");
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read %s (%s)".formatted(file, e), e);
    }
    List<int[]> blocks = new ArrayList<>();
    for (int line = 0; line < lines.size(); line++) {
      String text = lines.get(line).replaceFirst("#.*", "").strip();
      if (text.isEmpty()) {
        continue;
      }
      String[] words = text.split("\\s+", -1);
      if (words.length < 2 || words.length > 4) {
        throw new InvalidFileException(file, wrongLine(line + 1, text));
      }
      int[] block = new int[words.length + 1];
      for (int word = 0; word < words.length; word++) {
        if (!words[word].matches("\\d{1,9}")) {
          throw new InvalidFileException(file, wrongLine(line + 1, text));
        }
        block[word] = Integer.parseInt(words[word]);
      }
      block[words.length] = line + 1;
      blocks.add(block);
    }
    return blocks;
  }

  private static String wrongLine(int line, String text) {
    return "line %d is '%s'; 'row column', 'head row column' or 'batch head row column' is expected"
        .formatted(line, text.length() > 60 ? text.substring(0, 60) + "..." : text);
  }
}
