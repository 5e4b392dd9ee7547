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
        candidates.add(from.with(shape.toBuilder().heads(heads[0], heads[1]).build()));
      }
    }
    for (int queries : smaller(shape.queryLength())) {
      candidates.add(from.with(shape.toBuilder().queries(queries).build()));
    }
    for (int keys : smaller(shape.kvLength())) {
      candidates.add(from.with(shape.toBuilder().keys(keys).build()));
    }
    addPlainLengths(candidates, from);
    for (int dim : smaller(shape.headDim())) {
      if (dim >= SMALL_DIM) {
        candidates.add(from.with(shape.toBuilder().dims(dim, shape.valueDim()).build()));
      }
    }
    for (int dim : smaller(shape.valueDim())) {
      if (dim >= SMALL_DIM) {
        candidates.add(from.with(shape.toBuilder().dims(shape.headDim(), dim).build()));
      }
    }
    if (shape.queryType() != ElementType.F32) {
      candidates.add(from.with(shape.toBuilder().queryType(ElementType.F32).build()));
    }
    if (shape.keyValueType() != ElementType.F32) {
      candidates.add(from.with(shape.toBuilder().keyValueType(ElementType.F32).build()));
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
    candidates.add(
        from.with(shape.toBuilder().scale(null).softCap(0).deterministic(false).build()));
    candidates.add(from.with(shape.toBuilder().softCap(0).build()));
    candidates.add(from.with(shape.toBuilder().scale(null).build()));
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
    candidates.add(from.with(shape.toBuilder().queryLengths(allQueries).build()));
    candidates.add(from.with(shape.toBuilder().keyLengths(allKeys).build()));
    candidates.add(
        from.with(shape.toBuilder().queryOffsets(Collections.nCopies(batch, 0)).build()));
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
    FuzzPlaces places = from.places();
    return from.with(from.shape().toBuilder().only(b).build())
        .with(places.withQueries(places.queries().only(b)).withKeys(places.keys().only(b)));
  }
}
