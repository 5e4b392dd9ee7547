package io.github.attn4j.core.spec;

import java.util.Collections;
import java.util.List;

/** What a spec refuses, by naming the value that does not fit. */
final class SpecCheck {
  private SpecCheck() {}

  static void requireShape(
      int batch,
      int queryHeads,
      int kvHeads,
      int queryLength,
      int kvLength,
      int headDim,
      int valueDim) {
    requirePositive("batch", batch);
    requirePositive("query heads", queryHeads);
    requirePositive("key-value heads", kvHeads);
    requirePositive("query length", queryLength);
    requirePositive("key-value length", kvLength);
    requirePositive("head dimension", headDim);
    requirePositive("value dimension", valueDim);
    if (queryHeads % kvHeads != 0) {
      throw new IllegalArgumentException(
          "%d query heads do not divide among %d key-value heads: make the first a multiple of the second"
              .formatted(queryHeads, kvHeads));
    }
  }

  static void requireScores(float scale, float softCap) {
    if (!Float.isFinite(scale)) {
      throw new IllegalArgumentException("the scale must be finite, but it is " + scale);
    }
    if (!Float.isFinite(softCap) || softCap < 0) {
      throw new IllegalArgumentException(
          "the soft cap must be positive, or 0 for none, but it is " + softCap);
    }
  }

  static void requireLengths(
      int batch,
      int queryLength,
      int kvLength,
      List<Integer> queryOffsets,
      List<Integer> queryLengths,
      List<Integer> keyLengths) {
    if (queryOffsets.size() != batch || keyLengths.size() != batch) {
      throw new IllegalArgumentException(
          "batch %d needs as many query offsets and key lengths, but there are %d and %d"
              .formatted(batch, queryOffsets.size(), keyLengths.size()));
    }
    if (queryLengths.size() != batch) {
      throw new IllegalArgumentException(
          "batch %d needs as many query lengths, but there are %d: give one for each sequence, or none for %d each"
              .formatted(batch, queryLengths.size(), queryLength));
    }
    for (int length : keyLengths) {
      if (length < 0 || length > kvLength) {
        throw new IllegalArgumentException(
            "key length %d is not within 0..%d, the allocated keys".formatted(length, kvLength));
      }
    }
    for (int b = 0; b < batch; b++) {
      int length = queryLengths.get(b);
      if (length < 0 || length > queryLength) {
        throw new IllegalArgumentException(
            "query length %d of sequence %d is not within 0..%d: Sq is that of the longest sequence"
                .formatted(length, b, queryLength));
      }
    }
    int longest = Collections.max(queryLengths);
    if (longest != queryLength) {
      throw new IllegalArgumentException(
          "the longest sequence has %d queries, so Sq is that and not %d"
              .formatted(longest, queryLength));
    }
  }

  static void requireTypes(
      ElementType queryType, ElementType keyValueType, ElementType accumulation) {
    if (queryType.scaled()) {
      throw new IllegalArgumentException(
          "Q and O cannot be %s, which needs scales: only K and V can; take f32, f16 or bf16 for Q"
              .formatted(queryType.label()));
    }
    if (accumulation != ElementType.F32) {
      throw new IllegalArgumentException(
          "scores and sums are f32, whatever the tensors' types (K and V are %s): not %s"
              .formatted(keyValueType.label(), accumulation.label()));
    }
  }

  static void requirePlacements(
      RowPlacement queryPlacement,
      RowPlacement keyPlacement,
      List<Integer> queryLengths,
      List<Integer> keyLengths,
      ElementType keyValueType) {
    if (queryPlacement instanceof RowPlacement.Paged) {
      throw new IllegalArgumentException(
          "queries and outputs are padded or packed, not in %s: only keys and values are cached"
              .formatted(queryPlacement.label()));
    }
    queryPlacement.requireHolds("queries", queryLengths);
    keyPlacement.requireHolds("keys", keyLengths);
    if (keyValueType.scaled() && keyPlacement instanceof RowPlacement.Packed packed) {
      for (int b = 0; b < packed.starts().size(); b++) {
        if (packed.starts().get(b) % ElementType.KEYS_PER_SCALE != 0) {
          throw new IllegalArgumentException(
              "packed keys of type %s start at multiples of %d, since as many rows share a scale, but sequence %d starts at row %d"
                  .formatted(
                      keyValueType.label(), ElementType.KEYS_PER_SCALE, b, packed.starts().get(b)));
        }
      }
    }
  }

  /** Asks each dense mask alone: combined ones no longer show which of them does not fit. */
  static void requireFits(Mask mask, int batch, int heads, int queries, int keys) {
    switch (mask) {
      case Mask.None none -> {}
      case Mask.Window window -> {}
      case Mask.Expression condition -> {}
      case Mask.DenseBoolean bool -> bool.values().requireFits(batch, heads, queries, keys);
      case Mask.DenseAdditive add -> add.values().requireFits(batch, heads, queries, keys);
      case Mask.And and -> {
        requireFits(and.first(), batch, heads, queries, keys);
        requireFits(and.second(), batch, heads, queries, keys);
      }
    }
  }

  static void requireAddressable(
      String name, Layout layout, int slots, int heads, int rows, int columns) {
    long elements;
    try {
      elements = layout.requiredElements(slots, heads, rows, columns);
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException(
          "%s of shape [%d, %d, %d, %d] reaches beyond 2^63 elements with layout %s"
              .formatted(name, slots, heads, rows, columns, layout),
          e);
    }
    requireAddressable(name, elements);
  }

  static void requireAddressable(String name, long elements) {
    if (elements > Integer.MAX_VALUE - 8) {
      throw new IllegalArgumentException(
          "%s needs %,d elements, more than the %,d of one Java array: split the batch or the heads"
              .formatted(name, elements, Integer.MAX_VALUE - 8));
    }
  }

  static void requireOwnAddresses(
      String name, Layout layout, int slots, int heads, int rows, int columns) {
    if (!layout.isInjective(slots, heads, rows, columns)) {
      throw new IllegalArgumentException(
          "two elements of %s would share an address with layout %s for shape [%d, %d, %d, %d]"
              .formatted(name, layout, slots, heads, rows, columns));
    }
  }

  private static void requirePositive(String name, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(
          "the %s must be at least 1, but it is %d".formatted(name, value));
    }
  }
}
