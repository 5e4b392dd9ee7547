package io.github.attn4j.core.spec;

import io.github.attn4j.core.expression.PairPredicate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Builds an {@link AttentionSpec}; whatever is not said has the default named at its setter. */
public final class AttentionSpecBuilder {
  private int batch = 1;
  private int queryHeads = 1;
  private int kvHeads = 1;
  private int queryLength = 1;
  private int kvLength = 1;
  private int headDim = 64;
  private int valueDim = 64;
  private @Nullable Float scale;
  private float softCap;
  private ScoreModifier scoreModifier = ScoreModifier.none();
  private Mask mask = Mask.none();
  private @Nullable CodeMask code;
  private boolean topLeft;
  private @Nullable List<Integer> queryOffsets;
  private @Nullable List<Integer> queryLengths;
  private @Nullable List<Integer> keyLengths;
  private ElementType queryType = ElementType.F32;
  private ElementType keyValueType = ElementType.F32;
  private RowPlacement queryPlacement = RowPlacement.padded();
  private RowPlacement keyPlacement = RowPlacement.padded();
  private boolean packQueries;
  private boolean packKeys;
  private boolean headsInside;
  private @Nullable Layout q;
  private @Nullable Layout k;
  private @Nullable Layout v;
  private @Nullable Layout o;

  AttentionSpecBuilder() {}

  AttentionSpecBuilder(AttentionSpec spec) {
    batch = spec.batch();
    queryHeads = spec.queryHeads();
    kvHeads = spec.kvHeads();
    queryLength = spec.queryLength();
    kvLength = spec.kvLength();
    headDim = spec.headDim();
    valueDim = spec.valueDim();
    scale = spec.scale();
    softCap = spec.softCap();
    scoreModifier = spec.scoreModifier();
    mask = spec.mask();
    queryOffsets = spec.queryOffsets();
    queryLengths = spec.hasRaggedQueries() ? spec.queryLengths() : null;
    keyLengths = spec.keyLengths();
    queryType = spec.queryType();
    keyValueType = spec.keyValueType();
    queryPlacement = spec.queryPlacement();
    keyPlacement = spec.keyPlacement();
    q = spec.q();
    k = spec.k();
    v = spec.v();
    o = spec.o();
  }

  /** B; 1 by default. */
  public AttentionSpecBuilder batch(int value) {
    batch = value;
    return this;
  }

  /** Hq and Hkv alike; 1 by default. */
  public AttentionSpecBuilder heads(int value) {
    return heads(value, value);
  }

  /** Hq and Hkv. */
  public AttentionSpecBuilder heads(int query, int keyValue) {
    queryHeads = query;
    kvHeads = keyValue;
    return this;
  }

  /** Sq and Skv alike; 1 by default. */
  public AttentionSpecBuilder length(int value) {
    return lengths(value, value);
  }

  /** Sq and Skv. */
  public AttentionSpecBuilder lengths(int query, int keyValue) {
    queryLength = query;
    kvLength = keyValue;
    return this;
  }

  /** D and Dv alike; 64 by default. */
  public AttentionSpecBuilder dim(int value) {
    return dims(value, value);
  }

  /** D and Dv. */
  public AttentionSpecBuilder dims(int head, int value) {
    headDim = head;
    valueDim = value;
    return this;
  }

  /** Factor on q . k; 1/sqrt(D) by default. */
  public AttentionSpecBuilder scale(float value) {
    scale = value;
    return this;
  }

  /** Soft cap; 0, none, by default. */
  public AttentionSpecBuilder softCap(float value) {
    softCap = value;
    return this;
  }

  /** What becomes of scores after the soft cap; nothing by default. */
  public AttentionSpecBuilder scoreModifier(ScoreModifier value) {
    scoreModifier = value;
    return this;
  }

  /** Mask; none by default. */
  public AttentionSpecBuilder mask(Mask value) {
    mask = value;
    code = null;
    return this;
  }

  /**
   * A mask as code, asked once for every pair when the spec is built. Kernels get its answers as a
   * dense mask of [batch, query heads, Sq, Skv], a byte each; a warning says how many. An {@link
   * Mask#expression} costs none of them, and its blocks are known without asking every pair.
   */
  public AttentionSpecBuilder mask(PairPredicate pairs) {
    return mask(pairs, true, true);
  }

