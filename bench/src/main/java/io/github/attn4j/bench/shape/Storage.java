package io.github.attn4j.bench.shape;

import io.github.attn4j.core.input.PageTables;
import io.github.attn4j.core.spec.AttentionSpecBuilder;
import io.github.attn4j.core.spec.ElementType;
import io.github.attn4j.core.spec.ElementTypes;
import java.util.Collections;

/**
 * How a shape's tensors lie in memory, types and pages, and whether what is computed of them may
 * depend on who else is in the batch.
 *
 * @param queryType of Q and O
 * @param keyValueType of K and V
 * @param pageSize keys of a page; 0 where each sequence has a slot of its own
 * @param pageSeed of the order in which sequences have taken their pages from the pool
 * @param deterministic whether keys are split and parts merged in one order, whatever the batch
 */
public record Storage(
    ElementType queryType,
    ElementType keyValueType,
    int pageSize,
    long pageSeed,
    boolean deterministic) {
  /** Float32 in a slot for each sequence. */
  public static final Storage PLAIN = of(ElementType.F32, ElementType.F32);

  private static final String SEPARATOR = ",";
  private static final int PARTS = 5;

  /** These types in a slot for each sequence. */
  public static Storage of(ElementType queryType, ElementType keyValueType) {
    return new Storage(queryType, keyValueType, 0, 0, false);
  }

  /** The types as specs' labels have them: {@code f16}, or {@code f16 kv:i8} where they differ. */
  public String label() {
    return new ElementTypes(queryType, keyValueType).label();
  }

  /** The same with keys on pages; on none where the size is 0. */
  public Storage onPages(int size, long seed) {
    return new Storage(queryType, keyValueType, size, size == 0 ? 0 : seed, deterministic);
  }

  /** The same with results that depend on nobody else in the batch. */
  public Storage deterministic(boolean wanted) {
    return new Storage(queryType, keyValueType, pageSize, pageSeed, wanted);
  }

  /**
   * A builder whose spec is stored so; for the last, since its lengths decide how many pages there
   * are.
   *
   * @param batch of the builder
   * @param keys of each sequence
   */
  AttentionSpecBuilder applyTo(AttentionSpecBuilder builder, int batch, int keys) {
    builder.queryType(queryType).keyValueType(keyValueType).deterministic(deterministic);
    // Of what is not positive the spec says that it makes no sense.
    return pageSize == 0 || batch < 1 || keys < 1
        ? builder
        : builder.keyPlacement(
            PageTables.shuffled(pageSize, Collections.nCopies(batch, keys), pageSeed));
  }

  /** As one word without slashes; {@link #decode} is its inverse. */
  String encode() {
    return String.join(
        SEPARATOR,
        queryType.label(),
        keyValueType.label(),
        String.valueOf(pageSize),
        String.valueOf(pageSeed),
        String.valueOf(deterministic));
  }

  static Storage decode(String text) {
    String[] parts = text.split(SEPARATOR, -1);
    if (parts.length != PARTS) {
      throw new IllegalArgumentException("'" + text + "' is no storage");
    }
    return new Storage(
        ElementType.parse(parts[0]),
        ElementType.parse(parts[1]),
        Integer.parseInt(parts[2]),
        Long.parseLong(parts[3]),
        Boolean.parseBoolean(parts[4]));
  }
}
