package io.github.attn4j.core.check;

import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.input.InputFamily;
import io.github.attn4j.core.result.AttentionOutput;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.DenseMask;
import io.github.attn4j.core.spec.Mask;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.IntUnaryOperator;

/**
 * What must hold between two runs of any attention, whatever the right numbers are: relations that
 * a mistake shared by oracle and kernel would still break. Each is checked on a problem drawn from
 * a seed; two runs may differ by the sum of both runs' {@link ErrorBudget}. Free of any test
 * framework, since every backend's tests and the command line run it.
 *
 * <p>No problem drawn here has an expression, whose names move with keys and lengths: {@link
 * ExpressionProperties} says what holds for those.
 */
public final class AttentionProperties {
  private AttentionProperties() {}

  /** Whatever computes O and LSE; its output is addressed through the inputs' spec. */
  @FunctionalInterface
  public interface Attention {
    AttentionOutput apply(AttentionInputs inputs);
  }

  /**
   * A property that does not hold.
   *
   * @param property its name
   * @param seed what to run it with again
   * @param detail the problem, the element and both values
   */
  public record Violation(String property, long seed, String detail) {}

  /** Every property once; empty if all hold. */
  public static List<Violation> checkAll(Attention attention, long seed) {
    List<Violation> violations = new ArrayList<>();
    violations.addAll(permutedKeys(attention, seed));
    violations.addAll(splitKeys(attention, seed));
    violations.addAll(shiftedScores(attention, seed));
    violations.addAll(truncatedQueries(attention, seed));
    violations.addAll(truncatedKeys(attention, seed));
    violations.addAll(poisonedHiddenPairs(attention, seed));
    violations.addAll(emptyRows(attention, seed));
    violations.addAll(visibleNan(attention, seed));
    return violations;
  }

  /**
   * The order of keys does not matter: K, V and visibility permuted alike give the same O and LSE.
   * The permuted side says its mask densely, so that this also holds windows against dense masks.
   */
  public static List<Violation> permutedKeys(Attention attention, long seed) {
    ProblemDraw draw = new ProblemDraw(seed, 'a');
    AttentionSpec spec = draw.spec().build();
    int[] order = draw.permutation(spec.kvLength());
    AttentionInputs inputs = AttentionInputs.generate(spec, InputFamily.NORMAL, seed);
    AttentionSpec permuted =
        densely(spec, (b, h, i, key) -> spec.visible(b, h, i, order[key]), key -> order[key]);
    AttentionInputs shuffled =
        new AttentionInputs(
            permuted,
            inputs.description() + ", keys permuted",
            inputs.q(),
            permuteRows(inputs.k(), spec.batch() * spec.kvHeads(), spec.headDim(), order),
            permuteRows(inputs.v(), spec.batch() * spec.kvHeads(), spec.valueDim(), order));
    return new RowComparison("permutedKeys", seed)
        .sameRows(
            RowComparison.Run.of(attention, inputs), RowComparison.Run.of(attention, shuffled), 0)
        .violations();
  }

  /**
   * Attention over all keys is the merger, by LSE, of attention over each part of them (the
   * identity behind FlashDecoding). The first part ends by key length, the second begins by a dense
   * mask.
   */
  public static List<Violation> splitKeys(Attention attention, long seed) {
    ProblemDraw draw = new ProblemDraw(seed, 'b');
    AttentionSpec spec = draw.spec(draw.length(), draw.between(2, ProblemDraw.MAX_LENGTH)).build();
    int cut = draw.between(1, spec.kvLength() - 1);
    AttentionInputs inputs = AttentionInputs.generate(spec, InputFamily.NORMAL, seed);
    List<Integer> shorter = spec.keyLengths().stream().map(n -> Math.min(n, cut)).toList();
    // The offsets of spec are kept, so positions do not move with the length.
    AttentionSpec head = spec.toBuilder().keyLengths(shorter).build();
    AttentionSpec tail =
        densely(spec, (b, h, i, key) -> key >= cut && spec.visible(b, h, i, key), key -> key);
    return new RowComparison("splitKeys", seed)
        .sameAsMerged(
            RowComparison.Run.of(attention, inputs),
            RowComparison.Run.of(attention, inputs.withSpec(head)),
            RowComparison.Run.of(attention, inputs.withSpec(tail)))
        .violations();
  }

