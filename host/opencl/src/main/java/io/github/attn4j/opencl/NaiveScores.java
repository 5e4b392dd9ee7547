package io.github.attn4j.opencl;

import io.github.attn4j.core.kernel.BackendException;
import io.github.attn4j.core.kernel.ScoreMatrix;
import io.github.attn4j.core.kernel.ScoreStage;
import io.github.attn4j.core.kernel.Support;
import io.github.attn4j.core.kernel.Tuning;
import io.github.attn4j.core.spec.AttentionSpec;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The score matrix on the device: {@code naive}'s first stage writes it to scratch, its second one
 * takes the softmax there. The last one, whose product nobody asks for, is left out.
 */
final class NaiveScores {
  private NaiveScores() {}

  /**
   * Runs the stages and reads scratch.
   *
   * @throws BackendException.OutOfMemory if the matrix does not fit, or not into a Java array
   */
  static ScoreMatrix read(OpenClSession session, OpenClStagedInputs staged, ScoreStage stage) {
    OpenClKernel naive = OpenClKernel.NAIVE;
    AttentionSpec spec = staged.spec();
    if (naive.supports(spec, session.device()) instanceof Support.No no) {
      throw new IllegalArgumentException(no.reason());
    }
    long elements = (long) spec.rows() * spec.kvLength();
    if (elements > Integer.MAX_VALUE - 8) {
      throw new BackendException.OutOfMemory(
          "the score matrix of %s as one Java array".formatted(spec.label()),
          4 * elements,
          4L * Integer.MAX_VALUE);
    }
    int last = stage == ScoreStage.SCORES ? 1 : 2;
    LaunchPlan whole = naive.plan(spec, session.device(), Tuning.NONE, staged.sequences());
    List<Stage> stages = whole.stages().subList(0, last);
    OpenClPreparedKernel kernel =
        session.register(
            new OpenClPreparedKernel(session, naive, staged, Tuning.NONE, whole.of(stages)));
    try (kernel) {
      kernel.run();
      float[] matrix = kernel.readScratch((int) elements);
      if (stage == ScoreStage.WEIGHTS) {
        // Softmax visits the keys that a row's window and length leave; of the others the first
        // stage's -inf is still there.
        for (int i = 0; i < matrix.length; i++) {
          matrix[i] = matrix[i] == Float.NEGATIVE_INFINITY ? 0 : matrix[i];
        }
      }
      String names = stages.stream().map(Stage::kernel).collect(Collectors.joining(" and "));
      return new ScoreMatrix(naive.globalId() + "'s " + names, matrix);
    }
  }
}
