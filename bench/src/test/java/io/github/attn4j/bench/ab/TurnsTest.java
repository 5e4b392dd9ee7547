package io.github.attn4j.bench.ab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Two trials that take turns. */
@Tag("full")
@EnabledOnOs({OS.LINUX, OS.MAC})
class TurnsTest {
  private static final double PATIENT_SECONDS = 300;

  @TempDir private Path folder = Path.of("");

  /** A version whose trial asks for turns at these cells. */
  private Trials.Asked taker(String name, String cells) throws IOException {
    FakeVersion version =
        new FakeVersion(folder.resolve(name), name, folder.resolve("starts"))
            .answers()
            .turns(cells);
    return new Trials.Asked(
        new Version(name, Path.of(version.path()), "a folder"), List.of(), 0.05, 1);
  }

  private Path log() {
    return folder.resolve("turns");
  }

  /** Who had the machine at which cell, turn by turn. */
  private List<String> turns() throws IOException {
    return Files.readAllLines(log()).stream()
        .filter(line -> line.contains(" has "))
        .map(line -> line.replace(" has ", ""))
        .toList();
  }

  private static List<TrialProcess.Ended> pair(Trials.Asked one, Trials.Asked two) {
    return new Trials(PATIENT_SECONDS, _ -> {}).inTurns(one, two);
  }

  @Test
  void eachHasTheMachineUntilItAsksAgainAndThenTheOther() throws Exception {
    List<TrialProcess.Ended> ended = pair(taker("a", "0,0,1"), taker("b", "0,0,1"));
    assertThat(ended).allMatch(TrialProcess.Ended::finished);
    assertThat(Files.readAllLines(log()))
        .containsExactly(
            "a starts",
            "a asks",
            "b starts",
            "b asks",
            "a has 0",
            "a asks",
            "b has 0",
            "b asks",
            "a has 0",
            "a asks",
            "b has 0",
            "b asks",
            "a has 1",
            "a ends",
            "b has 1",
            "b ends");
  }

  @Test
  void whereOneLeavesACellOutTheOtherCatchesUp() throws Exception {
    pair(taker("a", "0,0,2,2"), taker("b", "0,0,1,1,2,2"));
    assertThat(turns()).containsExactly("a0", "b0", "a0", "b0", "b1", "b1", "a2", "b2", "a2", "b2");
  }

  @Test
  void oneThatCrashesLeavesTheMachineToTheOther() throws Exception {
    List<TrialProcess.Ended> ended = pair(taker("a", "0,-2"), taker("b", "0,0,1"));
    assertThat(ended.getFirst().exitCode()).isEqualTo(99);
    assertThat(ended.getLast().finished()).isTrue();
    assertThat(turns()).containsExactly("a0", "b0", "b0", "b1");
  }

  /** The time in which the other one hangs is not held against it. */
  @Test
  void oneThatKeepsTheMachineIsEndedAndOnlyThatOne() throws Exception {
    List<TrialProcess.Ended> ended =
        new Trials(10, _ -> {}).inTurns(taker("a", "0,0,-1"), taker("b", "0,0,1"));
    assertThat(ended.getFirst().exitCode()).isEqualTo(TrialProcess.TOO_LONG);
    assertThat(ended.getFirst().words()).startsWith("it was ended after 1");
    assertThat(ended.getLast().finished()).as(ended.getLast().words()).isTrue();
    assertThat(turns()).containsExactly("a0", "b0", "a0", "b0", "b1");
  }

  @Test
  void whoeverHearsOfAnEndHearsOfItBeforeTheOtherGoesOn() throws Exception {
    List<String> heard = new ArrayList<>();
    new Trials(
            PATIENT_SECONDS,
            ended -> {
              try {
                heard.add("%d after %s".formatted(ended.exitCode(), turns()));
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            })
        .inTurns(taker("a", "0,-2"), taker("b", "0"));
    assertThat(heard).containsExactly("99 after [a0]", "0 after [a0, b0]");
  }

  @Test
  void aTrialThatNobodyGivesTurnsSaysSo() {
    Path nobody = folder.resolve("nobody");
    assertThatThrownBy(() -> TurnRequests.to(nobody))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessage("--turns %s: nobody gives turns there", nobody);
  }

  @Test
  void aSocketThatCannotBeMadeIsNamedWithTheWayOut() {
    Path tooLong = folder.resolve("x".repeat(120));
    assertThatThrownBy(() -> new Turns(tooLong))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("no socket " + tooLong)
        .hasMessageContaining("--protocol trial");
  }
}
