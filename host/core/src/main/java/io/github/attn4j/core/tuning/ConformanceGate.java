package io.github.attn4j.core.tuning;

import io.github.attn4j.core.check.Expected;
import io.github.attn4j.core.expression.MaskExpression;
import io.github.attn4j.core.expression.ScoreExpression;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.input.InputFamily;
import io.github.attn4j.core.input.PageTables;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.Session;
import io.github.attn4j.core.kernel.Support;
import io.github.attn4j.core.kernel.Tuning;
import io.github.attn4j.core.run.Evaluation;
import io.github.attn4j.core.run.Evaluator;
import io.github.attn4j.core.run.GridCase;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.AttentionSpecBuilder;
import io.github.attn4j.core.spec.DenseMask;
import io.github.attn4j.core.spec.Layout;
import io.github.attn4j.core.spec.Mask;
import io.github.attn4j.core.spec.RowPlacement;
import io.github.attn4j.core.spec.ScoreModifier;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a tuning must compute rightly before it may be timed, and again before a stored one may be
 * used: the problem's own dimensions, on lengths that leave tails of every tile, with everything in
 * them that has broken kernels before. Few and small, since they are asked about every candidate;
 * the dimensions are those of one problem, so that most of them share one compilation. Another one
 * for a kernel that is compiled otherwise for rows that are not aligned; expressions, each a
 * program of its own, only where the problem has one.
 */
public final class ConformanceGate {
  private static final long SEED = 11;

  private final List<Case> cases = new ArrayList<>();

  /** By the names of those with groups of heads that they stand for. */
  private final Map<String, Case> withoutGroups = new HashMap<>();

  /** A problem, and the oracle's answer. */
  private record Case(GridCase problem, AttentionInputs inputs, Expected expected) {
    static Case of(GridCase problem) {
      AttentionInputs inputs = problem.inputs();
      return new Case(problem, inputs, Expected.of(inputs));
    }
  }

  /**
   * Why a tuning is not to be timed.
   *
   * @param problem that it was asked about, empty where it could be asked about none
   * @param evaluation what came of it
   */
  public record Refusal(String problem, Evaluation evaluation) {
    /**
     * Whether the result was wrong, which is a mistake of the kernel's and no limit of a device's.
     */
    public boolean wrong() {
      return evaluation instanceof Evaluation.Incorrect;
    }

    /** As a person reads it. */
    public String label() {
      return problem + ": " + evaluation.describe();
    }
  }

  /** The cases for problems with a spec's dimensions, types, pages and kinds of expressions. */
  public ConformanceGate(AttentionSpec like) {
    AttentionSpecBuilder base = like(like);
    // More keys than the largest tiles, and a tail; more queries than the largest blocks, of which
    // the largest items hold 384, so that there is a second one, behind a mask too.
    add("tails", base.lengths(403, 531), InputFamily.NORMAL);
    add("long causal", base.lengths(421, 531).mask(Mask.causal()), InputFamily.POISON_NAN);
    add("tails causal", base.lengths(131, 277).mask(Mask.causal()), InputFamily.POISON_NAN);
    add("one query", base.lengths(1, 523), InputFamily.LARGE_LOGIT);
    add("few queries causal", base.lengths(7, 300).mask(Mask.causal()), InputFamily.POISON_INF);
    add("window", base.lengths(150, 310).mask(Mask.window(33, 17)), InputFamily.POISON_NAN);
    add("more queries than keys", base.lengths(97, 33).mask(Mask.causal()), InputFamily.POISON_INF);
    add(
        "key lengths",
        base.batch(4).lengths(37, 291).keyLengths(List.of(291, 1, 0, 64)),
        InputFamily.POISON_NAN);
    add(
        "soft cap",
        base.batch(1).keyLengths(List.of(99)).lengths(17, 99).softCap(20),
        InputFamily.NORMAL);
    AttentionSpecBuilder masked = like(like);
    add(
        "boolean mask",
        masked.lengths(70, 197).mask(new Mask.DenseBoolean(everyThirdHidden(70, 197))),
        InputFamily.POISON_NAN);
    float[] biases = new float[70 * 197];
    for (int i = 0; i < biases.length; i++) {
      biases[i] = i % 11 == 3 ? Float.NEGATIVE_INFINITY : (i % 13 - 6) / 4f;
    }
    add(
        "additive mask",
        masked.mask(new Mask.DenseAdditive(DenseMask.ofFloats(1, 1, 70, 197, biases))),
        InputFamily.POISON_INF);
    add(
        "gaps and offsets",
        like(like)
            .batch(2)
            .lengths(70, 197)
            .mask(Mask.causal())
            .queryOffsets(List.of(-3, 101))
            .layouts(
                Layout.padded(4, 70, like.headDim(), 3, 5, 1),
                Layout.padded(2, 197, like.headDim(), 1, 7, 2),
                Layout.padded(2, 197, like.valueDim(), 9, 1, 0),
                Layout.padded(4, 70, like.valueDim(), 2, 3, 4)),
        InputFamily.POISON_NAN);
    add("rows of all heads", like(like).lengths(70, 197).bshd(), InputFamily.NORMAL);
    List<Integer> ragged =
        List.of(70, 0, 1, 33); // tails in every sequence, and one without queries
    List<Integer> cached = List.of(150, 40, 291, 33);
    AttentionSpecBuilder packed =
        like(like).batch(4).lengths(70, 291).keyLengths(cached).mask(Mask.causal());
    add(
        "packed",
        like.keyPlacement() instanceof RowPlacement.Paged pages
            ? packed
                .packedQueries(ragged)
                .keyPlacement(PageTables.shuffled(pages.pageSize(), cached, SEED))
            : packed.packedQueries(ragged).packedKeys(),
        InputFamily.POISON_NAN);
    if (like.keyPlacement() instanceof RowPlacement.Paged pages) {
      List<Integer> lengths = List.of(291, 1, 0, 64);
      add(
          "pages",
          like(like)
              .batch(4)
              .lengths(37, 291)
              .keyLengths(lengths)
              .mask(Mask.causal())
              .keyPlacement(PageTables.shuffled(pages.pageSize(), lengths, SEED)),
          InputFamily.POISON_NAN);
      add(
          "one query over pages",
          like(like)
              .heads(8, 2)
              .lengths(1, 523)
              .keyPlacement(PageTables.shuffled(pages.pageSize(), List.of(523), SEED)),
          InputFamily.LARGE_LOGIT);
    }
    if (like.scoreModifier() instanceof ScoreModifier.Expression) {
      // A slope for each head, and pairs that it hides; a program of its own.
      add(
          "score expression",
          like(like)
              .lengths(131, 277)
              .scoreModifier(
                  ScoreModifier.expression(
                      ScoreExpression.parse("k % 7 == 3 ? log2(0) : s - slope(h) * (p - k)"))),
          InputFamily.POISON_NAN);
    }
    if (like.canonicalMask().expression() != null) {
      // Full, partial and missing blocks; a program of its own.
      add(
          "expression",
          masked
              .lengths(131, 331)
              .mask(
                  Mask.expression(
                      MaskExpression.parse("k < 64 || k >= 192 && (p + k + h) % 3 != 0"))),
          InputFamily.POISON_NAN);
    }
  }

