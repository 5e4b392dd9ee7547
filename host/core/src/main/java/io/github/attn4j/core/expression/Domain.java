package io.github.attn4j.core.expression;

import java.util.Collections;
import java.util.List;

/**
 * The pairs over which an expression is asked: what an attention problem's shape says of b, h, q, p
 * and k.
 *
 * @param batch sequences
 * @param heads query heads
 * @param queries nq, queries of the longest sequence
 * @param queryOffsets per batch, the position of query 0; may be negative
 * @param queryLengths per batch, the queries that exist
 * @param keyLengths per batch, nk: the keys that exist
 */
public record Domain(
    int batch,
    int heads,
    int queries,
    List<Integer> queryOffsets,
    List<Integer> queryLengths,
    List<Integer> keyLengths) {

  /** Checks signs and sizes; positions must fit an int. */
  public Domain {
    queryOffsets = List.copyOf(queryOffsets);
    queryLengths = List.copyOf(queryLengths);
    keyLengths = List.copyOf(keyLengths);
    if (batch < 1 || heads < 1 || queries < 1) {
      throw new IllegalArgumentException(
          "batch, heads and queries must be at least 1, but are %d, %d and %d"
              .formatted(batch, heads, queries));
    }
    if (queryOffsets.size() != batch || keyLengths.size() != batch) {
      throw new IllegalArgumentException(
          "batch %d needs as many query offsets and key lengths, but there are %d and %d"
              .formatted(batch, queryOffsets.size(), keyLengths.size()));
    }
    if (queryLengths.size() != batch) {
      throw new IllegalArgumentException(
          "batch %d needs as many query lengths, but there are %d"
              .formatted(batch, queryLengths.size()));
    }
    for (int length : queryLengths) {
      if (length < 0 || length > queries) {
        throw new IllegalArgumentException(
            "query length %d is not within 0..%d".formatted(length, queries));
      }
    }
    for (int length : keyLengths) {
      if (length < 0) {
        throw new IllegalArgumentException("a key length is at least 0, but one is " + length);
      }
    }
    for (int offset : queryOffsets) {
      if ((long) offset + queries > Integer.MAX_VALUE) {
        throw new IllegalArgumentException(
            "query offset %d puts query %d beyond position %d, the last an int holds"
                .formatted(offset, queries - 1, Integer.MAX_VALUE));
      }
    }
  }

  /** Batches of as many queries each. */
  public Domain(
      int batch, int heads, int queries, List<Integer> queryOffsets, List<Integer> keyLengths) {
    this(
        batch,
        heads,
        queries,
        queryOffsets,
        Collections.nCopies(Math.max(0, batch), queries),
        keyLengths);
  }

  /** One batch and head; queries stand at the end of the keys. */
  public static Domain of(int queries, int keys) {
    return new Domain(1, 1, queries, List.of(keys - queries), List.of(keys));
  }

  /** Batches of one length; queries stand at the end of the keys. */
  public static Domain of(int batch, int heads, int queries, int keys) {
    return new Domain(
        batch,
        heads,
        queries,
        Collections.nCopies(batch, keys - queries),
        Collections.nCopies(batch, keys));
  }

  /** Position p of query q. */
  public int position(int b, int q) {
    return q + queryOffsets.get(b);
  }

  /** Queries of a sequence. */
  public int queries(int b) {
    return queryLengths.get(b);
  }

  /** Keys of a sequence. */
  public int keys(int b) {
    return keyLengths.get(b);
  }

  /** Of the longest sequence. */
  public int mostKeys() {
    return Collections.max(keyLengths);
  }
}
