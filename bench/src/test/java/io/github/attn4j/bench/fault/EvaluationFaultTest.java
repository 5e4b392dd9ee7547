package io.github.attn4j.bench.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.github.attn4j.core.check.Comparison;
import io.github.attn4j.core.check.Expected;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.input.InputFamily;
import io.github.attn4j.core.kernel.BackendException;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.run.Evaluation;
import io.github.attn4j.core.run.Evaluator;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.Layout;
import io.github.attn4j.core.spec.Mask;
import io.github.attn4j.jvm.JavaBackend;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every fault comes out of the evaluator as the evaluation it stands for, and leaks nothing. */
class EvaluationFaultTest {
  /** Gaps in O, so that the last element of the tensor is not the last one of the buffer. */
  private static final AttentionSpec SPEC =
      AttentionSpec.builder()
          .batch(2)
          .heads(3)
          .lengths(5, 9)
          .dim(8)
          .mask(Mask.causal())
          .layouts(
              Layout.bhsd(3, 5, 8),
              Layout.bhsd(3, 9, 8),
              Layout.bhsd(3, 9, 8),
              Layout.padded(3, 5, 8, 4, 2, 1))
          .build();

  private static final AttentionInputs INPUTS =
      AttentionInputs.generate(SPEC, InputFamily.NORMAL, 5);
  private static final Expected EXPECTED = Expected.of(INPUTS);

  private FaultyBackend backend = new FaultyBackend(new JavaBackend(), Fault.NONE, 0);
  private FaultySession session = open(Fault.NONE, 0);

  private FaultySession open(Fault fault, int atCall) {
    backend = new FaultyBackend(new JavaBackend(), fault, atCall);
    backend.open(backend.devices().getFirst());
    session = backend.sessions().getFirst();
    return session;
  }

  private Evaluation evaluate() {
    KernelVariant kernel = backend.kernels().getFirst();
    return Evaluator.evaluate(session, kernel, INPUTS, EXPECTED);
  }

  @AfterEach
  void allThatWasOpenedIsClosed() {
    assertThat(session.stagedClosed()).isEqualTo(session.stagedOpened());
    assertThat(session.kernelsClosed()).isEqualTo(session.kernelsOpened());
    if (session.lost()) {
      assertThatIllegalStateException().isThrownBy(session::close);
    }
    session.close();
  }

  private void assertOpened(int staged, int kernels) {
    assertThat(session.stagedOpened()).isEqualTo(staged);
    assertThat(session.kernelsOpened()).isEqualTo(kernels);
  }

  @Test
  void withoutAFaultItPassesAndIsTimed() {
    assertThat(evaluate())
        .isInstanceOfSatisfying(
            Evaluation.Passed.class,
            passed -> {
              assertThat(passed.comparison().failedElements()).isZero();
              assertThat(passed.comparison().checkedElements()).isEqualTo(SPEC.rows() * 9L);
              assertThat(passed.timing().kernelNanos()).isPositive();
            });
    assertOpened(1, 1);
  }

  @Test
  void aRefusalIsUnsupportedWithTheVariantsReasonAndTouchesNothing() {
    open(Fault.UNSUPPORTED, 0);
    assertThat(evaluate()).isEqualTo(new Evaluation.Unsupported(Fault.UNSUPPORTED.message()));
    assertOpened(0, 0);
  }

  @ParameterizedTest
  @EnumSource(names = {"INPUTS_DO_NOT_FIT", "SCRATCH_DOES_NOT_FIT"})
  void lackOfMemorySaysForWhatAndHowMuch(Fault fault) {
    open(fault, 0);
    assertThat(evaluate())
        .isInstanceOfSatisfying(
            Evaluation.OutOfMemory.class,
            outOfMemory -> {
              assertThat(outOfMemory.what()).contains(fault.message());
              assertThat(outOfMemory.neededBytes()).isEqualTo(Fault.NEEDED_BYTES);
              assertThat(outOfMemory.availableBytes()).isEqualTo(Fault.AVAILABLE_BYTES);
            });
    assertOpened(fault == Fault.SCRATCH_DOES_NOT_FIT ? 1 : 0, 0);
  }

  @Test
  void aBuildFailureKeepsTheCompilersLog() {
    open(Fault.BUILD_FAILS, 0);
    assertThat(evaluate()).isEqualTo(new Evaluation.BuildFailed(Fault.BUILD_FAILS.message()));
    assertOpened(1, 0);
  }

  @ParameterizedTest
  @EnumSource(names = {"UPLOAD_FAILS", "LAUNCH_FAILS", "DOWNLOAD_FAILS"})
  void aRefusedCallKeepsItsStatus(Fault fault) {
    open(fault, 0);
    assertThat(evaluate()).isEqualTo(new Evaluation.LaunchFailed(fault.message()));
    int opened = fault == Fault.UPLOAD_FAILS ? 0 : 1;
    assertOpened(opened, opened);
  }

  @ParameterizedTest
  @EnumSource(names = {"WRONG_ELEMENT", "NAN_ELEMENT"})
  void oneDamagedElementIsIncorrectAndNamed(Fault fault) {
    open(fault, 0);
    assertThat(evaluate())
        .isInstanceOfSatisfying(
            Evaluation.Incorrect.class,
            incorrect -> {
              assertThat(incorrect.comparison().failedElements()).isEqualTo(1);
              Comparison.WorstElement worst =
                  Objects.requireNonNull(incorrect.comparison().worst());
              assertThat(worst.describe()).startsWith("O[b 1, h 2, q 4, d 7] ");
              if (fault == Fault.NAN_ELEMENT) {
                assertThat(worst.actual()).isNaN();
                assertThat(incorrect.comparison().maxErrorOverBudget()).isInfinite();
              } else {
                assertThat(worst.actual() - worst.expected()).isBetween(0.99, 1.01);
              }
            });
    assertOpened(1, 1);
  }

  @ParameterizedTest
  @EnumSource(names = {"LOST_AT_STAGE", "LOST_AT_RUN", "LOST_AT_READ"})
  void aLostDeviceIsNoEvaluation(Fault fault) {
    open(fault, 0);
    assertThatExceptionOfType(BackendException.Unavailable.class)
        .isThrownBy(this::evaluate)
        .withMessage(fault.message());
    int opened = fault == Fault.LOST_AT_STAGE ? 0 : 1;
    assertOpened(opened, opened);
  }

  @Test
  void aMistakeOfOursIsNoEvaluation() {
    open(Fault.MISTAKE_OF_OURS, 0);
    assertThatIllegalStateException()
        .isThrownBy(this::evaluate)
        .withMessage(Fault.MISTAKE_OF_OURS.message());
    assertOpened(1, 1);
  }

  @ParameterizedTest
  @EnumSource(
      names = {
        "INPUTS_DO_NOT_FIT",
        "SCRATCH_DOES_NOT_FIT",
        "BUILD_FAILS",
        "LAUNCH_FAILS",
        "DOWNLOAD_FAILS",
        "WRONG_ELEMENT"
      })
  void theSessionWorksOnAfterwards(Fault fault) {
    open(fault, 2);
    assertThat(evaluate()).isInstanceOf(Evaluation.Passed.class);
    assertThat(evaluate()).isNotInstanceOf(Evaluation.Passed.class);
    assertThat(evaluate()).isInstanceOf(Evaluation.Passed.class);
  }
}
