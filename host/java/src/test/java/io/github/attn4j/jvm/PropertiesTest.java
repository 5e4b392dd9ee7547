package io.github.attn4j.jvm;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.core.check.AttentionProperties;
import io.github.attn4j.core.check.ExpressionProperties;
import io.github.attn4j.core.kernel.PreparedKernel;
import io.github.attn4j.core.kernel.Session;
import io.github.attn4j.core.kernel.StagedInputs;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The algebra of attention holds for every kernel: permuting, splitting, shifting, truncating,
 * poisoning; and for expressions, saying the same in another way.
 */
class PropertiesTest {
  private static final int SEEDS = 20;

  @ParameterizedTest
  @EnumSource(JavaKernel.class)
  void noSeedBreaksAProperty(JavaKernel kernel) {
    JavaBackend backend = new JavaBackend();
    List<AttentionProperties.Violation> violations = new ArrayList<>();
    try (Session session = backend.open(backend.devices().getFirst())) {
      AttentionProperties.Attention attention =
          inputs -> {
            try (StagedInputs staged = session.stage(inputs);
                PreparedKernel prepared = session.prepare(kernel, staged)) {
              prepared.run();
              return prepared.read();
            }
          };
      for (long seed = 1; seed <= SEEDS; seed++) {
        violations.addAll(AttentionProperties.checkAll(attention, seed));
        violations.addAll(ExpressionProperties.checkAll(attention, seed));
      }
    }
    assertThat(violations).isEmpty();
  }
}
