package io.github.attn4j.jvm;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.core.check.AttentionProperties;
import io.github.attn4j.core.check.AttentionProperties.Attention;
import io.github.attn4j.core.check.AttentionProperties.Violation;
import io.github.attn4j.core.check.ExpressionProperties;
import io.github.attn4j.core.check.MergeProperties;
import io.github.attn4j.core.kernel.PreparedKernel;
import io.github.attn4j.core.kernel.Session;
import io.github.attn4j.core.kernel.StagedInputs;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The algebra of attention holds for every kernel: permuting, splitting, shifting, truncating,
 * poisoning; for expressions, saying the same in another way; and merging of parts.
 */
class PropertiesTest {
  private static final int SEEDS = 20;

  @ParameterizedTest
  @EnumSource(JavaKernel.class)
  void noSeedBreaksAProperty(JavaKernel kernel) {
    assertHold(
        kernel,
        (attention, seed) -> {
          List<Violation> violations =
              new ArrayList<>(AttentionProperties.checkAll(attention, seed));
          violations.addAll(ExpressionProperties.checkAll(attention, seed));
          return violations;
        });
  }

  @ParameterizedTest
  @EnumSource(JavaKernel.class)
  void outputsOverPartsOfTheKeysMergeToTheWhole(JavaKernel kernel) {
    assertHold(kernel, MergeProperties::checkAll);
  }

  private static void assertHold(
      JavaKernel kernel, BiFunction<Attention, Long, List<Violation>> properties) {
    JavaBackend backend = new JavaBackend();
    List<Violation> violations = new ArrayList<>();
    try (Session session = backend.open(backend.devices().getFirst())) {
      Attention attention =
          inputs -> {
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
