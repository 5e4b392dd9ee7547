package io.github.attn4j.core.check;

import io.github.attn4j.core.check.AttentionProperties.Attention;
import io.github.attn4j.core.check.AttentionProperties.Violation;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.input.InputFamily;
import io.github.attn4j.core.input.KeyRange;
import io.github.attn4j.core.reference.RowSample;
import io.github.attn4j.core.result.AttentionOutput;
import io.github.attn4j.core.spec.AttentionSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What must hold of outputs over parts of the keys and of what {@link AttentionOutput#mergeAll}
 * makes of them, for any attention. Each property is checked on a problem drawn from a seed, with
 * any window, lengths and groups of heads; the merged whole has the plain whole's own {@link
 * ErrorBudget}, no more.
 */
public final class MergeProperties {
  private static final List<InputFamily> FAMILIES =
      List.of(InputFamily.NORMAL, InputFamily.LARGE_LOGIT, InputFamily.POISON_NAN);

  /** Half of how far apart the scores of near and far keys are; 2^-24 of a weight are 17. */
  private static final float APART = 120;

  private MergeProperties() {}

  /** Whatever makes one output of several. */
  @FunctionalInterface
  public interface Merger {
    AttentionOutput merge(AttentionSpec spec, List<AttentionOutput> parts);
  }

  /** Every property once, of merging all parts together and of merging two by two. */
  public static List<Violation> checkAll(Attention attention, long seed) {
    List<Violation> violations =
        new ArrayList<>(checkAll(attention, AttentionOutput::mergeAll, seed));
    violations.addAll(checkAll(attention, MergeProperties::twoByTwo, seed));
    return violations;
  }

  static List<Violation> checkAll(Attention attention, Merger merger, long seed) {
    List<Violation> violations = new ArrayList<>();
    violations.addAll(partsMakeTheWhole(attention, merger, seed));
    violations.addAll(orderDoesNotMatter(attention, merger, seed));
    violations.addAll(emptyPartsChangeNothing(attention, merger, seed));
    violations.addAll(farPartsVanish(attention, merger, seed));
    violations.addAll(nanStaysWhereItIsSeen(attention, merger, seed));
    return violations;
  }

  private static AttentionOutput twoByTwo(AttentionSpec spec, List<AttentionOutput> parts) {
    if (parts.size() == 1) {
      return parts.getFirst();
    }
    int half = parts.size() / 2;
    return AttentionOutput.merge(
        spec,
        twoByTwo(spec, parts.subList(0, half)),
        twoByTwo(spec, parts.subList(half, parts.size())));
  }

  /** One to six parts, some without keys, make what one run over all keys does. */
  static List<Violation> partsMakeTheWhole(Attention attention, Merger merger, long seed) {
    ProblemDraw draw = new ProblemDraw(seed, 'm');
    AttentionInputs inputs = inputs(draw, seed);
    int[] cuts = cuts(draw, inputs.spec().kvLength(), draw.between(1, 6));
    AttentionOutput merged = merger.merge(inputs.spec(), parts(attention, inputs, cuts));
    return withinBudget("partsMakeTheWhole", seed, inputs, cuts, merged);
  }

  /** Two parts swapped give the same bits; three give the whole in either grouping. */
  static List<Violation> orderDoesNotMatter(Attention attention, Merger merger, long seed) {
    ProblemDraw draw = new ProblemDraw(seed, 'o');
    AttentionInputs inputs = inputs(draw, seed);
    AttentionSpec spec = inputs.spec();
    int[] cuts = cuts(draw, spec.kvLength(), 3);
    List<AttentionOutput> parts = parts(attention, inputs, cuts);
    AttentionOutput a = parts.get(0);
    AttentionOutput b = parts.get(1);
    AttentionOutput c = parts.get(2);
    AttentionOutput ab = merger.merge(spec, List.of(a, b));
    AttentionOutput bc = merger.merge(spec, List.of(b, c));
    RowComparison swapped = new RowComparison("orderDoesNotMatter", seed);
    swapped.sameBits(spec, "swapping the parts", ab, merger.merge(spec, List.of(b, a)));
    List<Violation> violations = new ArrayList<>(swapped.violations());
    for (AttentionOutput merged :
        List.of(merger.merge(spec, List.of(ab, c)), merger.merge(spec, List.of(a, bc)))) {
      violations.addAll(withinBudget("orderDoesNotMatter", seed, inputs, cuts, merged));
    }
    return violations;
  }

