package io.github.attn4j.core.kernel;

/** What of the score matrix {@link Session#scores} reads: fused kernels have neither. */
public enum ScoreStage {
  /**
   * What softmax is taken of: scale, soft cap, score modifier and mask are in it. Negative infinity
   * where a pair is hidden.
   */
  SCORES,

  /** What the values are multiplied with: each row's softmax; 0 where a pair is hidden. */
  WEIGHTS
}
