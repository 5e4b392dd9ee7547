package io.github.attn4j.bench.measure;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;
import java.util.List;

/**
 * In which order the cells of a trial run: by numbers that depend on a seed and on the cell itself,
 * so that two versions whose lists differ have their common cells in one order.
 *
 * @param seed another one gives another order
 */
public record DrawnOrder(long seed) {
  /** A cell's number, from 0 up: of 31 bits of a SHA-256, hence drawn for each cell anew. */
  public int number(CellSpec cell) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256")
              .digest((seed + " " + cell.encode()).getBytes(StandardCharsets.UTF_8));
      return ByteBuffer.wrap(digest).getInt() & Integer.MAX_VALUE;
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  /** The cells by their numbers. */
  public List<CellSpec> of(List<CellSpec> cells) {
    return cells.stream().sorted(Comparator.comparingInt(this::number)).toList();
  }
}