  /** A part without keys changes no bit of another, and two of them are one. */
  static List<Violation> emptyPartsChangeNothing(Attention attention, Merger merger, long seed) {
    ProblemDraw draw = new ProblemDraw(seed, 'z');
    AttentionSpec spec = draw.windowed();
    AttentionInputs inputs = AttentionInputs.generate(spec, InputFamily.NORMAL, seed);
    AttentionInputs noKeys = new KeyRange(spec.kvLength(), spec.kvLength()).of(inputs);
    AttentionOutput whole = attention.apply(inputs);
    AttentionOutput empty = attention.apply(noKeys);
    RowComparison comparison =
        new RowComparison("emptyPartsChangeNothing", seed)
            .emptyExactlyWhereHidden(noKeys.spec(), merger.merge(spec, List.of(empty, empty)));
    AttentionOutput before = merger.merge(spec, List.of(empty, whole));
    AttentionOutput behind = merger.merge(spec, List.of(whole, empty, empty));
    comparison.sameBits(spec, "an empty part before it", whole, before);
    comparison.sameBits(spec, "two empty parts behind it", whole, behind);
    return comparison.violations();
  }

  /**
   * Keys whose scores are 240 below others' do not show beside them, neither by a bit nor as an
   * overflow; but NaN in their values does.
   */
  static List<Violation> farPartsVanish(Attention attention, Merger merger, long seed) {
    ProblemDraw draw = new ProblemDraw(seed, 'w');
    int keys = draw.between(2, ProblemDraw.MAX_LENGTH);
    AttentionSpec spec = draw.spec(draw.length(), keys).mask(draw.window(keys)).softCap(0).build();
    int cut = draw.between(1, keys - 1);
    boolean nearFirst = draw.below(2) == 0;
    AttentionInputs normal = AttentionInputs.generate(spec, InputFamily.NORMAL, seed);
    float[] q = around(1, normal.q());
    float[] k = normal.k().clone();
    float level = APART / (float) Math.sqrt(spec.headDim());
    for (int index = 0; index < k.length; index++) {
      int key = index / spec.headDim() % keys; // contiguous, as draw.spec() has it
      k[index] = (key < cut == nearFirst ? level : -level) * (1 + k[index] / 64);
    }
    AttentionInputs inputs = new AttentionInputs(spec, "far keys", q, k, normal.v());
    int[] cuts = {0, cut, keys};
    List<AttentionOutput> parts = parts(attention, inputs, cuts);
    AttentionOutput merged = merger.merge(spec, parts);
    AttentionOutput near = parts.get(nearFirst ? 0 : 1);
    AttentionOutput far = parts.get(nearFirst ? 1 : 0);
    RowComparison comparison = new RowComparison("farPartsVanish", seed);
    comparison.sameWhere(
        spec,
        row -> near.lse()[row] - far.lse()[row] > 200,
        "a part that is far below",
        near,
        merged);
    int key = nearFirst ? cut : 0;
    float[] v = normal.v().clone();
    v[spec.valueRow(0, 0, key)] = Float.NaN;
    AttentionInputs nanFar = new AttentionInputs(spec, "NaN in a far value", q, k, v);
    comparison.nanExactlyWhere(
        new RowComparison.Run(spec, merged, RowSample.all(spec), Expected.of(inputs).budget()),
        nanFar.description(),
        merger.merge(spec, parts(attention, nanFar, cuts)),
        (b, h, i) -> b == 0 && spec.kvHead(h) == 0 && spec.visible(b, h, i, key),
        0);
    List<Violation> violations = new ArrayList<>(comparison.violations());
    violations.addAll(withinBudget("farPartsVanish", seed, inputs, cuts, merged));
    return violations;
  }

