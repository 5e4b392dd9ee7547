package io.github.attn4j.core.fuzz;

import io.github.attn4j.core.spec.ElementType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/**
 * Makes a failing case as small as it fails, so that a person can see why: fewer features first,
 * then smaller shapes, then what takes another program.
 */
public final class CaseShrink {
  private static final int SMALL_DIM = 8;

  private CaseShrink() {}

  /**
   * A case that still fails, none of whose simpler versions does, as far as they have been asked.
   *
   * @param fails asked of simpler cases, never of those that make no sense
   * @param goesOn whether there is time to ask about another one
   */
  public static FuzzCase smallest(
      FuzzCase failing, Predicate<FuzzCase> fails, java.util.function.BooleanSupplier goesOn) {
    FuzzCase smallest = failing;
    boolean shrunk;
    do {
      shrunk = false;
      for (FuzzCase candidate : simpler(smallest)) {
        if (!goesOn.getAsBoolean()) {
          return smallest;
        }
        if (makesSense(candidate) && fails.test(candidate)) {
          smallest = candidate;
          shrunk = true;
          break;
        }
      }
    } while (shrunk);
    return smallest;
  }

  private static boolean makesSense(FuzzCase candidate) {
    try {
      return candidate.family().fits(candidate.spec().types());
    } catch (IllegalArgumentException refused) {
      return false; // a placement that other lengths do not fit, say
    }
  }

  /** Versions with one thing less, boldest first. */
  static List<FuzzCase> simpler(FuzzCase from) {
    List<FuzzCase> candidates = new ArrayList<>();
    FuzzShape shape = from.shape();
    addWithoutFeatures(candidates, from);
    addPlainPlaces(candidates, from);
    if (shape.batch() > 1) {
      for (int b = 0; b < shape.batch(); b++) {
        candidates.add(only(from, b));
      }
    }
    int group = shape.queryHeads() / shape.kvHeads();
    for (int[] heads : new int[][] {{1, 1}, {group, 1}, {2, 1}, {2, 2}}) {
      if (heads[0] < shape.queryHeads()) {
        candidates.add(from.with(heads(shape, heads[0], heads[1])));
      }
    }
    for (int queries : smaller(shape.queryLength())) {
      candidates.add(from.with(queries(shape, queries)));
    }
    for (int keys : smaller(shape.kvLength())) {
      candidates.add(from.with(keys(shape, keys)));
    }
    addPlainLengths(candidates, from);
    for (int dim : smaller(shape.headDim())) {
      if (dim >= SMALL_DIM) {
        candidates.add(from.with(dims(shape, dim, shape.valueDim())));
      }
    }
    for (int dim : smaller(shape.valueDim())) {
      if (dim >= SMALL_DIM) {
        candidates.add(from.with(dims(shape, shape.headDim(), dim)));
      }
    }
    if (shape.queryType() != ElementType.F32) {
      candidates.add(from.with(types(shape, ElementType.F32, shape.keyValueType())));
    }
    if (shape.keyValueType() != ElementType.F32) {
      candidates.add(from.with(types(shape, shape.queryType(), ElementType.F32)));
    }
    candidates.removeIf(from::equals);
    return candidates;
  }

  private static void addWithoutFeatures(List<FuzzCase> candidates, FuzzCase from) {
    FuzzMasks masks = from.masks();
    FuzzShape shape = from.shape();
    candidates.add(from.with(FuzzMasks.NONE));
    candidates.add(from.with(masks.withoutScore()));
    candidates.add(from.with(masks.withoutCondition()));
    candidates.add(from.with(masks.with(masks.window(), null)));
    candidates.add(from.with(masks.with(null, masks.dense())));
    candidates.add(from.with(AdversarialFamily.NORMAL));
    candidates.add(from.with(PoisonKind.NAN));
    candidates.add(from.with(scores(shape, null, 0, false)));
    candidates.add(from.with(scores(shape, shape.scale(), 0, shape.deterministic())));
    candidates.add(from.with(scores(shape, null, shape.softCap(), shape.deterministic())));
  }

  private static void addPlainPlaces(List<FuzzCase> candidates, FuzzCase from) {
    FuzzPlaces places = from.places();
    candidates.add(from.with(FuzzPlaces.PLAIN));
    candidates.add(from.with(places.withQueries(FuzzPlaces.Rows.PADDED)));
    candidates.add(from.with(places.withKeys(FuzzPlaces.Rows.PADDED)));
    candidates.add(from.with(places.withGaps(Gaps.NONE, places.k(), places.v(), places.o())));
    candidates.add(from.with(places.withGaps(places.q(), Gaps.NONE, places.v(), places.o())));
    candidates.add(from.with(places.withGaps(places.q(), places.k(), Gaps.NONE, places.o())));
    candidates.add(from.with(places.withGaps(places.q(), places.k(), places.v(), Gaps.NONE)));
  }