  /** A constant added to every score changes no output, and moves LSE by itself. */
  public static List<Violation> shiftedScores(Attention attention, long seed) {
    ProblemDraw draw = new ProblemDraw(seed, 'c');
    AttentionSpec spec = draw.spec().build();
    AttentionInputs inputs = AttentionInputs.generate(spec, InputFamily.NORMAL, seed);
    // An eighth's multiple, like every bias drawn here: their sums are exact.
    float shift = (draw.below(2) == 0 ? -1 : 1) * draw.between(1, 64) / 8f;
    float[] constant = new float[spec.kvLength()];
    Arrays.fill(constant, shift);
    Mask added = new Mask.DenseAdditive(DenseMask.ofFloats(1, 1, 1, spec.kvLength(), constant));
    AttentionSpec shifted = spec.toBuilder().mask(spec.mask().and(added)).build();
    return new RowComparison("shiftedScores", seed)
        .sameRows(
            RowComparison.Run.of(attention, inputs),
            RowComparison.Run.of(attention, inputs.withSpec(shifted)),
            shift)
        .violations();
  }

  /** Rows do not depend on each other: without the last queries, the others stay as they are. */
  public static List<Violation> truncatedQueries(Attention attention, long seed) {
    ProblemDraw draw = new ProblemDraw(seed, 'd');
    AttentionSpec spec =
        draw.spec(draw.between(2, ProblemDraw.MAX_LENGTH), draw.length())
            .mask(Mask.causal())
            .topLeft()
            .build();
    int kept = draw.between(1, spec.queryLength() - 1);
    AttentionInputs inputs = AttentionInputs.generate(spec, InputFamily.NORMAL, seed);
    return comparePrefix("truncatedQueries", seed, attention, inputs, kept, spec.kvLength(), kept);
  }

  /** Causal, from the top left: without the last keys, the rows that stand before stay. */
  public static List<Violation> truncatedKeys(Attention attention, long seed) {
    ProblemDraw draw = new ProblemDraw(seed, 'k');
    AttentionSpec spec =
        draw.spec(draw.length(), draw.between(2, ProblemDraw.MAX_LENGTH))
            .mask(Mask.causal())
            .topLeft()
            .build();
    int kept = draw.between(1, spec.kvLength() - 1);
    AttentionInputs inputs = AttentionInputs.generate(spec, InputFamily.NORMAL, seed);
    int rows = Math.min(spec.queryLength(), kept); // those past the cut have lost keys
    return comparePrefix("truncatedKeys", seed, attention, inputs, spec.queryLength(), kept, rows);
  }

  /**
   * What nobody sees has no influence: NaN or infinity in hidden keys, hidden values and gaps gives
   * the same bits as ordinary numbers there.
   */
  public static List<Violation> poisonedHiddenPairs(Attention attention, long seed) {
    ProblemDraw draw = new ProblemDraw(seed, 'e');
    AttentionSpec spec = draw.padded(draw.spec().build());
    AttentionOutput clean = attention.apply(withoutGaps(spec, seed));
    RowComparison comparison = new RowComparison("poisonedHiddenPairs", seed);
    for (InputFamily family : List.of(InputFamily.POISON_NAN, InputFamily.POISON_INF)) {
      AttentionInputs poisoned = AttentionInputs.generate(spec, family, seed);
      comparison.sameBits(spec, family.label(), clean, attention.apply(poisoned));
    }
    return comparison.violations();
  }

  /** A row without visible key is 0 with an LSE of -inf; no other row is. */
  public static List<Violation> emptyRows(Attention attention, long seed) {
    ProblemDraw draw = new ProblemDraw(seed, 'f');
    AttentionSpec spec = draw.specWithEmptyRow();
    AttentionInputs inputs = AttentionInputs.generate(spec, InputFamily.NORMAL, seed);
    return new RowComparison("emptyRows", seed)
        .emptyExactlyWhereHidden(spec, attention.apply(inputs))
        .violations();
  }

  /**
   * NaN in one key makes NaN of every row that sees it; in one element of a value, of that column
   * of these rows. Nothing else changes.
   */
  public static List<Violation> visibleNan(Attention attention, long seed) {
    ProblemDraw draw = new ProblemDraw(seed, 'g');
    AttentionSpec spec = draw.spec().build();
    AttentionInputs inputs = AttentionInputs.generate(spec, InputFamily.NORMAL, seed);
    RowComparison.Run clean = RowComparison.Run.of(attention, inputs);
    int b = draw.below(spec.batch());
    int kvHead = draw.below(spec.kvHeads());
    // Drawn among keys that exist; where the batch has none, no row sees it and none may be NaN.
    int key = draw.below(Math.max(1, spec.keyLengths().get(b)));
    int kd = draw.below(spec.headDim());
    int vd = draw.below(spec.valueDim());
    float[] k = inputs.k().clone();
    k[spec.keyRow(b, kvHead, key) + kd] = Float.NaN;
    float[] v = inputs.v().clone();
    v[spec.valueRow(b, kvHead, key) + vd] = Float.NaN;
    RowComparison.RowPredicate seen =
        (rb, h, i) -> rb == b && spec.kvHead(h) == kvHead && spec.visible(rb, h, i, key);
    AttentionInputs nanKey = new AttentionInputs(spec, "NaN in a key", inputs.q(), k, inputs.v());
    AttentionInputs nanValue =
        new AttentionInputs(spec, "NaN in a value", inputs.q(), inputs.k(), v);
    return new RowComparison("visibleNan", seed)
        .nanExactlyWhere(clean, nanKey.description(), attention.apply(nanKey), seen, -1)
        .nanExactlyWhere(clean, nanValue.description(), attention.apply(nanValue), seen, vd)
        .violations();
  }

