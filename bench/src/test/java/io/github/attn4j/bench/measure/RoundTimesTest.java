package io.github.attn4j.bench.measure;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RoundTimesTest {
  @Test
  void aRoundIsALaunchOnEachSetAndItsTimeTheirMean() {
    RoundTimes rounds = new RoundTimes(2);
    assertThat(rounds.add(0, 100)).isEmpty();
    assertThat(rounds.add(1, 130)).hasValue(115);
    assertThat(rounds.add(0, 200)).isEmpty();
    assertThat(rounds.add(1, 200)).hasValue(200);
  }

  @Test
  void aRoundWhoseBeginIsNotKnownIsNone() {
    RoundTimes rounds = new RoundTimes(2);
    assertThat(rounds.add(1, 130)).isEmpty();
    assertThat(rounds.add(0, 100)).isEmpty();
    rounds.interrupt();
    assertThat(rounds.add(1, 130)).isEmpty();
    assertThat(rounds.add(0, 10)).isEmpty();
    assertThat(rounds.add(1, 20)).hasValue(15);
  }

  @Test
  void ofOneSetEachLaunchIsARound() {
    RoundTimes rounds = new RoundTimes(1);
    assertThat(rounds.add(0, 7)).hasValue(7);
    assertThat(rounds.add(0, 8)).hasValue(8);
  }
}