  /** NaN in a key or a value makes NaN of what sees it, whichever part it is in, and no more. */
  static List<Violation> nanStaysWhereItIsSeen(Attention attention, Merger merger, long seed) {
    ProblemDraw draw = new ProblemDraw(seed, 'n');
    AttentionSpec spec = draw.windowed();
    AttentionInputs inputs = AttentionInputs.generate(spec, InputFamily.NORMAL, seed);
    int[] cuts = cuts(draw, spec.kvLength(), 3);
    Attention split = given -> merger.merge(given.spec(), parts(attention, given, cuts));
    int b = draw.below(spec.batch());
    int kvHead = draw.below(spec.kvHeads());
    int key = draw.below(Math.max(1, spec.keyLengths().get(b)));
    int column = draw.below(spec.valueDim());
    float[] k = inputs.k().clone();
    k[spec.keyRow(b, kvHead, key)] = Float.NaN;
    float[] v = inputs.v().clone();
    v[spec.valueRow(b, kvHead, key) + column] = Float.NaN;
    RowComparison.RowPredicate seen =
        (rowBatch, h, i) ->
            rowBatch == b && spec.kvHead(h) == kvHead && spec.visible(rowBatch, h, i, key);
    AttentionInputs nanKey = new AttentionInputs(spec, "NaN in a key", inputs.q(), k, inputs.v());
    AttentionInputs nanValue =
        new AttentionInputs(spec, "NaN in a value", inputs.q(), inputs.k(), v);
    RowComparison.Run clean = RowComparison.Run.of(split, inputs);
    return new RowComparison("nanStaysWhereItIsSeen", seed)
        .nanExactlyWhere(clean, nanKey.description(), split.apply(nanKey), seen, -1)
        .nanExactlyWhere(clean, nanValue.description(), split.apply(nanValue), seen, column)
        .violations();
  }

  private static AttentionInputs inputs(ProblemDraw draw, long seed) {
    AttentionSpec spec = draw.windowed();
    return AttentionInputs.generate(spec, FAMILIES.get(draw.below(FAMILIES.size())), seed);
  }

  /** Where parts begin and end, ascending from 0 to keys; two that are equal hold none between. */
  private static int[] cuts(ProblemDraw draw, int keys, int parts) {
    int[] cuts = new int[parts + 1];
    for (int part = 1; part < parts; part++) {
      cuts[part] = draw.between(0, keys);
    }
    cuts[parts] = keys;
    Arrays.sort(cuts);
    return cuts;
  }

  private static List<AttentionOutput> parts(
      Attention attention, AttentionInputs inputs, int[] cuts) {
    List<AttentionOutput> parts = new ArrayList<>();
    for (int part = 1; part < cuts.length; part++) {
      parts.add(attention.apply(new KeyRange(cuts[part - 1], cuts[part]).of(inputs)));
    }
    return parts;
  }

  private static float[] around(float centre, float[] normal) {
    float[] values = new float[normal.length];
    for (int index = 0; index < values.length; index++) {
      values[index] = centre + normal[index] / 64;
    }
    return values;
  }

  private static List<Violation> withinBudget(
      String property, long seed, AttentionInputs inputs, int[] cuts, AttentionOutput merged) {
    Comparison comparison = Expected.of(inputs).compare(merged);
    if (comparison.passed()) {
      return List.of();
    }
    Comparison.WorstElement worst = comparison.worst();
    return List.of(
        new Violation(
            property,
            seed,
            "%s, %s, keys cut at %s: %s"
                .formatted(
                    inputs.spec().wholeLabel(),
                    inputs.description(),
                    Arrays.toString(cuts),
                    worst == null ? "nothing to compare" : worst.describe())));
  }
}
