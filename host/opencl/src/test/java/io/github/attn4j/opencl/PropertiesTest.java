package io.github.attn4j.opencl;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.core.check.AttentionProperties;
import io.github.attn4j.core.check.AttentionProperties.Attention;
import io.github.attn4j.core.check.AttentionProperties.Violation;
import io.github.attn4j.core.check.MergeProperties;
import io.github.attn4j.core.kernel.PreparedKernel;
import io.github.attn4j.core.kernel.StagedInputs;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The algebra of attention holds for every kernel: permuting, splitting, shifting, truncating,
 * poisoning, merging of parts.
 */
class PropertiesTest {
  private static final int SEEDS = 6;

  @ParameterizedTest
  @EnumSource(OpenClKernel.class)
  void noSeedBreaksAProperty(OpenClKernel kernel) {
    assertHold(kernel, AttentionProperties::checkAll);
  }

  /** For those that callers split over devices; the others' outputs are held to the same budget. */
  @ParameterizedTest
  @EnumSource(
      value = OpenClKernel.class,
      names = {"FLASH_QUERY_LANES", "FLASH_SPLIT_KV"})
  void outputsOverPartsOfTheKeysMergeToTheWhole(OpenClKernel kernel) {
    assertHold(kernel, MergeProperties::checkAll);
  }

  private static void assertHold(
      OpenClKernel kernel, BiFunction<Attention, Long, List<Violation>> properties) {
    List<Violation> violations = new ArrayList<>();
    try (OpenClSession session = TestDevices.openPreferred()) {
      Attention attention =
          inputs -> {
            TestDevices.assumeSupported(kernel, inputs.spec(), session);
            try (StagedInputs staged = session.stage(inputs);
                PreparedKernel prepared = session.prepare(kernel, staged)) {
              prepared.run();
              return prepared.read();
            }
          };
      for (long seed = 1; seed <= SEEDS; seed++) {
        violations.addAll(properties.apply(attention, seed));
      }
    }
    assertThat(violations).isEmpty();
  }
}