  /**
   * A mask as code that may look at less, and is then dense in fewer dimensions.
   *
   * @param dependsOnBatch false where b decides nothing. Where batches differ in their query
   *     offsets, the positions do, and the mask has a batch dimension all the same
   * @param dependsOnHead false where h decides nothing
   */
  public AttentionSpecBuilder mask(
      PairPredicate pairs, boolean dependsOnBatch, boolean dependsOnHead) {
    code = new CodeMask(pairs, dependsOnBatch, dependsOnHead);
    return this;
  }

  /**
   * Query offsets that align the last query with the last key of its batch: the default. May be
   * negative.
   */
  public AttentionSpecBuilder bottomRight() {
    topLeft = false;
    queryOffsets = null;
    return this;
  }

  /** Query offsets 0: the first query stands at the first key. */
  public AttentionSpecBuilder topLeft() {
    topLeft = true;
    queryOffsets = null;
    return this;
  }

  /** Query offsets per batch. */
  public AttentionSpecBuilder queryOffsets(List<Integer> perBatch) {
    queryOffsets = List.copyOf(perBatch);
    return this;
  }

  /** Key lengths per batch; Skv by default. */
  public AttentionSpecBuilder keyLengths(List<Integer> perBatch) {
    keyLengths = List.copyOf(perBatch);
    return this;
  }

  /**
   * Queries per batch, of which the longest sequence's are Sq; Sq each by default. Rows past them
   * do not exist.
   */
  public AttentionSpecBuilder queryLengths(List<Integer> perBatch) {
    queryLengths = List.copyOf(perBatch);
    queryLength = perBatch.stream().mapToInt(Integer::intValue).max().orElse(0);
    return this;
  }

  /** Type of Q, K, V and O; float32 by default. */
  public AttentionSpecBuilder storage(ElementType type) {
    return queryType(type).keyValueType(type);
  }

  /** Type of Q and O; float32 by default. */
  public AttentionSpecBuilder queryType(ElementType type) {
    queryType = type;
    return this;
  }

  /** Type of K and V; float32 by default. */
  public AttentionSpecBuilder keyValueType(ElementType type) {
    keyValueType = type;
    return this;
  }

  /**
   * Queries of so many rows per batch, one sequence behind the other without padding, as are the
   * rows of O; both are contiguous then.
   */
  public AttentionSpecBuilder packedQueries(List<Integer> lengths) {
    return queryLengths(lengths).packedQueries();
  }

  /** The queries that there are, one sequence behind the other; Q and O are contiguous then. */
  public AttentionSpecBuilder packedQueries() {
    queryPlacement(RowPlacement.padded());
    packQueries = true;
    return this;
  }

  /**
   * Keys and values of so many rows per batch, one sequence behind the other; K and V are
   * contiguous then, and Skv is the longest. A sequence of a scaled type starts at the next
   * multiple of {@link ElementType#KEYS_PER_SCALE}, since no scale may span two.
   */
  public AttentionSpecBuilder packedKeys(List<Integer> lengths) {
    kvLength = Math.max(1, lengths.stream().mapToInt(Integer::intValue).max().orElse(1));
    return keyLengths(lengths).packedKeys();
  }

  /** As {@link #packedKeys(List)}, of the key lengths that there are. */
  public AttentionSpecBuilder packedKeys() {
    keyPlacement(RowPlacement.padded());
    packKeys = true;
    return this;
  }

  /**
   * Keys and values on pages of a pool; K and V are contiguous then: [pages, heads, page size,
   * columns], or [pages, page size, heads, columns] with {@link #bshd}.
   *
   * @param tables per batch, the pages of the sequence in order
   */
  public AttentionSpecBuilder paged(int pageSize, List<List<Integer>> tables) {
    return keyPlacement(new RowPlacement.Paged(pageSize, tables));
  }

  /** Which rows of Q's and O's slots are whose; padded by default. Q and O are contiguous then. */
  public AttentionSpecBuilder queryPlacement(RowPlacement placement) {
    queryPlacement = placement;
    packQueries = false;
    q = null;
    o = null;
    return this;
  }

