package io.github.attn4j.core.expression;

/**
 * Asks expressions by walking their trees: the same answers as {@link MaskExpression#compile} and
 * {@link ScoreExpression#compile}, several times as slowly, and without their compiler. The oracle
 * and the plain version ask in this way, so that a mistake of that compiler, which {@code
 * java:flash} runs on, cannot confirm itself.
 */
public final class TreeWalk {
  private TreeWalk() {}

  /** A mask over one shape; safe for many threads. */
  public static PairPredicate visible(MaskExpression mask, Domain domain) {
    PairTree.Condition<PairTree.Pair> condition = new FloatTree(domain).condition(mask.tree());
    return (b, h, q, p, k) -> condition.of(new PairTree.Pair(b, h, q, p, k));
  }

  /** A score over one shape, in float32; safe for many threads. */
  public static PairScore score(ScoreExpression score, Domain domain) {
    FloatTree.Single single = new FloatTree(domain).single(score.tree());
    return (s, b, h, q, p, k) -> single.of(new FloatTree.Scored(s, b, h, q, p, k));
  }
}
