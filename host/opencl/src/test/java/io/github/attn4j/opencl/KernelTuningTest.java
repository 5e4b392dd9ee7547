package io.github.attn4j.opencl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.attn4j.core.check.Expected;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.input.InputFamily;
import io.github.attn4j.core.kernel.PreparedKernel;
import io.github.attn4j.core.kernel.StagedInputs;
import io.github.attn4j.core.kernel.Support;
import io.github.attn4j.core.kernel.Tuning;
import io.github.attn4j.core.kernel.TuningParameter;
import io.github.attn4j.core.run.GridCase;
import io.github.attn4j.core.run.QuickGrid;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.AttentionSpecBuilder;
import io.github.attn4j.core.spec.Mask;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What kernels declare about their tuning holds. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class KernelTuningTest {
  private OpenClSession session;

  @BeforeAll
  void open() {
    session = TestDevices.openPreferred();
  }

  @AfterAll
  void close() {
    session.close();
  }

  @ParameterizedTest
  @EnumSource
  void theDefaultIsAdmittedWhereverTheKernelRuns(OpenClKernel kernel) {
    for (GridCase gridCase : QuickGrid.cases(1)) {
      AttentionSpec spec = gridCase.spec();
      if (kernel.supports(spec, session.device()) instanceof Support.Yes) {
        Tuning tuning = kernel.defaultTuning(spec, session.device());
        assertThat(kernel.admits(tuning, spec, session.device()))
            .as("%s on %s", tuning.label(), spec.label())
            .isEqualTo(Support.yes());
        assertThat(tuning.values().keySet())
            .containsExactlyInAnyOrderElementsOf(
                kernel.tuningParameters().stream().map(TuningParameter::name).toList());
      }
    }
  }

  /** Each changes what is compiled; the tails show whether the host launches as many items. */
  @ParameterizedTest
  @EnumSource(names = {"FLASH", "FLASH_QUERY_LANES", "FLASH_SPLIT_KV"})
  void theLeastAndTheMostOfEachParameterIsRight(OpenClKernel kernel) {
    AttentionSpec spec =
        AttentionSpec.builder().heads(2, 2).lengths(131, 203).dim(64).mask(Mask.causal()).build();
    TestDevices.assumeSupported(kernel, spec, session);
    AttentionInputs inputs = AttentionInputs.generate(spec, InputFamily.POISON_NAN, 5);
    Expected expected = Expected.of(inputs);
    Tuning shipped = kernel.defaultTuning(spec, session.device());
    int admitted = 0;
    try (StagedInputs staged = session.stage(inputs)) {
      for (TuningParameter parameter : kernel.tuningParameters()) {
        for (int value : new int[] {parameter.values().getFirst(), parameter.values().getLast()}) {
          Tuning tuning = shipped.with(parameter.name(), value);
          if (kernel.admits(tuning, spec, session.device()) instanceof Support.No) {
            continue; // more than the device has room for
          }
          admitted++;
          try (PreparedKernel prepared = session.prepare(kernel, staged, tuning)) {
            assertThat(prepared.tuning()).isEqualTo(tuning);
            prepared.clearOutput();
            prepared.run();
            assertThat(expected.compare(prepared.read()).passed()).as(tuning.label()).isTrue();
          }
        }
      }
    }
    assertThat(admitted).isGreaterThan(kernel.tuningParameters().size());
  }

  @Test
  void whatAKernelDoesNotDeclareIsRefusedByName() {
    AttentionSpec spec = AttentionSpec.builder().length(64).dim(64).build();
    OpenClKernel kernel = OpenClKernel.FLASH;
    Tuning shipped = kernel.defaultTuning(spec, session.device());
    try (StagedInputs staged =
        session.stage(AttentionInputs.generate(spec, InputFamily.NORMAL, 1))) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> session.prepare(kernel, staged, shipped.with("BLOCK_KV", 24)).close())
          .withMessage("BLOCK_KV of opencl:flash is 24, and may be one of [32, 64, 128]");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> session.prepare(kernel, staged, shipped.with("BLOCK_X", 1)).close())
          .withMessage(
              "opencl:flash has no tuning parameter BLOCK_X; it has BLOCK_Q, BLOCK_KV, ITEM_ROWS, X_ITEMS, SLICE_DIMS, SLICE_KEYS, KEEP_QUERIES");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> session.prepare(kernel, staged, Tuning.of("BLOCK_KV", 32)).close())
          .withMessage("BLOCK_Q of opencl:flash is missing, and may be one of [16, 32, 64, 128]");
      assertThatIllegalArgumentException()
          .isThrownBy(
              () -> session.prepare(OpenClKernel.NAIVE, staged, Tuning.of("BLOCK_KV", 32)).close())
          .withMessage("opencl:naive has no tuning parameter BLOCK_KV; it has none");
    }
  }

  @Test
  void anItemsQueriesAreThoseOfARowOfTheBlockMap() {
    AttentionSpecBuilder plain = AttentionSpec.builder().length(256).dim(64);
    AttentionSpec masked =
        QuickGrid.cases(1).stream()
            .map(GridCase::spec)
            .filter(spec -> spec.canonicalMask().expression() != null)
            .findFirst()
            .orElseThrow();
    OpenClKernel kernel = OpenClKernel.FLASH_QUERY_LANES;
    TestDevices.assumeSupported(kernel, masked, session);
    Tuning four = kernel.defaultTuning(masked, session.device()).with("QUERY_TILES", 4);
    assertThat(kernel.admits(four, plain.build(), session.device())).isEqualTo(Support.yes());
    assertThat(kernel.admits(four, masked, session.device()))
        .isEqualTo(
            Support.no(
                "an item of 128 queries does not take a row of the block map, which has 64, as a whole"));
    assertThat(kernel.admits(four.with("QUERY_VECTORS", 1), masked, session.device()))
        .isEqualTo(Support.yes());
  }
}