  private static void addPlainLengths(List<FuzzCase> candidates, FuzzCase from) {
    FuzzShape shape = from.shape();
    int batch = shape.batch();
    List<Integer> allQueries = Collections.nCopies(batch, shape.queryLength());
    List<Integer> allKeys = Collections.nCopies(batch, shape.kvLength());
    candidates.add(from.with(lengths(shape, shape.queryOffsets(), allQueries, shape.keyLengths())));
    candidates.add(from.with(lengths(shape, shape.queryOffsets(), shape.queryLengths(), allKeys)));
    candidates.add(
        from.with(
            lengths(
                shape, Collections.nCopies(batch, 0), shape.queryLengths(), shape.keyLengths())));
  }

  /** One, half, and one less. */
  private static int[] smaller(int length) {
    return IntStream.of(1, SMALL_DIM, length / 2, length - 1)
        .filter(less -> less > 0 && less < length)
        .distinct()
        .sorted()
        .toArray();
  }

  /** One sequence of the batch, which becomes the only one. */
  private static FuzzCase only(FuzzCase from, int b) {
    FuzzShape shape = from.shape();
    FuzzPlaces places = from.places();
    FuzzShape one =
        new FuzzShape(
            1,
            shape.queryHeads(),
            shape.kvHeads(),
            Math.max(1, shape.queryLengths().get(b)),
            shape.kvLength(),
            shape.headDim(),
            shape.valueDim(),
            shape.scale(),
            shape.softCap(),
            List.of(shape.queryOffsets().get(b)),
            List.of(Math.max(1, shape.queryLengths().get(b))),
            List.of(shape.keyLengths().get(b)),
            shape.queryType(),
            shape.keyValueType(),
            shape.deterministic());
    return from.with(one)
        .with(places.withQueries(places.queries().only(b)).withKeys(places.keys().only(b)));
  }

  private static FuzzShape heads(FuzzShape shape, int query, int keyValue) {
    return new FuzzShape(
        shape.batch(),
        query,
        keyValue,
        shape.queryLength(),
        shape.kvLength(),
        shape.headDim(),
        shape.valueDim(),
        shape.scale(),
        shape.softCap(),
        shape.queryOffsets(),
        shape.queryLengths(),
        shape.keyLengths(),
        shape.queryType(),
        shape.keyValueType(),
        shape.deterministic());
  }

  private static FuzzShape queries(FuzzShape shape, int queries) {
    List<Integer> lengths =
        shape.queryLengths().stream().map(length -> Math.min(length, queries)).toList();
    return resized(shape, queries, shape.kvLength(), lengths, shape.keyLengths());
  }

  private static FuzzShape keys(FuzzShape shape, int keys) {
    List<Integer> lengths =
        shape.keyLengths().stream().map(length -> Math.min(length, keys)).toList();
    return resized(shape, shape.queryLength(), keys, shape.queryLengths(), lengths);
  }

  private static FuzzShape resized(
      FuzzShape shape,
      int queries,
      int keys,
      List<Integer> queryLengths,
      List<Integer> keyLengths) {
    return new FuzzShape(
        shape.batch(),
        shape.queryHeads(),
        shape.kvHeads(),
        queries,
        keys,
        shape.headDim(),
        shape.valueDim(),
        shape.scale(),
        shape.softCap(),
        shape.queryOffsets(),
        queryLengths,
        keyLengths,
        shape.queryType(),
        shape.keyValueType(),
        shape.deterministic());
  }

  private static FuzzShape lengths(
      FuzzShape shape, List<Integer> offsets, List<Integer> queries, List<Integer> keys) {
    return new FuzzShape(
        shape.batch(),
        shape.queryHeads(),
        shape.kvHeads(),
        shape.queryLength(),
        shape.kvLength(),
        shape.headDim(),
        shape.valueDim(),
        shape.scale(),
        shape.softCap(),
        offsets,
        queries,
        keys,
        shape.queryType(),
        shape.keyValueType(),
        shape.deterministic());
  }

  private static FuzzShape scores(
      FuzzShape shape, @org.jspecify.annotations.Nullable Float scale, float cap, boolean same) {
    return new FuzzShape(
        shape.batch(),
        shape.queryHeads(),
        shape.kvHeads(),
        shape.queryLength(),
        shape.kvLength(),
        shape.headDim(),
        shape.valueDim(),
        scale,
        cap,
        shape.queryOffsets(),
        shape.queryLengths(),
        shape.keyLengths(),
        shape.queryType(),
        shape.keyValueType(),
        same);
  }

  private static FuzzShape dims(FuzzShape shape, int head, int value) {
    return changed(shape, head, value, shape.queryType(), shape.keyValueType());
  }

  private static FuzzShape types(FuzzShape shape, ElementType query, ElementType keyValue) {
    return changed(shape, shape.headDim(), shape.valueDim(), query, keyValue);
  }

  private static FuzzShape changed(
      FuzzShape shape, int head, int value, ElementType query, ElementType keyValue) {
    return new FuzzShape(
        shape.batch(),
        shape.queryHeads(),
        shape.kvHeads(),
        shape.queryLength(),
        shape.kvLength(),
        head,
        value,
        shape.scale(),
        shape.softCap(),
        shape.queryOffsets(),
        shape.queryLengths(),
        shape.keyLengths(),
        query,
        keyValue,
        shape.deterministic());
  }
}
