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
  private @Nullable List<Integer> keyLengths;
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
    keyLengths = spec.keyLengths();
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

  /** All four tensors contiguous [batch, rows, heads, columns]; BHSD by default. */
  public AttentionSpecBuilder bshd() {
    return layouts(
        Layout.bshd(queryHeads, queryLength, headDim),
        Layout.bshd(kvHeads, kvLength, headDim),
        Layout.bshd(kvHeads, kvLength, valueDim),
        Layout.bshd(queryHeads, queryLength, valueDim));
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
    List<Integer> lengths =
        keyLengths == null ? Collections.nCopies(sequences, kvLength) : keyLengths;
    List<Integer> positions = queryOffsets == null ? offsets(lengths) : queryOffsets;
    Mask built =
        code == null ? mask : code.dense(batch, queryHeads, queryLength, kvLength, positions);
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
        lengths,
        ElementType.F32,
        ElementType.F32,
        q == null ? bhsd(queryHeads, queryLength, headDim) : q,
        k == null ? bhsd(kvHeads, kvLength, headDim) : k,
        v == null ? bhsd(kvHeads, kvLength, valueDim) : v,
        o == null ? bhsd(queryHeads, queryLength, valueDim) : o);
  }

  /** A negative extent is left for the spec to name; here it would show as a negative stride. */
  private static Layout bhsd(int heads, int rows, int columns) {
    return Layout.bhsd(Math.max(heads, 0), Math.max(rows, 0), Math.max(columns, 0));
  }

  private List<Integer> offsets(List<Integer> lengths) {
    List<Integer> offsets = new ArrayList<>();
    for (int length : lengths) {
      offsets.add(topLeft ? 0 : length - queryLength);
    }
    return offsets;
  }
}
