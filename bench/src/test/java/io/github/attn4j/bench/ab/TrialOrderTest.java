package io.github.attn4j.bench.ab;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TrialOrderTest {
  @Test
  void blocksMirrorThemselvesAndBothKindsAreDrawn() {
    List<Boolean> order = TrialOrder.of(200, 3);
    assertThat(order).hasSize(200);
    Set<Boolean> starts = new HashSet<>();
    for (int block = 0; block < 100; block++) {
      assertThat(order.get(2 * block)).isNotEqualTo(order.get(2 * block + 1));
      starts.add(order.get(2 * block));
    }
    assertThat(starts).containsExactlyInAnyOrder(true, false);
  }

  @Test
  void aSeedRepeatsItAndAnotherDoesNot() {
    assertThat(TrialOrder.of(31, 5)).isEqualTo(TrialOrder.of(31, 5)).hasSize(31);
    assertThat(TrialOrder.of(31, 6)).isNotEqualTo(TrialOrder.of(31, 5));
  }
}
