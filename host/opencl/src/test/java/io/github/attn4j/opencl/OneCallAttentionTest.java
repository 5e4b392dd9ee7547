package io.github.attn4j.opencl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.attn4j.core.check.Comparison;
import io.github.attn4j.core.check.Expected;
import io.github.attn4j.core.expression.MaskExpression;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.input.InputFamily;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.result.AttentionOutput;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.AttentionSpecBuilder;
import io.github.attn4j.core.spec.ElementType;
import io.github.attn4j.core.spec.Mask;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** {@code session.attention(spec, q, k, v)}, for callers that name no kernel. */
class OneCallAttentionTest {
  static Stream<AttentionSpec> specs() {
    AttentionSpecBuilder base = AttentionSpec.builder().heads(4, 2).length(97).dim(64);
    return Stream.of(
        base.mask(Mask.causal()).build(),
        base.lengths(1, 97).build(),
        base.length(97).storage(ElementType.F16).build(),
        base.mask(Mask.expression(MaskExpression.parse("k <= p && p - k < 20"))).build());
  }

  @ParameterizedTest
  @MethodSource("specs")
  void itsResultIsRightWhateverKernelItTakes(AttentionSpec spec) {
    AttentionInputs inputs = AttentionInputs.generate(spec, InputFamily.NORMAL, 5);
    try (OpenClSession session = TestDevices.openPreferred()) {
      AttentionOutput output = session.attention(spec, inputs.q(), inputs.k(), inputs.v());
      Comparison comparison = Expected.of(inputs).compare(output);
      assertThat(comparison.passed()).as(spec.label() + ": " + comparison).isTrue();
      assertThat(session.allocatedBytes()).isZero();
    }
  }

  @Test
  void manyQueriesAndFewHaveTheirOwnKernelsOnEachKindOfDevice() {
    AttentionSpec many = AttentionSpec.builder().heads(8, 2).length(256).build();
    AttentionSpec few = AttentionSpec.builder().heads(8, 2).lengths(3, 256).build();
    try (OpenClSession session = TestDevices.openDescribedAs(one -> one)) {
      assertThat(session.device().kind()).isEqualTo(DeviceInfo.Kind.CPU);
      assertThat(session.kernelFor(many)).isEqualTo(OpenClKernel.FLASH_QUERY_LANES);
      assertThat(session.kernelFor(few)).isEqualTo(OpenClKernel.FLASH_SPLIT_KV);
    }
    AttentionSpec halves = many.toBuilder().storage(ElementType.F16).build();
    try (OpenClSession session =
        TestDevices.openDescribedAs(
            one -> TestDevices.emulatingTensorCores(SanitizedDevice.GPU.describe(one)))) {
      assertThat(session.device().kind()).isEqualTo(DeviceInfo.Kind.GPU);
      assertThat(session.kernelFor(halves)).isEqualTo(OpenClKernel.FLASH_MMA);
      assertThat(session.kernelFor(many)).isEqualTo(OpenClKernel.FLASH);
      assertThat(session.kernelFor(few)).isEqualTo(OpenClKernel.FLASH_SPLIT_KV);
    }
  }

  @Test
  void anArrayThatIsTooShortIsNamed() {
    AttentionSpec spec = AttentionSpec.builder().length(4).dim(8).build();
    try (OpenClSession session = TestDevices.openPreferred()) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> session.attention(spec, new float[32], new float[31], new float[32]))
          .withMessageContaining("K")
          .withMessageContaining("31");
      assertThat(session.allocatedBytes()).isZero();
    }
  }
}
