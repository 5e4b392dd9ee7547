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
 * queryHeads, queryLength] contiguous float32. Query head h reads key-value head h / (queryHeads /
 * kvHeads). In memory the first and the third dimension are slots and rows in them, which {@link
 * RowPlacement} assigns to sequences: {@link #queryRow}, {@link #keyRow}, {@link #valueRow} and
 * {@link #outputRow} say where a row lies, whatever the placement.
 *
 * @param batch B, sequences computed side by side
 * @param queryHeads Hq
 * @param kvHeads Hkv, a divisor of Hq: Hq is multi-head, 1 multi-query, between them grouped-query
 *     attention
 * @param queryLength Sq, queries of the longest sequence
 * @param kvLength Skv, allocated keys per sequence
 * @param headDim D, elements of a query and a key
 * @param valueDim Dv, elements of a value and of an output
 * @param scale multiplies q . k; usually 1/sqrt(D)
 * @param softCap c in c * tanh(score / c), applied after the scale; 0 switches it off
 * @param scoreModifier what becomes of scores after the soft cap
 * @param mask which pairs take part
 * @param queryOffsets per batch, the position of query 0
 * @param queryLengths per batch, how many queries exist: the largest is Sq; rows from there on are
 *     neither computed nor written nor compared
 * @param keyLengths per batch, how many of the allocated keys exist; those from there on are never
 *     visible and never read
 * @param queryType type of Q and O in memory
 * @param keyValueType type of K and V in memory; the scaled types are for these alone
 * @param accumulation type of scores, sums and LSE
 * @param queryPlacement which rows of Q's and O's slots are whose: padded or packed
 * @param keyPlacement which rows of K's and V's slots are whose
 * @param deterministic whether a sequence's result must not depend, bit for bit, on anything but
 *     the sequence: not on its neighbours in the batch, the workers of a device, allocated lengths
 *     or the run; kernels that cannot promise it refuse
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
    List<Integer> queryLengths,
    List<Integer> keyLengths,
    ElementType queryType,
    ElementType keyValueType,
    ElementType accumulation,
    RowPlacement queryPlacement,
    RowPlacement keyPlacement,
    boolean deterministic,
    Layout q,
    Layout k,
    Layout v,
    Layout o) {
  private static final int LONGEST_IN_TABLES = 60;

  /** Validates the whole; every message names the offending value. */
  public AttentionSpec {
    SpecCheck.requireShape(batch, queryHeads, kvHeads, queryLength, kvLength, headDim, valueDim);
    SpecCheck.requireScores(scale, softCap);
    queryOffsets = List.copyOf(queryOffsets);
    queryLengths = List.copyOf(queryLengths);
    keyLengths = List.copyOf(keyLengths);
    SpecCheck.requireLengths(batch, queryLength, kvLength, queryOffsets, queryLengths, keyLengths);
    SpecCheck.requireTypes(queryType, keyValueType, accumulation);
    SpecCheck.requirePlacements(
        queryPlacement, keyPlacement, queryLengths, keyLengths, keyValueType);
    SpecCheck.requireFits(mask, batch, queryHeads, queryLength, kvLength);
    Supplier<Domain> domain =
        domain(batch, queryHeads, queryLength, queryOffsets, queryLengths, keyLengths);
    mask = mask.bindTo(domain);
    scoreModifier = scoreModifier.bindTo(domain);
    // Before anything multiplies its strides: an address that overflows is no address.
    int querySlots = queryPlacement.slots(batch);
    int queryRows = queryPlacement.rowsPerSlot(queryLength, queryLengths);
    int keySlots = keyPlacement.slots(batch);
    int keyRows = keyPlacement.rowsPerSlot(kvLength, keyLengths);
    SpecCheck.requireAddressable("Q", q, querySlots, queryHeads, queryRows, headDim);
    SpecCheck.requireAddressable("K", k, keySlots, kvHeads, keyRows, headDim);
    SpecCheck.requireAddressable("V", v, keySlots, kvHeads, keyRows, valueDim);
    SpecCheck.requireAddressable("O", o, querySlots, queryHeads, queryRows, valueDim);
    SpecCheck.requireAddressable("LSE", (long) batch * queryHeads * queryLength);
    SpecCheck.requireOwnAddresses("the output", o, querySlots, queryHeads, queryRows, valueDim);
    if (keyValueType.scaled()) {
      // Rows with one address and two scales would be two numbers at once.
      String type = " of type " + keyValueType.label();
      SpecCheck.requireOwnAddresses("K" + type, k, keySlots, kvHeads, keyRows, headDim);
      SpecCheck.requireOwnAddresses("V" + type, v, keySlots, kvHeads, keyRows, valueDim);
    }
  }

  /** Copies: the parameters may still be assigned to where this is called. */
  private static Supplier<Domain> domain(
      int batch,
      int heads,
      int queries,
      List<Integer> offsets,
      List<Integer> queryLengths,
      List<Integer> keyLengths) {
    return () -> new Domain(batch, heads, queries, offsets, queryLengths, keyLengths);
  }

  /**
   * The pairs that expressions are asked over.
   *
   * @throws IllegalArgumentException where a position does not fit an int, which only specs without
   *     expressions may have
   */
  public Domain domain() {
    return new Domain(batch, queryHeads, queryLength, queryOffsets, queryLengths, keyLengths);
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

  /** Index in Q's buffer of the first element of query i. */
  public int queryRow(int b, int h, int i) {
    return row(q, queryPlacement, b, h, i);
  }

  /** Index in K's buffer of the first element of a key. */
  public int keyRow(int b, int kvHead, int key) {
    return row(k, keyPlacement, b, kvHead, key);
  }

  /** Index in V's buffer of the first element of a value. */
  public int valueRow(int b, int kvHead, int key) {
    return row(v, keyPlacement, b, kvHead, key);
  }

  /** Index in O's buffer of the first element of query i's output. */
  public int outputRow(int b, int h, int i) {
    return row(o, queryPlacement, b, h, i);
  }

  /** Index of a query in LSE, and of its row wherever rows are counted. */
  public int lseIndex(int b, int h, int i) {
    return (b * queryHeads + h) * queryLength + i;
  }

  private static int row(Layout layout, RowPlacement placement, int b, int head, int row) {
    return (int) layout.row(placement.slot(b, row), head, placement.rowInSlot(b, row));
  }

  /** Slots of Q and O. */
  public int querySlots() {
    return queryPlacement.slots(batch);
  }

  /** Rows of each slot of Q and O. */
  public int querySlotRows() {
    return queryPlacement.rowsPerSlot(queryLength, queryLengths);
  }

  /** Slots of K and V. */
  public int keySlots() {
    return keyPlacement.slots(batch);
  }

  /** Rows of each slot of K and V. */
  public int keySlotRows() {
    return keyPlacement.rowsPerSlot(kvLength, keyLengths);
  }

  /** Scales of K, and of V: one for each 16 rows of a head of a slot; 0 for unscaled types. */
  public int scales() {
    return keyValueType.scaled()
        ? Math.toIntExact((long) keySlots() * kvHeads * scalesPerHead())
        : 0;
  }

  /** Scales of each head of a slot. */
  public int scalesPerHead() {
    return Math.ceilDiv(keySlotRows(), ElementType.KEYS_PER_SCALE);
  }

  /** Index of the scale that multiplies the codes of a key, and of its value. */
  public int scaleIndex(int b, int kvHead, int key) {
    return (keyPlacement.slot(b, key) * kvHeads + kvHead) * scalesPerHead()
        + keyPlacement.rowInSlot(b, key) / ElementType.KEYS_PER_SCALE;
  }

  /** Of Q and O, and of K and V. */
  public ElementTypes types() {
    return new ElementTypes(queryType, keyValueType);
  }

  /** Whether sequences differ in how many queries they have. */
  public boolean hasRaggedQueries() {
    return queryLengths.stream().anyMatch(length -> length != queryLength);
  }

  /** Queries that exist, of all heads: what {@link #rows} counts without padding. */
  public long existingRows() {
    return queryHeads * queryLengths.stream().mapToLong(Integer::longValue).sum();
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
    return PairCounts.visiblePairs(this);
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
   * once, with their scales, the entries of page tables that lead to them, a dense mask and an
   * expression's tables once.
   *
   * <p>Reached is a key that some query's window and length reach; where the mask has an
   * expression, each key of a 64 x 64 block that is not empty, since that is what is known without
   * asking every pair. So a key in no visible block need not be moved, while one that only shares a
   * block with a visible one counts. What dense values hide counts as reached where there is no
   * expression: they have to be read before anybody knows. A row of a page that sequences share
   * counts once.
   */
  public long compulsoryBytes() {
    CanonicalMask canonical = canonicalMask();
    long rows = existingRows();
    ReachedKeys keys = ReachedKeys.of(this);
    long maskBytes = canonical.dense() == null ? 0 : canonical.dense().bytes();
    if (canonical.expression() != null) {
      maskBytes += canonical.expression().tableBytes();
    }
    if (scoreModifier instanceof ScoreModifier.Expression score) {
      maskBytes += score.expression().tableBytes();
    }
    return queryType.bytes() * rows * (headDim + valueDim)
        + accumulation.bytes() * rows
        + keyValueBytes(keys)
        + (long) Integer.BYTES * keys.tableEntries()
        + maskBytes;
  }

  /**
   * Bytes of the keys and values that are reached, with their scales, each moved once: the part of
   * {@link #compulsoryBytes} that a cache holds.
   */
  public long keyValueBytes() {
    return keyValueBytes(ReachedKeys.of(this));
  }

  private long keyValueBytes(ReachedKeys keys) {
    return keyValueType.bytes() * keys.rows() * (headDim + valueDim)
        + 2L * ElementType.SCALE_BYTES * keys.scales();
  }

  /** Elements of Q's buffer, gaps included. */
  public int queryElements() {
    return (int) q.requiredElements(querySlots(), queryHeads, querySlotRows(), headDim);
  }

  /** Elements of K's buffer, gaps included. */
  public int keyElements() {
    return (int) k.requiredElements(keySlots(), kvHeads, keySlotRows(), headDim);
  }

  /** Elements of V's buffer, gaps included. */
  public int valueElements() {
    return (int) v.requiredElements(keySlots(), kvHeads, keySlotRows(), valueDim);
  }

  /** Elements of O's buffer, gaps included. */
  public int outputElements() {
    return (int) o.requiredElements(querySlots(), queryHeads, querySlotRows(), valueDim);
  }

  /**
   * Elements of LSE: batch * queryHeads * queryLength. Also the rows of O, those of shorter
   * sequences that do not exist included.
   */
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
    appendStorage(text);
    return text.toString();
  }

  private void appendStorage(StringBuilder text) {
    if (!types().equals(ElementTypes.F32)) {
      text.append(' ').append(types().label());
    }
    if (hasRaggedQueries()) {
      text.append(" ragged");
    }
    if (!queryPlacement.label().isEmpty()) {
      text.append(" queries ").append(queryPlacement.label());
    }
    if (!keyPlacement.label().isEmpty()) {
      text.append(" keys ").append(keyPlacement.label());
    }
    if (deterministic) {
      text.append(" deterministic");
    }
  }

  private static String cut(String text, int longest) {
    return text.length() <= longest ? text : text.substring(0, longest - 1) + "…";
  }
}
