package io.github.attn4j.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenWindowsTest {
  /** Token i of the text has id 1000 + i, so an id tells where it comes from. */
  private static final int FIRST_ID = 1000;

  @Test
  void framesEachWindowAndGoesOnWhereTheLastOneStopped() {
    int[] ids = countingText(5000).ids(1024);
    assertThat(ids[0]).isEqualTo(101);
    assertThat(ids[1]).isEqualTo(FIRST_ID);
    assertThat(ids[510]).isEqualTo(FIRST_ID + 509);
    assertThat(ids[511]).isEqualTo(102);
    assertThat(ids[512]).isEqualTo(101);
    assertThat(ids[513]).isEqualTo(FIRST_ID + 510);
    assertThat(ids[1023]).isEqualTo(102);
  }

  @Test
  void closesAnUnfinishedWindow() {
    assertThat(countingText(9).ids(1)).containsExactly(101);
    assertThat(countingText(9).ids(2)).containsExactly(101, 102);
    assertThat(countingText(9).ids(3)).containsExactly(101, FIRST_ID, 102);
    int[] ids = countingText(5000).ids(515);
    assertThat(Arrays.copyOfRange(ids, 510, 515))
        .containsExactly(FIRST_ID + 509, 102, 101, FIRST_ID + 510, 102);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 509, 510, 511, 1020, 1237})
  void saysWhereTheTextStartsAgain(int textTokens) {
    TokenWindows windows = countingText(textTokens);
    int[] ids = windows.ids(4096);
    int[] starts = IntStream.range(0, 4096).filter(at -> ids[at] == FIRST_ID).toArray();
    assertThat(starts[0]).isEqualTo(1);
    assertThat(starts[1]).isEqualTo(windows.firstRepeatedPosition());
  }

  @Test
  void rejectsATextWithoutTokens() {
    assertThatThrownBy(() -> new TokenWindows(new int[0])).hasMessageContaining("no token");
  }

  private static TokenWindows countingText(int tokens) {
    return new TokenWindows(IntStream.range(FIRST_ID, FIRST_ID + tokens).toArray());
  }
}
