package io.github.attn4j.opencl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.attn4j.core.check.Expected;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.input.InputFamily;
import io.github.attn4j.core.kernel.BackendException;
import io.github.attn4j.core.kernel.StagedInputs;
import io.github.attn4j.core.run.Evaluation;
import io.github.attn4j.core.run.Evaluator;
import io.github.attn4j.core.spec.AttentionSpec;
import java.util.function.UnaryOperator;
import org.jocl.CL;
import org.jocl.CLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a person reads when a program does not build or a launch is refused. */
class BuildAndLaunchFailureTest {
  private static final AttentionSpec SPEC = AttentionSpec.builder().heads(2).length(20).build();

  @Test
  void aBuildFailureNamesKernelDeviceOptionsAndTheLineInTheKernelFile() {
    String broken = "float dot_product = 0.0f;";
    UnaryOperator<String> sources =
        PlantedSource.replacing(broken, "float dot_product = undeclared_zero;");
    try (OpenClSession session = TestDevices.openPreferred(sources)) {
      Evaluation evaluation = evaluate(session, OpenClKernel.NAIVE);
      assertThat(evaluation).isInstanceOf(Evaluation.BuildFailed.class);
      assertThat(((Evaluation.BuildFailed) evaluation).log())
          .contains("kernels/opencl/attention/naive.cl")
          .contains(session.device().name())
          .contains("-cl-std=CL1.2 -cl-mad-enable")
          .contains("CL_BUILD_PROGRAM_FAILURE")
          .contains("undeclared_zero")
          .contains("naive.cl:" + lineOf(OpenClKernel.NAIVE.file(), broken));
    }
  }

  @Test
  void aBuildFailureInAHeaderPointsIntoTheHeader() {
    String broken = "long p = (long)i + sequence.x;";
    UnaryOperator<String> sources =
        PlantedSource.replacing(broken, "long p = (long)i + sequence.w;");
    try (OpenClSession session = TestDevices.openPreferred(sources)) {
      assertThat(evaluate(session, OpenClKernel.FLASH_QUERY_LANES))
          .isInstanceOfSatisfying(
              Evaluation.BuildFailed.class,
              failed ->
                  assertThat(failed.log())
                      .contains("-DHEAD_DIM=64")
                      .contains("attention_common.clh:" + lineOf("attention_common.clh", broken)));
    }
  }

  @Test
  void aSessionWorksOnAfterABuildFailure() {
    UnaryOperator<String> sources =
        file -> file.contains("flash") ? "__kernel void broken( {" : KernelSource.load(file);
    try (OpenClSession session = TestDevices.openPreferred(sources)) {
      long before = session.allocatedBytes();
      assertThat(evaluate(session, OpenClKernel.FLASH_QUERY_LANES))
          .isInstanceOf(Evaluation.BuildFailed.class);
      assertThat(session.allocatedBytes()).isEqualTo(before);
      assertThat(evaluate(session, OpenClKernel.NAIVE)).isInstanceOf(Evaluation.Passed.class);
    }
  }

  @Test
  void aMissingKernelFunctionIsNamed() {
    UnaryOperator<String> sources = PlantedSource.replacing("void naive_softmax(", "void renamed(");
    try (OpenClSession session = TestDevices.openPreferred(sources)) {
      long before = session.allocatedBytes();
      assertThat(evaluate(session, OpenClKernel.NAIVE))
          .isInstanceOfSatisfying(
              Evaluation.LaunchFailed.class,
              failed ->
                  assertThat(failed.status())
                      .contains("naive_softmax")
                      .contains("attention/naive.cl")
                      .contains("CL_INVALID_KERNEL_NAME"));
      assertThat(session.allocatedBytes()).isEqualTo(before);
    }
  }

  @Test
  void aRefusedLaunchNamesTheKernelTheSpecTheDeviceAndTheStatus() {
    UnaryOperator<String> sources =
        PlantedSource.replacing(
            "__kernel void naive_softmax(",
            "__kernel __attribute__((reqd_work_group_size(3, 1, 1))) void naive_softmax(");
    try (OpenClSession session = TestDevices.openPreferred(sources)) {
      assertThat(evaluate(session, OpenClKernel.NAIVE))
          .isInstanceOfSatisfying(
              Evaluation.LaunchFailed.class,
              failed ->
                  assertThat(failed.status())
                      .contains("opencl:naive")
                      .contains("-cl-std=CL1.2 -cl-mad-enable")
                      .contains(SPEC.label())
                      .contains(session.device().name())
                      .contains("CL_INVALID_WORK_GROUP_SIZE"));
      // The first stage was under way by then: it is waited for before its memory is given back.
      assertThat(session.allocatedBytes()).isZero();
    }
  }

