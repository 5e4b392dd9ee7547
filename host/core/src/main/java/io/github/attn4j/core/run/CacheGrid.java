package io.github.attn4j.core.run;

import io.github.attn4j.core.expression.MaskExpression;
import io.github.attn4j.core.expression.ScoreExpression;
import io.github.attn4j.core.input.InputFamily;
import io.github.attn4j.core.input.PageTables;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.AttentionSpecBuilder;
import io.github.attn4j.core.spec.DenseMask;
import io.github.attn4j.core.spec.ElementType;
import io.github.attn4j.core.spec.Layout;
import io.github.attn4j.core.spec.Mask;
import io.github.attn4j.core.spec.RowPlacement;
import io.github.attn4j.core.spec.ScoreModifier;
import java.util.ArrayList;
import java.util.List;

/**
 * Attention as a server runs it: sequences of different length, packed without padding or with
 * their keys on pages, one query each (decoding), a chunk of them, or the whole prompt; prefixes
 * that sequences share; and types that caches are kept in.
 */
public final class CacheGrid {
  /** Page boundaries within, on and one past a length; an empty sequence; one of a single key. */
  private static final List<Integer> KEYS = List.of(150, 1, 0, 64, 257);

  private static final List<Integer> CHUNKS = List.of(33, 1, 5, 0, 64);

  private final long seed;
  private final List<GridCase> cases = new ArrayList<>();

  private CacheGrid(long seed) {
    this.seed = seed;
  }

  /** What a test can afford on every change: float32, and one pair of types of each kind. */
  public static List<GridCase> quick(long seed) {
    CacheGrid grid = new CacheGrid(seed);
    grid.ragged(ElementType.F32, ElementType.F32);
    grid.packed(ElementType.F32, ElementType.F32);
    grid.decode(ElementType.F32, ElementType.F32, 16, 64);
    grid.chunks(ElementType.F32, ElementType.F32, 16, 256);
    grid.sharedPrefix(ElementType.F32, ElementType.F32, 32);
    grid.masks(16);
    grid.decode(ElementType.F16, ElementType.F16, 32);
    grid.chunks(ElementType.F16, ElementType.I8, 16);
    grid.packed(ElementType.BF16, ElementType.F8E4M3);
    return List.copyOf(grid.cases);
  }

  /** Every page size, every type of K and V under each of Q, more dimensions. */
  public static List<GridCase> full(long seed) {
    CacheGrid grid = new CacheGrid(seed);
    grid.cases.addAll(quick(seed));
    int[] pageSizes = {16, 32, 64, 128, 256};
    for (ElementType query : List.of(ElementType.F32, ElementType.F16, ElementType.BF16)) {
      for (ElementType keyValue : ElementType.values()) {
        grid.ragged(query, keyValue);
        grid.packed(query, keyValue);
        grid.decode(query, keyValue, pageSizes);
        grid.chunks(query, keyValue, pageSizes);
        grid.sharedPrefix(query, keyValue, 16);
        grid.sharedPrefix(query, keyValue, 64);
      }
    }
    for (int pageSize : pageSizes) {
      grid.masks(pageSize);
    }
    grid.dimensions();
    return List.copyOf(grid.cases);
  }

  /** What an interpreter can afford: a page's edge, a table out of order, a tail of each kind. */
  public static List<GridCase> tiny(long seed) {
    CacheGrid grid = new CacheGrid(seed);
    AttentionSpecBuilder small = AttentionSpec.builder().dim(8).heads(2, 1);
    List<Integer> keys = List.of(21, 0, 33);
    small.batch(3).lengths(3, 33).keyLengths(keys).mask(Mask.causal());
    RowPlacement pages = PageTables.shuffled(16, keys, seed);
    grid.add("tiny pages", small.keyPlacement(pages), InputFamily.POISON_NAN);
    grid.add(
        "tiny pages i8",
        small.queryType(ElementType.F16).keyValueType(ElementType.I8),
        InputFamily.NORMAL);
    grid.add(
        "tiny pages f8e4m3",
        small.queryType(ElementType.BF16).keyValueType(ElementType.F8E4M3),
        InputFamily.POISON_NAN);
    small.storage(ElementType.F32).packedQueries(List.of(3, 2, 0));
    grid.add("tiny chunks on pages", small, InputFamily.POISON_NAN);
    grid.add("tiny packed", small.packedKeys(), InputFamily.POISON_NAN);
    return List.copyOf(grid.cases);
  }

  private void add(String name, AttentionSpecBuilder builder, InputFamily family) {
    cases.add(new GridCase(name, builder.build(), family, seed + cases.size()));
  }

  /** Sequences with fewer queries than others, in slots of their own. */
  private void ragged(ElementType query, ElementType keyValue) {
    AttentionSpecBuilder builder = base(query, keyValue).queryLengths(CHUNKS);
    add("ragged queries", builder, InputFamily.NORMAL);
    add("ragged queries causal", builder.mask(Mask.causal()), InputFamily.POISON_NAN);
    add("ragged queries top-left", builder.topLeft(), InputFamily.POISON_INF);
  }