  /** Four heads over two, of the problem's dimensions and types. */
  private static AttentionSpecBuilder like(AttentionSpec spec) {
    return AttentionSpec.builder()
        .dims(spec.headDim(), spec.valueDim())
        .heads(4, 2)
        .queryType(spec.queryType())
        .keyValueType(spec.keyValueType());
  }

  private void add(String name, AttentionSpecBuilder builder, InputFamily family) {
    GridCase problem = new GridCase(name, builder.build(), family, SEED + cases.size());
    cases.add(Case.of(problem));
  }

  private static DenseMask everyThirdHidden(int queries, int keys) {
    boolean[] visible = new boolean[queries * keys];
    for (int i = 0; i < visible.length; i++) {
      int query = i / keys;
      visible[i] = query % 5 != 4 && (query + i % keys) % 3 != 0; // every fifth row sees nothing
    }
    return DenseMask.ofBooleans(1, 1, queries, keys, visible);
  }

  /** What is asked, in order. */
  public List<AttentionSpec> problems() {
    return cases.stream().map(one -> one.problem().spec()).toList();
  }

  /** How many cases there are. */
  public int size() {
    return cases.size();
  }

  /**
   * Runs a kernel over all cases that it supports so tuned.
   *
   * @return the first that is not right, and how; empty where all are
   * @throws io.github.attn4j.core.kernel.BackendException.Unavailable if the device is lost
   */
  public Optional<Refusal> refusal(Session session, KernelVariant variant, Tuning tuning) {
    int passed = 0;
    for (Case grouped : cases) {
      Optional<Case> asked = asked(grouped, session.device(), variant, tuning);
      if (asked.isEmpty()) {
        continue; // as under an expression, where fewer tunings fit
      }
      Case one = asked.get();
      AttentionSpec spec = one.problem().spec();
      Evaluation evaluation =
          Evaluator.evaluate(session, variant, tuning, one.inputs(), one.expected());
      if (!(evaluation instanceof Evaluation.Passed)) {
        return Optional.of(
            new Refusal(
                "%s (%s, %s)"
                    .formatted(one.problem().name(), spec.label(), one.problem().family().label()),
                evaluation));
      }
      passed++;
    }
    return passed == 0
        ? Optional.of(
            new Refusal(
                "none of %d cases could be asked".formatted(cases.size()),
                new Evaluation.Unsupported("the kernel, so tuned, takes none of them")))
        : Optional.empty();
  }

  /** The case, or the same without groups of heads, for kernels that have no code for those. */
  private Optional<Case> asked(
      Case grouped, DeviceInfo device, KernelVariant variant, Tuning tuning) {
    AttentionSpec spec = grouped.problem().spec();
    if (takes(variant, tuning, spec, device)) {
      return Optional.of(grouped);
    }
    AttentionSpec own = spec.toBuilder().heads(spec.queryHeads()).contiguous().build();
    boolean contiguous = spec.toBuilder().contiguous().build().equals(spec);
    return contiguous && takes(variant, tuning, own, device)
        ? Optional.of(
            withoutGroups.computeIfAbsent(
                grouped.problem().name(),
                name ->
                    Case.of(
                        new GridCase(
                            name, own, grouped.problem().family(), grouped.problem().seed()))))
        : Optional.empty();
  }

  private static boolean takes(
      KernelVariant variant, Tuning tuning, AttentionSpec spec, DeviceInfo device) {
    return variant.supports(spec, device) instanceof Support.Yes
        && variant.admits(tuning, spec, device) instanceof Support.Yes;
  }
}