  @Test
  void aCeilingThatCannotBeCreatedLeavesNothingBehind() {
    // The last of its kernels, so that all others exist by then.
    UnaryOperator<String> sources =
        file -> KernelSource.load(file).replace("fma_1x16", "fma_renamed");
    try (OpenClSession session = TestDevices.openPreferred(sources)) {
      assertThatThrownBy(() -> session.fmaCeiling().close())
          .isInstanceOf(BackendException.LaunchFailed.class)
          .hasMessageContaining("fma_1x16 of support/fma_ceiling.cl")
          .hasMessageContaining("-cl-std=CL1.2 -cl-mad-enable")
          .hasMessageContaining(session.device().name())
          .hasMessageContaining("CL_INVALID_KERNEL_NAME");
      assertThat(session.allocatedBytes()).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(
      ints = {
        CL.CL_MEM_OBJECT_ALLOCATION_FAILURE,
        CL.CL_OUT_OF_RESOURCES,
        CL.CL_OUT_OF_HOST_MEMORY
      })
  void memoryThatRunsOutAtALaunchIsOutOfMemory(int status) {
    AttentionInputs inputs = AttentionInputs.generate(SPEC, InputFamily.NORMAL, 1);
    try (OpenClSession session = TestDevices.openPreferred();
        StagedInputs staged = session.stage(inputs)) {
      assertThat(session.failure("running x", new CLException("refused", status)))
          .isInstanceOfSatisfying(
              BackendException.OutOfMemory.class,
              e -> {
                assertThat(e.neededBytes()).isGreaterThanOrEqualTo(staged.deviceBytes());
                assertThat(e.availableBytes()).isPositive();
                assertThat(e.description())
                    .contains("running x on " + session.device().name())
                    .contains(CL.stringFor_errorCode(status));
              });
      assertThat(session.failure("running x", new CLException("", CL.CL_INVALID_KERNEL_ARGS)))
          .isInstanceOf(BackendException.LaunchFailed.class);
    }
  }

  @Test
  void aDeviceThatIsGoneIsUnavailableAndNoFailureOfTheKernel() {
    try (OpenClSession session = TestDevices.openPreferred()) {
      CLException gone = new CLException("planted", CL.CL_DEVICE_NOT_AVAILABLE);
      assertThat(session.failure("running opencl:naive", gone))
          .isInstanceOf(BackendException.Unavailable.class)
          .hasMessageContaining("running opencl:naive")
          .hasMessageContaining(session.device().name())
          .hasMessageContaining("CL_DEVICE_NOT_AVAILABLE")
          .hasCause(gone);
    }
  }

  @Test
  void aDeviceThatIsNotThereIsUnavailable() {
    OpenClBackend backend = new OpenClBackend();
    io.github.attn4j.core.kernel.DeviceInfo first = TestDevices.preferred(backend);
    io.github.attn4j.core.kernel.DeviceInfo absent =
        new io.github.attn4j.core.kernel.DeviceInfo(
            "opencl",
            99,
            "no such device",
            first.kind(),
            "",
            1,
            1,
            0,
            1,
            java.util.List.of(),
            java.util.Map.of());
    assertThatThrownBy(() -> backend.open(absent).close())
        .isInstanceOf(BackendException.Unavailable.class)
        .hasMessageContaining("99")
        .hasMessageContaining("no such device")
        .hasMessageContaining("./attn devices");
  }

  private static Evaluation evaluate(OpenClSession session, OpenClKernel kernel) {
    AttentionInputs inputs = AttentionInputs.generate(SPEC, InputFamily.NORMAL, 1);
    return Evaluator.evaluate(session, kernel, inputs, Expected.of(inputs));
  }

  /** The line on which a text stands in a file of its own, without what it includes. */
  private static int lineOf(String file, String text) {
    try (java.io.InputStream stream =
        java.util.Objects.requireNonNull(
            KernelSource.class.getResourceAsStream("/io/github/attn4j/kernels/opencl/" + file))) {
      String source = new String(stream.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
      return (int) source.substring(0, source.indexOf(text)).lines().count();
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
