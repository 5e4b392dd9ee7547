package io.github.attn4j.core.fuzz;

import io.github.attn4j.core.input.SplitMix64;
import io.github.attn4j.core.spec.ElementType;
import io.github.attn4j.core.spec.ElementTypes;
import java.util.Locale;

/**
 * What Q, K and V hold where somebody may look, chosen for what it breaks: an element is a function
 * of the seed and its own indices alone, so that a smaller shape keeps the data of what is left.
 *
 * <p>Scores stay within some ten thousand. Beyond that float32 no longer knows a score to a tenth,
 * the first-order argument behind the error budgets ends, and a right kernel may miss them
 * (docs/numerics.md).
 */
public enum AdversarialFamily {
  /** What activations look like. */
  NORMAL,
  /** Scores in the hundreds: a missing maximum overflows. */
  LARGE_LOGIT,
  /** One key takes nearly all weight: wrong indexing shows. */
  ONE_HOT,
  /**
   * Products of a score cancel to a thousandth of their size, and values to a fiftieth: a lost term
   * is all of the result.
   */
  CANCELLATION,
  /** Keys and values next to the largest numbers of their types, queries as small. */
  HUGE,
  /** Scores next to 0, and values as small as O's type holds with all its bits. */
  TINY,
  /** Three different keys in all: most scores are equal, the maximum among them. */
  TIES,
  /** Large scores, a few units in the last place apart. */
  NEAR_TIES,
  /** Subnormal keys and values beside one ordinary column, whose size the budget goes by. */
  SUBNORMAL,
  /** Values of one sign: partial sums grow with every key. */
  ONE_SIDED,
  /** One power of two throughout: every weight is 1 / visible keys. */
  CONSTANT,
  /** Runs of keys whose every score is negative infinity. */
  MINUS_INFINITY,
  /** NaN in a key or a value here and there: rows that see it are NaN, and no others. */
  NAN_SEEN;

  /** Rows that have infinities, and those that have none, come in runs of so many. */
  private static final int RUN = 8;

  private static final float ONE_HOT_QUERY = 32;

  /** Scores of hundreds: a maximum that is not subtracted overflows in one of a few rows. */
  private static final float LARGE = 64;

  /** Heads, rows and columns are numbered as if each had as many: a shape changes no element. */
  private static final long MOST = 1 << 12;

  /** Lower-case name for tables. */
  public String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** Whether the types of a spec can hold it. */
  public boolean fits(ElementTypes types) {
    boolean scaled = types.keyValue().scaled();
    return switch (this) {
      case MINUS_INFINITY -> !scaled; // neither type has infinities
      case NAN_SEEN -> types.keyValue() != ElementType.I8; // which has no NaN either
      default -> true;
    };
  }

  /**
   * Element of a tensor, before its type rounds it.
   *
   * @param tensor {@code Q}, {@code K} or {@code V}
   * @param types of the spec
   * @param random of the seed and the tensor
   * @param columns of the tensor
   */
  float element(
      char tensor,
      ElementTypes types,
      SplitMix64 random,
      int b,
      int head,
      int row,
      int column,
      int columns) {
    long sequence = b * MOST + head;
    long index = (sequence * MOST + row) * MOST + column;
    float normal = random.normal(index);
    boolean query = tensor == 'Q';
    boolean value = tensor == 'V';
    boolean half = types.query() == ElementType.F16 || types.keyValue() == ElementType.F16;
    return switch (this) {
      case NORMAL -> normal;
      case LARGE_LOGIT -> query ? LARGE * normal : normal;
      case ONE_HOT -> {
        // Queries walk through the columns with another step than keys: no mix-up goes unseen.
        int hot = query ? (row * 5 + 3) % columns : row % columns;
        yield value ? normal : column != hot ? 0 : query ? ONE_HOT_QUERY : 1;
      }
      case CANCELLATION -> {
        long pair = index - column % 2;
        float sign = (value ? row : column) % 2 == 0 ? 1 : -1;
        if (query) {
          yield 1 + random.uniform(pair) / 4;
        }
        yield value
            ? sign * 64 + normal
            : sign * 4 * random.normal(pair) * (1 + 0x1p-10f * random.uniform(index));
      }
      case HUGE ->
          value
              ? normal * (half ? 0x1p12f : 0x1p100f)
              : normal * (query ? 1 / large(half) : large(half));
      case TINY -> value ? normal * (half ? 0x1p-10f : 0x1p-100f) : normal / large(half);
      case TIES ->
          tensor == 'K' ? random.normal((sequence * MOST + row % 3) * MOST + column) : normal;
      case NEAR_TIES -> {
        float same = random.normal(sequence * MOST * MOST + column);
        yield value ? normal : query ? LARGE * same : same * (1 + (row % 5) * 0x1p-22f);
      }
      case SUBNORMAL -> query || column == 0 ? normal : normal * subnormal(types.keyValue());
      case ONE_SIDED -> value ? normal + 4 : normal / 4;
      case CONSTANT -> Math.scalb(1f, random.below(0, 4) - 2);
      case MINUS_INFINITY -> {
        boolean infinite = tensor == 'K' && column == 0 && row / RUN % 2 == 1;
        // Positive in queries, so that the product's sign is the key's.
        yield infinite ? Float.NEGATIVE_INFINITY : query && column == 0 ? 1 + normal / 8 : normal;
      }
      case NAN_SEEN -> {
        boolean spoilt = !query && random.below(~index, 16 * columns) == 0;
        yield spoilt ? Float.NaN : normal;
      }
    };
  }

  /** What makes a type's numbers large, and divided by it small, without a loss of bits. */
  private static float large(boolean half) {
    return half ? 0x1p8f : 0x1p40f;
  }

  /** Where a type's subnormal numbers are; of scaled types, what rounds to a few of their codes. */
  private static float subnormal(ElementType type) {
    return type.scaled() ? 0x1p-6f : Math.scalb(type.smallestNormal(), -3);
  }
}
