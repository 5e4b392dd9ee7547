package io.github.attn4j.core.spec;

import io.github.attn4j.core.blockmap.BlockEnumerator;
import io.github.attn4j.core.blockmap.BlockMap;
import io.github.attn4j.core.blockmap.BlockSize;
import io.github.attn4j.core.expression.Domain;
import java.util.List;
import java.util.function.Supplier;

/**
 * One attention problem: softmax(scale * Q K^T, soft-capped, masked) V, without its data. First in
 * the flow; everything else reads it.
 *
 * <p>Shapes: Q [batch, queryHeads, queryLength, headDim], K [batch, kvHeads, kvLength, headDim], V
 * [batch, kvHeads, kvLength, valueDim], O [batch, queryHeads, queryLength, valueDim], LSE [batch,
 * queryHeads, queryLength] contiguous. Query head h reads key-value head h / (queryHeads /
 * kvHeads).
 *
 * @param batch B, sequences computed side by side
 * @param queryHeads Hq
 * @param kvHeads Hkv, a divisor of Hq: Hq is multi-head, 1 multi-query, between them grouped-query
 *     attention
 * @param queryLength Sq, queries per sequence
 * @param kvLength Skv, allocated keys per sequence
 * @param headDim D, elements of a query and a key
 * @param valueDim Dv, elements of a value and of an output
 * @param scale multiplies q . k; usually 1/sqrt(D)
 * @param softCap c in c * tanh(score / c), applied after the scale; 0 switches it off
 * @param scoreModifier what becomes of scores after the soft cap
 * @param mask which pairs take part
 * @param queryOffsets per batch, the position of query 0
 * @param keyLengths per batch, how many of the allocated keys exist; those from there on are never
 *     visible and never read
 * @param storage type of Q, K, V and O in memory
 * @param accumulation type of scores, sums and LSE
 * @param q where Q's elements lie
 * @param k where K's elements lie
 * @param v where V's elements lie
 * @param o where O's elements lie
 */
