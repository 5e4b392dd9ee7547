package io.github.attn4j.core.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Masks given as code. */
class CodeMaskTest {
  private final List<String> warnings = new ArrayList<>();
  private final Logger logger = Logger.getLogger(CodeMask.class.getName());
  private final Handler handler =
      new Handler() {
        @Override
        public void publish(LogRecord logged) {
          warnings.add(logged.getLevel() + " " + new SimpleFormatter().formatMessage(logged));
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
      };

  @BeforeEach
  void listen() {
    logger.addHandler(handler);
    logger.setUseParentHandlers(false);
  }

  @AfterEach
  void stopListening() {
    logger.removeHandler(handler);
    logger.setUseParentHandlers(true);
  }

  @Test
  void areAskedForEveryPairAndWarnOfTheirBytes() {
    AttentionSpec spec =
        AttentionSpec.builder()
            .batch(2)
            .heads(4, 2)
            .lengths(30, 50)
            .queryOffsets(List.of(3, -7))
            .mask((b, h, q, p, k) -> k <= p && (h + b + q) % 3 != 0)
            .build();
    for (int b = 0; b < 2; b++) {
      for (int h = 0; h < 4; h++) {
        for (int q = 0; q < 30; q++) {
          for (int k = 0; k < 50; k++) {
            boolean expected = k <= q + (b == 0 ? 3 : -7) && (h + b + q) % 3 != 0;
            assertThat(spec.visible(b, h, q, k)).isEqualTo(expected);
          }
        }
      }
    }
    assertThat(spec.mask().label()).isEqualTo("bool[2,4,30,50]");
    assertThat(warnings)
        .singleElement()
        .asString()
        .startsWith("WARNING")
        .contains("[2, 4, 30, 50]", "12,000 bytes", "expression");
  }

  @Test
  void areSmallerWhereBatchOrHeadDecideNothing() {
    AttentionSpecBuilder builder = AttentionSpec.builder().batch(2).heads(3).lengths(5, 7);
    assertThat(builder.mask((b, h, q, p, k) -> k != p, false, false).build().mask().label())
        .isEqualTo("bool[1,1,5,7]");
    assertThat(builder.mask((b, h, q, p, k) -> k != p + h, false, true).build().mask().label())
        .isEqualTo("bool[1,3,5,7]");
    AttentionSpec offsets =
        builder.queryOffsets(List.of(0, 2)).mask((b, h, q, p, k) -> k == p, false, false).build();
    assertThat(offsets.mask().label()).isEqualTo("bool[2,1,5,7]");
    assertThat(offsets.visible(1, 2, 1, 3)).isTrue();
    assertThat(offsets.visible(0, 2, 1, 3)).isFalse();
  }

  @Test
  void giveWayToAMaskSaidLater() {
    AttentionSpec spec =
        AttentionSpec.builder().length(5).mask((b, h, q, p, k) -> true).mask(Mask.causal()).build();
    assertThat(spec.mask()).isEqualTo(Mask.causal());
    assertThat(warnings).isEmpty();
  }

  @Test
  void areRefusedWhereNoArrayHoldsTheirPairs() {
    AttentionSpecBuilder builder =
        AttentionSpec.builder().heads(32).length(16384).mask((b, h, q, p, k) -> true);
    assertThatThrownBy(builder::build)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("[1, 32, 16384, 16384]")
        .hasMessageContaining("8,589,934,592 bytes")
        .hasMessageContaining("expression");
    assertThat(warnings).isEmpty();
  }

  @Test
  void leaveAWrongShapeToTheSpecToName() {
    assertThatThrownBy(() -> AttentionSpec.builder().batch(0).mask((b, h, q, p, k) -> true).build())
        .hasMessageContaining("batch");
  }
}
