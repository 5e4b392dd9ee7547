package io.github.attn4j.bench.ab;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class TrialOrderTest {
  @Test
  void eachPairIsDrawnOnItsOwn() {
    List<Boolean> order = TrialOrder.of(4000, 3);
    assertThat(order).hasSize(4000);
    // Halves within four standard deviations: of firsts, and of pairs like the one before them.
    int first = 0;
    int alike = 0;
    for (int pair = 0; pair < 4000; pair++) {
      first += order.get(pair) ? 1 : 0;
      alike += pair > 0 && order.get(pair).equals(order.get(pair - 1)) ? 1 : 0;
    }
    assertThat(first).isBetween(1874, 2126);
    assertThat(alike).isBetween(1874, 2126);
  }

  @Test
  void aSeedRepeatsItAndAnotherDoesNot() {
    assertThat(TrialOrder.of(31, 5)).isEqualTo(TrialOrder.of(31, 5)).hasSize(31);
    assertThat(TrialOrder.of(31, 6)).isNotEqualTo(TrialOrder.of(31, 5));
  }
}