public record AttentionSpec(
    int batch,
    int queryHeads,
    int kvHeads,
    int queryLength,
    int kvLength,
    int headDim,
    int valueDim,
    float scale,
    float softCap,
    ScoreModifier scoreModifier,
    Mask mask,
    List<Integer> queryOffsets,
    List<Integer> keyLengths,
    ElementType storage,
    ElementType accumulation,
    Layout q,
    Layout k,
    Layout v,
    Layout o) {
  private static final int LONGEST_IN_TABLES = 60;

  /** Validates the whole; every message names the offending value. */
  public AttentionSpec {
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
    if (!Float.isFinite(scale)) {
      throw new IllegalArgumentException("the scale must be finite, but it is " + scale);
    }
    if (!Float.isFinite(softCap) || softCap < 0) {
      throw new IllegalArgumentException(
          "the soft cap must be positive, or 0 for none, but it is " + softCap);
    }
    queryOffsets = List.copyOf(queryOffsets);
    keyLengths = List.copyOf(keyLengths);
    if (queryOffsets.size() != batch || keyLengths.size() != batch) {
      throw new IllegalArgumentException(
          "batch %d needs as many query offsets and key lengths, but there are %d and %d"
              .formatted(batch, queryOffsets.size(), keyLengths.size()));
    }
    for (int length : keyLengths) {
      if (length < 0 || length > kvLength) {
        throw new IllegalArgumentException(
            "key length %d is not within 0..%d, the allocated keys".formatted(length, kvLength));
      }
    }
    requireFits(mask, batch, queryHeads, queryLength, kvLength);
    Supplier<Domain> domain = domain(batch, queryHeads, queryLength, queryOffsets, keyLengths);
    mask = mask.bindTo(domain);
    scoreModifier = scoreModifier.bindTo(domain);
    // Before anything multiplies its strides: an address that overflows is no address.
    requireAddressable("Q", q, batch, queryHeads, queryLength, headDim);
    requireAddressable("K", k, batch, kvHeads, kvLength, headDim);
    requireAddressable("V", v, batch, kvHeads, kvLength, valueDim);
    requireAddressable("O", o, batch, queryHeads, queryLength, valueDim);
    requireAddressable("LSE", (long) batch * queryHeads * queryLength);
    if (!o.isInjective(batch, queryHeads, queryLength, valueDim)) {
      throw new IllegalArgumentException(
          "two elements of the output would share an address with layout %s for shape [%d, %d, %d, %d]"
              .formatted(o, batch, queryHeads, queryLength, valueDim));
    }
  }

  /** Copies: the parameters may still be assigned to where this is called. */
  private static Supplier<Domain> domain(
      int batch, int heads, int queries, List<Integer> offsets, List<Integer> lengths) {
    return () -> new Domain(batch, heads, queries, offsets, lengths);
  }

  /**
   * The pairs that expressions are asked over.
   *
   * @throws IllegalArgumentException where a position does not fit an int, which only specs without
   *     expressions may have
   */
  public Domain domain() {
    return new Domain(batch, queryHeads, queryLength, queryOffsets, keyLengths);
  }

  /** Starts from one head of 64 elements, full attention, contiguous BHSD. */
  public static AttentionSpecBuilder builder() {
    return new AttentionSpecBuilder();
  }

  /** A builder that starts from this spec, its layouts included. */
  public AttentionSpecBuilder toBuilder() {
    return new AttentionSpecBuilder(this);
  }

  /** Whether query q sees key k: the definition that every kernel is held to. */
  public boolean visible(int b, int h, int q, int k) {
    return k < keyLengths.get(b) && mask.visible(b, h, q, position(b, q), k);
  }

  /** Position of query q on the key axis. */
  public long position(int b, int q) {
    return (long) q + queryOffsets.get(b);
  }

  /** The key-value head that query head h reads. */
  public int kvHead(int h) {
    return h / (queryHeads / kvHeads);
  }

  /** The mask as kernels take it. */
  public CanonicalMask canonicalMask() {
    return CanonicalMask.of(mask);
  }

  /**
   * Which 64 x 64 blocks of the score matrices hold visible pairs. Built anew at each call: keep
   * it.
   *
   * @throws IllegalArgumentException where a position does not fit an int
   */
  public BlockMap blockMap() {
    return VisibleBlocks.of(this);
  }

  /**
   * As {@link #blockMap()}, with somebody else, a device, enumerating what no proof decides.
   *
   * @param enumerator judges blocks of {@link BlockSize#STANDARD} by the whole mask
   * @throws IllegalArgumentException where a position does not fit an int
   */
  public BlockMap blockMap(BlockEnumerator enumerator) {
    return VisibleBlocks.of(this, enumerator);
  }

  /** Enumerates blocks of the whole mask here, pair by pair. */
  public BlockEnumerator blockEnumerator() {
    return BlockEnumerator.of(VisibleBlocks.pairs(this), domain(), BlockSize.STANDARD);
  }

  /** First key that window and length leave to query q. */
  public int firstKey(int b, int q) {
    return firstKey(canonicalMask(), b, q);
  }

  /** One past the last key that window and length leave to query q; at least {@link #firstKey}. */
  public int endKey(int b, int q) {
    return endKey(canonicalMask(), b, q);
  }

  private int firstKey(CanonicalMask canonical, int b, int q) {
    return canonical.firstKey(position(b, q), keyLengths.get(b));
  }

  private int endKey(CanonicalMask canonical, int b, int q) {
    return canonical.endKey(position(b, q), keyLengths.get(b));
  }

  /**
   * Number of (b, h, q, k) that take part. Counts row by row where the mask is a window, pair by
   * pair where it is dense, and in blocks that it cuts where it is a condition.
   */
  public long visiblePairs() {
    CanonicalMask canonical = canonicalMask();
    if (canonical.expression() != null) {
      return blockMap().counts(VisibleBlocks.pairs(this)).visiblePairs();
    }
    long pairs = 0;
    for (int b = 0; b < batch; b++) {
      int headsToCount = canonical.dense() == null ? 1 : queryHeads;
      for (int h = 0; h < headsToCount; h++) {
        for (int i = 0; i < queryLength; i++) {
          pairs += visibleKeys(canonical, b, h, i) * (canonical.dense() == null ? queryHeads : 1L);
        }
      }
    }
    return pairs;
  }

  private long visibleKeys(CanonicalMask canonical, int b, int h, int i) {
    int first = firstKey(canonical, b, i);
    int end = endKey(canonical, b, i);
    if (canonical.dense() == null) {
      return (long) end - first;
    }
    long count = 0;
    for (int key = first; key < end; key++) {
      if (canonical.dense().isVisible(b, h, i, key)) {
        count++;
      }
    }
    return count;
  }

  /**
   * 2 * visible pairs * (D + Dv): multiplications and additions of both products; exponentials are
   * not counted.
   */
  public double flops() {
    return 2.0 * visiblePairs() * (headDim + valueDim);
  }

  /**
   * Bytes that any implementation must move: Q, O and LSE once, keys and values that are reached
   * once, a dense mask and an expression's tables once.
   *
   * <p>Reached is a key that some query's window and length reach; where the mask has an
   * expression, each key of a 64 x 64 block that is not empty, since that is what is known without
   * asking every pair. So a key in no visible block need not be moved, while one that only shares a
   * block with a visible one counts. What dense values hide counts as reached where there is no
   * expression: they have to be read before anybody knows.
   */
  public long compulsoryBytes() {
    CanonicalMask canonical = canonicalMask();
    long rows = (long) batch * queryHeads * queryLength;
    long keys =
        canonical.expression() == null
            ? kvHeads * keysInWindows(canonical)
            : VisibleBlocks.keysReached(this);
    long maskBytes = canonical.dense() == null ? 0 : canonical.dense().bytes();
    if (canonical.expression() != null) {
      maskBytes += canonical.expression().tableBytes();
    }
    if (scoreModifier instanceof ScoreModifier.Expression score) {
      maskBytes += score.expression().tableBytes();
    }
    return storage.bytes() * (rows * (headDim + valueDim) + keys * (headDim + valueDim))
        + accumulation.bytes() * rows
        + maskBytes;
  }

  private long keysInWindows(CanonicalMask canonical) {
    long keys = 0;
    for (int b = 0; b < batch; b++) {
      int reachedTo = 0;
      for (int i = 0; i < queryLength; i++) {
        // Window ends grow with the query's index, so counting each key once is counting what lies
        // past the last end.
        int end = endKey(canonical, b, i);
        keys += Math.max(0, end - Math.max(reachedTo, firstKey(canonical, b, i)));
        reachedTo = Math.max(reachedTo, end);
      }
    }
    return keys;
  }

  /** Elements of Q's buffer, gaps included. */
  public int queryElements() {
    return (int) q.requiredElements(batch, queryHeads, queryLength, headDim);
  }

  /** Elements of K's buffer, gaps included. */
  public int keyElements() {
    return (int) k.requiredElements(batch, kvHeads, kvLength, headDim);
  }

  /** Elements of V's buffer, gaps included. */
  public int valueElements() {
    return (int) v.requiredElements(batch, kvHeads, kvLength, valueDim);
  }

  /** Elements of O's buffer, gaps included. */
  public int outputElements() {
    return (int) o.requiredElements(batch, queryHeads, queryLength, valueDim);
  }

  /** Rows of O: batch * queryHeads * queryLength; also the elements of LSE. */
  public int rows() {
    return batch * queryHeads * queryLength;
  }

  /**
   * The problem in a few words, for tables: {@code B1 H8/2 S1024 D64 causal}. Expressions longer
   * than {@value #LONGEST_IN_TABLES} characters are cut; {@link #wholeLabel} has all of them.
   */
  public String label() {
    return label(LONGEST_IN_TABLES);
  }

  /** The same with expressions at full length: what somebody needs to compute it again. */
  public String wholeLabel() {
    return label(Integer.MAX_VALUE);
  }

  private String label(int longest) {
    StringBuilder text = new StringBuilder("B").append(batch).append(" H").append(queryHeads);
    if (kvHeads != queryHeads) {
      text.append('/').append(kvHeads);
    }
    text.append(" S").append(queryLength);
    if (kvLength != queryLength) {
      text.append('x').append(kvLength);
    }
    text.append(" D").append(headDim);
    if (valueDim != headDim) {
      text.append('x').append(valueDim);
    }
    text.append(' ').append(cut(mask.label(), longest));
    if (softCap > 0) {
      text.append(" cap").append(softCap);
    }
    if (!scoreModifier.label().isEmpty()) {
      text.append(" score ").append(cut(scoreModifier.label(), longest));
    }
    return text.toString();
  }

  private static String cut(String text, int longest) {
    return text.length() <= longest ? text : text.substring(0, longest - 1) + "…";
  }

  private static void requirePositive(String name, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(
          "the %s must be at least 1, but it is %d".formatted(name, value));
    }
  }

  /** Asks each dense mask alone: combined ones no longer show which of them does not fit. */
  private static void requireFits(Mask mask, int batch, int heads, int queries, int keys) {
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

  private static void requireAddressable(
      String name, Layout layout, int batch, int heads, int rows, int columns) {
    long elements;
    try {
      elements = layout.requiredElements(batch, heads, rows, columns);
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException(
          "%s of shape [%d, %d, %d, %d] reaches beyond 2^63 elements with layout %s"
              .formatted(name, batch, heads, rows, columns, layout),
          e);
    }
    requireAddressable(name, elements);
  }

  private static void requireAddressable(String name, long elements) {
    if (elements > Integer.MAX_VALUE - 8) {
      throw new IllegalArgumentException(
          "%s needs %,d elements, more than the %,d of one Java array: split the batch or the heads"
              .formatted(name, elements, Integer.MAX_VALUE - 8));
    }
  }
}
