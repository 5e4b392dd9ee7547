package io.github.attn4j.tornado;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.core.check.AttentionProperties;
import io.github.attn4j.core.kernel.PreparedKernel;
import io.github.attn4j.core.kernel.Session;
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
  @EnumSource(TornadoKernel.class)
  void noSeedBreaksAProperty(TornadoKernel kernel) {
    List<AttentionProperties.Violation> violations = new ArrayList<>();
    try (Session session = TestDevices.openPreferred()) {
      for (long seed = 1; seed <= SEEDS; seed++) {
        violations.addAll(
            AttentionProperties.checkAll(
                inputs -> {
                  try (StagedInputs staged = session.stage(inputs);
                      PreparedKernel prepared = session.prepare(kernel, staged)) {
                    assertThat(prepared.run()).isPositive();
                    return prepared.read();
                  }
                },
                seed));
      }
    }
    assertThat(violations).isEmpty();
  }
}