  /** FlashAttention's variable-length batches: prompts, and chunks against longer keys. */
  private void packed(ElementType query, ElementType keyValue) {
    List<Integer> prompts = List.of(37, 1, 130, 64, 0);
    AttentionSpecBuilder own =
        base(query, keyValue).packedQueries(prompts).packedKeys(prompts).mask(Mask.causal());
    add("packed prompts", own, InputFamily.POISON_NAN);
    add("packed prompts bshd", own.bshd(), InputFamily.NORMAL);
    AttentionSpecBuilder chunks =
        base(query, keyValue).packedQueries(CHUNKS).packedKeys().mask(Mask.window(90, 0));
    add("packed chunks", chunks, InputFamily.POISON_INF);
    add(
        "packed queries, padded keys",
        chunks.keyPlacement(RowPlacement.padded()),
        InputFamily.NORMAL);
  }

  /** One query each, and a few: what speculative decoding asks for. */
  private void decode(ElementType query, ElementType keyValue, int... pageSizes) {
    for (int pageSize : pageSizes) {
      AttentionSpecBuilder builder =
          base(query, keyValue)
              .heads(8, 2)
              .lengths(1, 257)
              .keyPlacement(PageTables.shuffled(pageSize, KEYS, seed + cases.size()));
      add("decode", builder, InputFamily.POISON_NAN);
      add(
          "decode window",
          builder.lengths(4, 257).mask(Mask.window(70, 0)).bshd(),
          InputFamily.POISON_NAN);
    }
  }

  /** Chunks of prompts beside single tokens, packed, over pages. */
  private void chunks(ElementType query, ElementType keyValue, int... pageSizes) {
    for (int pageSize : pageSizes) {
      AttentionSpecBuilder builder =
          base(query, keyValue)
              .packedQueries(CHUNKS)
              .keyPlacement(PageTables.shuffled(pageSize, KEYS, seed + cases.size()))
              .mask(Mask.causal());
      add("chunks on pages", builder, InputFamily.POISON_NAN);
      add("chunks on pages, flat", builder, InputFamily.CONSTANT);
    }
  }

  private void sharedPrefix(ElementType query, ElementType keyValue, int pageSize) {
    List<Integer> keys = List.of(150, 131, 257);
    AttentionSpecBuilder builder =
        base(query, keyValue)
            .batch(3)
            .keyLengths(keys)
            .lengths(2, 257)
            .keyPlacement(PageTables.sharingPrefix(pageSize, keys, 128, seed + cases.size()));
    add("shared prefix", builder.mask(Mask.causal()), InputFamily.POISON_NAN);
    add("shared prefix ragged", builder.queryLengths(List.of(1, 9, 40)), InputFamily.NORMAL);
  }

  /** Masks are asked by key, not by where it lies. */
  private void masks(int pageSize) {
    RowPlacement pages = PageTables.shuffled(pageSize, KEYS, seed + cases.size());
    DenseMask booleans = GridLevels.booleans(seed, 5, 1, 64, 257);
    AttentionSpecBuilder builder =
        base(ElementType.F32, ElementType.F32).packedQueries(CHUNKS).keyPlacement(pages);
    add(
        "pages boolean mask",
        builder.mask(new Mask.DenseBoolean(booleans).and(Mask.causal())),
        InputFamily.POISON_NAN);
    add(
        "pages additive mask",
        builder.mask(new Mask.DenseAdditive(GridLevels.biases(seed, 1, 4, 64, 257))),
        InputFamily.POISON_INF);
    add(
        "pages condition",
        builder.mask(
            Mask.expression(MaskExpression.parse("k <= p && (k < 4 || p - k < 90 + 10 * b)"))),
        InputFamily.POISON_NAN);
    add(
        "pages score",
        builder
            .mask(Mask.causal())
            .softCap(20)
            .scoreModifier(
                ScoreModifier.expression(ScoreExpression.parse("s - slope(h) * (p - k)"))),
        InputFamily.NORMAL);
  }

  private void dimensions() {
    for (int[] dims : new int[][] {{128, 128}, {80, 80}, {64, 40}, {111, 111}}) {
      AttentionSpecBuilder builder =
          base(ElementType.F16, ElementType.F16)
              .dims(dims[0], dims[1])
              .packedQueries(CHUNKS)
              .keyPlacement(PageTables.shuffled(16, KEYS, seed + cases.size()));
      add("pages D " + dims[0] + " Dv " + dims[1], builder, InputFamily.POISON_NAN);
      int slots = builder.build().keySlots();
      int rows = builder.build().querySlotRows();
      builder.layouts(
          Layout.padded(4, rows, dims[0], 3, 5, 1),
          Layout.padded(2, 16, dims[0], slots, 7, 2),
          Layout.padded(2, 16, dims[1], 9, 1, 0),
          Layout.padded(4, rows, dims[1], 2, 3, 4));
      add("pages with gaps", builder, InputFamily.POISON_INF);
    }
  }

  private static AttentionSpecBuilder base(ElementType query, ElementType keyValue) {
    return AttentionSpec.builder()
        .batch(KEYS.size())
        .heads(4, 2)
        .dim(64)
        .lengths(64, 257)
        .keyLengths(KEYS)
        .queryType(query)
        .keyValueType(keyValue);
  }
}
