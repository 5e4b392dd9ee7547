package io.github.attn4j.core.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.attn4j.core.input.SplitMix64;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class LayoutTest {
  @Test
  void walksHeadsThenRowsInBhsd() {
    Layout layout = Layout.bhsd(3, 5, 7);
    assertThat(layout).isEqualTo(new Layout(0, 105, 35, 7));
    assertThat(layout.row(1, 2, 4)).isEqualTo(105 + 70 + 28);
    assertThat(layout.requiredElements(2, 3, 5, 7)).isEqualTo(210);
  }

  @Test
  void walksRowsThenHeadsInBshd() {
    Layout layout = Layout.bshd(3, 5, 7);
    assertThat(layout).isEqualTo(new Layout(0, 105, 7, 21));
    assertThat(layout.row(1, 2, 4)).isEqualTo(105 + 14 + 84);
    assertThat(layout.requiredElements(2, 3, 5, 7)).isEqualTo(210);
  }

  @Test
  void leavesGapsWherePadded() {
    Layout layout = Layout.padded(3, 5, 7, 4, 2, 1);
    assertThat(layout).isEqualTo(new Layout(4, 162, 54, 9));
    // No gap is needed behind the very last element.
    assertThat(layout.requiredElements(2, 3, 5, 7)).isEqualTo(4 + 162 + 2 * 54 + 4 * 9 + 7);
  }

  @Test
  void needsTheIndexOfTheLastElementPlusOne() {
    Layout layout = new Layout(3, 1000, 10, 100);
    assertThat(layout.requiredElements(2, 4, 6, 8)).isEqualTo(layout.row(1, 3, 5) + 8);
    assertThat(layout.requiredElements(0, 4, 6, 8)).isEqualTo(3);
  }

  @Test
  void refusesNegativeStrides() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Layout(0, 1, -5, 2))
        .withMessageContaining("[1, -5, 2]");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Layout(-1, 1, 5, 2))
        .withMessageContaining("offset -1");
  }

  @Test
  void takesNoSharedAddressForInjective() {
    SplitMix64 random = new SplitMix64(5, 'L');
    int injective = 0;
    for (int trial = 0; trial < 2000; trial++) {
      long draw = 8L * trial;
      int batch = 1 + random.below(draw, 3);
      int heads = 1 + random.below(draw + 1, 3);
      int rows = 1 + random.below(draw + 2, 3);
      int columns = 1 + random.below(draw + 3, 3);
      Layout layout =
          new Layout(
              random.below(draw + 4, 3),
              random.below(draw + 5, 30),
              random.below(draw + 6, 12),
              random.below(draw + 7, 6));
      boolean claimed = layout.isInjective(batch, heads, rows, columns);
      if (claimed) {
        injective++;
        assertThat(addresses(layout, batch, heads, rows, columns))
            .as("%s for [%d, %d, %d, %d]", layout, batch, heads, rows, columns)
            .hasSize(batch * heads * rows * columns);
      }
    }
    assertThat(injective).isBetween(200, 1800);
  }

  @Test
  void takesEveryUsualOutputForInjective() {
    assertThat(Layout.bhsd(3, 5, 7).isInjective(2, 3, 5, 7)).isTrue();
    assertThat(Layout.bshd(3, 5, 7).isInjective(2, 3, 5, 7)).isTrue();
    assertThat(Layout.padded(3, 5, 7, 4, 2, 1).isInjective(2, 3, 5, 7)).isTrue();
    assertThat(new Layout(0, 0, 0, 0).isInjective(1, 1, 1, 7)).isTrue();
    assertThat(new Layout(0, 0, 35, 7).isInjective(2, 3, 5, 7)).isFalse();
    assertThat(new Layout(0, 105, 35, 6).isInjective(2, 3, 5, 7)).isFalse();
  }

  private static Set<Long> addresses(Layout layout, int batch, int heads, int rows, int columns) {
    Set<Long> addresses = new HashSet<>();
    for (int b = 0; b < batch; b++) {
      for (int h = 0; h < heads; h++) {
        for (int r = 0; r < rows; r++) {
          for (int c = 0; c < columns; c++) {
            addresses.add(layout.row(b, h, r) + c);
          }
        }
      }
    }
    return addresses;
  }
}