  private static List<Violation> comparePrefix(
      String property,
      long seed,
      Attention attention,
      AttentionInputs inputs,
      int queries,
      int keys,
      int rows) {
    AttentionSpec spec = inputs.spec();
    AttentionSpec shorter =
        spec.toBuilder()
            .lengths(queries, keys)
            .keyLengths(spec.keyLengths().stream().map(n -> Math.min(n, keys)).toList())
            .contiguous()
            .build();
    AttentionInputs cut =
        AttentionInputs.ofContiguous(
            shorter,
            inputs.description() + ", cut",
            cutRows(inputs.q(), spec.batch() * spec.queryHeads(), spec.queryLength(), queries),
            cutRows(inputs.k(), spec.batch() * spec.kvHeads(), spec.kvLength(), keys),
            cutRows(inputs.v(), spec.batch() * spec.kvHeads(), spec.kvLength(), keys));
    return new RowComparison(property, seed)
        .sameRowsBefore(
            rows, RowComparison.Run.of(attention, inputs), RowComparison.Run.of(attention, cut), 0)
        .violations();
  }

  /** The spec with all that hides or adds said by one dense mask. */
  static AttentionSpec densely(
      AttentionSpec spec, PairPredicate visible, IntUnaryOperator keyOfBias) {
    DenseMask own = spec.canonicalMask().dense();
    boolean additive = own != null && own.isAdditive();
    int size = spec.rows() * spec.kvLength();
    boolean[] booleans = new boolean[additive ? 0 : size];
    float[] floats = new float[additive ? size : 0];
    int index = 0;
    for (int b = 0; b < spec.batch(); b++) {
      for (int h = 0; h < spec.queryHeads(); h++) {
        for (int i = 0; i < spec.queryLength(); i++) {
          for (int key = 0; key < spec.kvLength(); key++, index++) {
            boolean seen = visible.test(b, h, i, key);
            if (!additive) {
              booleans[index] = seen;
            } else {
              floats[index] =
                  seen
                      ? spec.mask().bias(b, h, i, keyOfBias.applyAsInt(key))
                      : Float.NEGATIVE_INFINITY;
            }
          }
        }
      }
    }
    int b = spec.batch();
    int h = spec.queryHeads();
    int i = spec.queryLength();
    Mask dense =
        additive
            ? new Mask.DenseAdditive(DenseMask.ofFloats(b, h, i, spec.kvLength(), floats))
            : new Mask.DenseBoolean(DenseMask.ofBooleans(b, h, i, spec.kvLength(), booleans));
    return spec.toBuilder()
        .mask(dense)
        .keyLengths(Collections.nCopies(spec.batch(), spec.kvLength()))
        .build();
  }

  /** The family NORMAL with zeros in the gaps, so that reading a gap does no harm here. */
  private static AttentionInputs withoutGaps(AttentionSpec spec, long seed) {
    AttentionInputs inputs = AttentionInputs.generate(spec, InputFamily.NORMAL, seed);
    return new AttentionInputs(
        spec,
        inputs.description() + ", zeros in gaps",
        zeroGaps(inputs.q()),
        zeroGaps(inputs.k()),
        zeroGaps(inputs.v()));
  }

  private static float[] zeroGaps(float[] values) {
    float[] copy = values.clone();
    for (int index = 0; index < copy.length; index++) {
      // NORMAL draws finite numbers only: whatever is not finite stands in a gap.
      copy[index] = Float.isFinite(copy[index]) ? copy[index] : 0;
    }
    return copy;
  }

  /** The same tensor with row r of the result taken from row order[r]; contiguous BHSD. */
  static float[] permuteRows(float[] values, int heads, int columns, int[] order) {
    float[] permuted = new float[values.length];
    for (int head = 0; head < heads; head++) {
      int start = head * order.length;
      for (int row = 0; row < order.length; row++) {
        System.arraycopy(
            values, (start + order[row]) * columns, permuted, (start + row) * columns, columns);
      }
    }
    return permuted;
  }

  /** The first rows of each head; contiguous BHSD. */
  private static float[] cutRows(float[] values, int heads, int rows, int kept) {
    int columns = values.length / (heads * rows);
    float[] cut = new float[heads * kept * columns];
    for (int head = 0; head < heads; head++) {
      System.arraycopy(values, head * rows * columns, cut, head * kept * columns, kept * columns);
    }
    return cut;
  }

  /** Whether a pair takes part. */
  interface PairPredicate {
    boolean test(int b, int h, int i, int key);
  }
}
