package io.github.attn4j.bench.mask;

import io.github.attn4j.core.expression.Bindings;
import io.github.attn4j.core.expression.Domain;
import io.github.attn4j.core.expression.MaskExpression;
import io.github.attn4j.core.input.InvalidFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A mask that lists its blocks, for example one that was learned. Blocks are counted by the query's
 * index and the key's, from 0.
 *
 * @param file what {@link BlockFile} reads
 * @param size queries and keys of a block
 * @param corner whether the list may be larger than the shape, whose blocks are then the first
 */
record BlockList(Path file, int size, boolean corner) {
  private static final String CORNER = "corner";

  BlockList {
    if (size < 1) {
      throw new IllegalArgumentException(
          "a block has at least one query and one key, but --block-size is " + size);
    }
  }

  /** {@code blocks(FILE,SIZE)}. */
  static BlockList of(Call call) {
    Map<String, String> values = call.byName(List.of("file", "size", "part"));
    String file = values.remove("file");
    String size = values.remove("size");
    String part = values.remove("part");
    if (file == null || !values.isEmpty() || (part != null && !part.equals(CORNER))) {
      throw new IllegalArgumentException(
          "a list of blocks is written blocks(FILE) or blocks(FILE,SIZE)");
    }
    if (size != null && !size.matches("\\d{1,9}")) {
      throw new IllegalArgumentException(
          "the size of blocks in blocks(%s,...) must be a number, but it is '%s'"
              .formatted(file, size));
    }
    return new BlockList(
        FileNames.read(file),
        size == null ? MaskText.BLOCK_SIZE : Integer.parseInt(size),
        part != null);
  }

  BlockList withCorner() {
    return new BlockList(file, size, true);
  }

  String text() {
    return "blocks(%s,%d%s)".formatted(FileNames.written(file), size, corner ? "," + CORNER : "");
  }

  /**
   * The condition for a shape.
   *
   * @throws InvalidFileException where the list is for another shape
   */
  MaskExpression expression(Domain domain) {
    int rows = Math.ceilDiv(domain.queries(), size);
    int columns = Math.max(1, Math.ceilDiv(domain.mostKeys(), size));
    BlockFile blocks = BlockFile.read(file, domain.batch(), domain.heads(), rows, columns, corner);
    requireFits("batches", blocks.batches(), 1, domain.batch(), domain);
    requireFits("heads", blocks.heads(), 1, domain.heads(), domain);
    requireFits("rows of blocks", blocks.rows(), rows, rows, domain);
    requireFits("columns of blocks", blocks.columns(), columns, columns, domain);
    String plane = "";
    if (blocks.batches() > 1 || blocks.heads() > 1) {
      String head = blocks.heads() > 1 ? "h" : "0";
      String batch = blocks.batches() > 1 ? "b * %d + ".formatted(blocks.heads()) : "";
      plane = "(%s%s) * %d + ".formatted(batch, head, blocks.rows());
    }
    return MaskExpression.parse(
        "blocks[%sq / %d, k / %d] != 0".formatted(plane, size, size),
        Bindings.none().with("blocks", blocks.table()));
  }

  private void requireFits(String what, int listed, int least, int most, Domain domain) {
    boolean fits = listed == least || listed == most || (corner && listed > most);
    if (!fits) {
      throw new InvalidFileException(
          file,
          "a list of %d %s, but %d batches and %d heads of %d queries and %d keys have %d in blocks of %d (--block-size)"
              .formatted(
                  listed,
                  what,
                  domain.batch(),
                  domain.heads(),
                  domain.queries(),
                  domain.mostKeys(),
                  most,
                  size));
    }
  }
}
