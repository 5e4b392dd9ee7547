package io.github.attn4j.core.fuzz;

import io.github.attn4j.core.spec.ElementType;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A {@link FuzzShape} with some numbers changed: {@link FuzzShape#toBuilder}. */
final class FuzzShapeBuilder {
  private int batch;
  private int queryHeads;
  private int kvHeads;
  private int queryLength;
  private int kvLength;
  private int headDim;
  private int valueDim;
  private @Nullable Float scale;
  private float softCap;
  private List<Integer> queryOffsets;
  private List<Integer> queryLengths;
  private List<Integer> keyLengths;
  private ElementType queryType;
  private ElementType keyValueType;
  private boolean deterministic;

  FuzzShapeBuilder(FuzzShape from) {
    batch = from.batch();
    queryHeads = from.queryHeads();
    kvHeads = from.kvHeads();
    queryLength = from.queryLength();
    kvLength = from.kvLength();
    headDim = from.headDim();
    valueDim = from.valueDim();
    scale = from.scale();
    softCap = from.softCap();
    queryOffsets = from.queryOffsets();
    queryLengths = from.queryLengths();
    keyLengths = from.keyLengths();
    queryType = from.queryType();
    keyValueType = from.keyValueType();
    deterministic = from.deterministic();
  }

  /** One sequence of the batch, which becomes the only one; with one query at least. */
  FuzzShapeBuilder only(int b) {
    int queries = Math.max(1, queryLengths.get(b));
    batch = 1;
    queryLength = queries;
    queryOffsets = List.of(queryOffsets.get(b));
    queryLengths = List.of(queries);
    keyLengths = List.of(keyLengths.get(b));
    return this;
  }

  FuzzShapeBuilder heads(int query, int keyValue) {
    queryHeads = query;
    kvHeads = keyValue;
    return this;
  }

  /** Allocates so many queries; longer sequences end there. */
  FuzzShapeBuilder queries(int queries) {
    queryLength = queries;
    queryLengths = atMost(queryLengths, queries);
    return this;
  }

  /** Allocates so many keys; longer sequences end there. */
  FuzzShapeBuilder keys(int keys) {
    kvLength = keys;
    keyLengths = atMost(keyLengths, keys);
    return this;
  }

  private static List<Integer> atMost(List<Integer> lengths, int most) {
    return lengths.stream().map(length -> Math.min(length, most)).toList();
  }

  FuzzShapeBuilder dims(int head, int value) {
    headDim = head;
    valueDim = value;
    return this;
  }

  /** Null for 1 / sqrt(headDim). */
  FuzzShapeBuilder scale(@Nullable Float value) {
    scale = value;
    return this;
  }

  FuzzShapeBuilder softCap(float value) {
    softCap = value;
    return this;
  }

  FuzzShapeBuilder queryOffsets(List<Integer> offsets) {
    queryOffsets = offsets;
    return this;
  }

  FuzzShapeBuilder queryLengths(List<Integer> lengths) {
    queryLengths = lengths;
    return this;
  }

  FuzzShapeBuilder keyLengths(List<Integer> lengths) {
    keyLengths = lengths;
    return this;
  }

  FuzzShapeBuilder queryType(ElementType type) {
    queryType = type;
    return this;
  }

  FuzzShapeBuilder keyValueType(ElementType type) {
    keyValueType = type;
    return this;
  }

  FuzzShapeBuilder deterministic(boolean value) {
    deterministic = value;
    return this;
  }

  FuzzShape build() {
    return new FuzzShape(
        batch,
        queryHeads,
        kvHeads,
        queryLength,
        kvLength,
        headDim,
        valueDim,
        scale,
        softCap,
        queryOffsets,
        queryLengths,
        keyLengths,
        queryType,
        keyValueType,
        deterministic);
  }
}
