package io.github.attn4j.opencl;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.core.check.AttentionProperties;
import io.github.attn4j.core.kernel.PreparedKernel;
import io.github.attn4j.core.kernel.StagedInputs;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The algebra of attention holds for every kernel: permuting, splitting, shifting, truncating,
 * poisoning.
 */
class PropertiesTest {
  private static final int SEEDS = 6;

  @ParameterizedTest
  @EnumSource(OpenClKernel.class)
  void noSeedBreaksAProperty(OpenClKernel kernel) {
    List<AttentionProperties.Violation> violations = new ArrayList<>();
    try (OpenClSession session = TestDevices.openPreferred()) {
      for (long seed = 1; seed <= SEEDS; seed++) {
        violations.addAll(
            AttentionProperties.checkAll(
                inputs -> {
                  TestDevices.assumeSupported(kernel, inputs.spec(), session);
                  try (StagedInputs staged = session.stage(inputs);
                      PreparedKernel prepared = session.prepare(kernel, staged)) {
                    prepared.run();
                    return prepared.read();
                  }
                },
                seed));
      }
    }
    assertThat(violations).isEmpty();
  }
}