  /** Which rows of K's and V's slots are whose; padded by default. K and V are contiguous then. */
  public AttentionSpecBuilder keyPlacement(RowPlacement placement) {
    keyPlacement = placement;
    packKeys = false;
    k = null;
    v = null;
    return this;
  }

  /**
   * All four tensors contiguous [batch, rows, heads, columns], whatever the shapes are when the
   * spec is built; BHSD by default.
   */
  public AttentionSpecBuilder bshd() {
    contiguous();
    headsInside = true;
    return this;
  }

  /** Layouts of Q, K, V and O; say them last, since nothing recomputes them. */
  public AttentionSpecBuilder layouts(Layout query, Layout key, Layout value, Layout output) {
    q = query;
    k = key;
    v = value;
    o = output;
    return this;
  }

  /** Back to contiguous BHSD, whatever the shapes are when the spec is built. */
  public AttentionSpecBuilder contiguous() {
    headsInside = false;
    q = null;
    k = null;
    v = null;
    o = null;
    return this;
  }

  /**
   * The spec.
   *
   * @throws IllegalArgumentException naming the value that does not fit; also where a mask given as
   *     code would have more pairs than a Java array has elements
   */
  public AttentionSpec build() {
    int sequences = Math.max(batch, 0);
    List<Integer> queries =
        queryLengths == null ? Collections.nCopies(sequences, queryLength) : queryLengths;
    List<Integer> keys = keyLengths == null ? Collections.nCopies(sequences, kvLength) : keyLengths;
    List<Integer> positions = queryOffsets == null ? offsets(queries, keys) : queryOffsets;
    Mask built =
        code == null ? mask : code.dense(batch, queryHeads, queryLength, kvLength, positions);
    int together = keyValueType.scaled() ? ElementType.KEYS_PER_SCALE : 1;
    RowPlacement ofQueries = packQueries ? RowPlacement.Packed.of(queries, 1) : queryPlacement;
    RowPlacement ofKeys = packKeys ? RowPlacement.Packed.of(keys, together) : keyPlacement;
    int queryRows = rows(ofQueries, queryLength, queries);
    int keyRows = rows(ofKeys, kvLength, keys);
    return new AttentionSpec(
        batch,
        queryHeads,
        kvHeads,
        queryLength,
        kvLength,
        headDim,
        valueDim,
        scale == null ? (float) (1 / Math.sqrt(headDim)) : scale,
        softCap,
        scoreModifier,
        built,
        positions,
        queries,
        keys,
        queryType,
        keyValueType,
        ElementType.F32,
        ofQueries,
        ofKeys,
        q == null ? contiguous(queryHeads, queryRows, headDim) : q,
        k == null ? contiguous(kvHeads, keyRows, headDim) : k,
        v == null ? contiguous(kvHeads, keyRows, valueDim) : v,
        o == null ? contiguous(queryHeads, queryRows, valueDim) : o);
  }

  /** Where lengths and placement do not fit each other, the spec says so, whatever comes here. */
  private static int rows(RowPlacement placement, int allocated, List<Integer> lengths) {
    boolean fits =
        !(placement instanceof RowPlacement.Packed packed)
            || packed.starts().size() == lengths.size();
    return fits ? placement.rowsPerSlot(allocated, lengths) : 1;
  }

  /** A negative extent is left for the spec to name; here it would show as a negative stride. */
  private Layout contiguous(int heads, int rows, int columns) {
    int h = Math.max(heads, 0);
    int r = Math.max(rows, 0);
    int c = Math.max(columns, 0);
    return headsInside ? Layout.bshd(h, r, c) : Layout.bhsd(h, r, c);
  }

  private List<Integer> offsets(List<Integer> queries, List<Integer> keys) {
    List<Integer> offsets = new ArrayList<>();
    for (int b = 0; b < keys.size(); b++) {
      // Where there are too few of either, the spec says so.
      int count = b < queries.size() ? queries.get(b) : queryLength;
      offsets.add(topLeft ? 0 : keys.get(b) - count);
    }
    return offsets;
  }
}
