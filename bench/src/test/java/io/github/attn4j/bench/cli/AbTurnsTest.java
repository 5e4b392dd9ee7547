package io.github.attn4j.bench.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.bench.ab.FakeVersion;
import io.github.attn4j.core.report.BenchCell;
import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** {@code ./attn ab} of versions whose trials take turns. */
@Tag("full")
@EnabledOnOs({OS.LINUX, OS.MAC})
class AbTurnsTest extends TwoVersions {
  private static final String ONE_AFTER_THE_OTHER = "trials ran one after the other";

  /** Who had the machine, turn by turn. */
  private List<String> turns() throws Exception {
    return Files.readAllLines(folder.resolve("turns")).stream()
        .filter(line -> line.contains(" has "))
        .map(line -> line.substring(0, line.indexOf(' ')))
        .toList();
  }

  @Test
  void versionsThatKnowHowTakeTurnsAndEachTimeIsItsOwn() throws Exception {
    assertThat(
            ab(
                version("base", 2e6).turns("0,0"),
                version("new", 2.4e6).turns("0,0"),
                "--fail-if-slower=5%"))
        .as(err.toString())
        .isEqualTo(1);
    assertThat(out.toString())
        .contains("2.000 ms", "-> 2.400 ms", "new / base 1.200", "Failed: 1 slower")
        .doesNotContain(ONE_AFTER_THE_OTHER);
    List<String> turns = turns();
    assertThat(turns).hasSize(8 * 4);
    for (int pair = 0; pair < 8; pair++) {
      List<String> four = turns.subList(4 * pair, 4 * pair + 4);
      assertThat(four.subList(0, 2)).containsExactlyInAnyOrder("base", "new");
      assertThat(four.subList(2, 4)).isEqualTo(four.subList(0, 2));
    }
    assertThat(turns.stream().distinct()).hasSize(2);
    assertThat(List.of(turns.get(0), turns.get(4), turns.get(8), turns.get(12), turns.get(16)))
        .as("who is first is drawn")
        .contains("base", "new");
  }

  @Test
  void aVersionThatCannotTakeTurnsHasBothRunOneAfterTheOtherAndThatIsSaid() throws Exception {
    assertThat(ab(version("base", 2e6), version("new", 2e6).turns("0"))).isZero();
    assertThat(out.toString())
        .contains(ONE_AFTER_THE_OTHER + ", since not both versions can take turns");
    assertThat(folder.resolve("turns")).doesNotExist();
  }

  @Test
  void turnsThatAreAskedForOfAVersionThatCannotTakeThemAreRefused() throws Exception {
    FakeVersion base = version("base", 2e6);
    assertThat(ab(base, version("new", 2e6).turns("0"), "--protocol=turns")).isEqualTo(2);
    assertThat(err.toString())
        .contains("--protocol turns: " + base.path(), "knows trial at best; leave the option out");
  }

  /** What fits alone and not beside another says nothing of the new version. */
  @Test
  void twoThatDoNotFitIntoTheMemoryTogetherRunOneAfterTheOther() throws Exception {
    FakeVersion now = version("new", 2e6).turns("0");
    besideAnother(now, BenchCell.Status.OUT_OF_MEMORY);
    assertThat(ab(version("base", 2e6).turns("0"), now)).as(out.toString()).isZero();
    assertThat(out.toString())
        .contains(
            "from pair 1 on " + ONE_AFTER_THE_OTHER + ", as with --protocol trial: of two at once,",
            "of NEW was out of memory",
            "1 unchanged",
            ", 8 pairs")
        .doesNotContain("broken");
    assertThat(turns()).hasSize(2);
  }

  /** As a machine without memory kills a process: which one, is chance. */
  @Test
  void oneThatIsKilledBesideTheOtherRunsAgainAlone() throws Exception {
    FakeVersion now =
        version("new", 2e6).turns("0").before("case \"$*\" in *--turns=*) kill -9 $$ ;; esac\n");
    assertThat(ab(version("base", 2e6).turns("0"), now)).as(out.toString()).isZero();
    assertThat(out.toString())
        .contains("from pair 1 on " + ONE_AFTER_THE_OTHER, "was killed", "signal 9", "1 unchanged")
        .doesNotContain("broken");
  }

  /** It brings the device down, and with it the base, which is not to blame. */
  @Test
  void whatFailsInTheBaseBesideANewVersionThatFailsIsNewsFault() throws Exception {
    FakeVersion base = version("base", 2e6).turns("0");
    besideAnother(base, BenchCell.Status.FAILED);
    FakeVersion now = version("new", 2e6).turns("0");
    besideAnother(now, BenchCell.Status.FAILED);
    assertThat(ab(base, now)).isEqualTo(1);
    assertThat(out.toString())
        .contains("broken", "of BASE was failed")
        .doesNotContain("still broken");
  }

  /** In turns its cell ends so, and alone as it answers. */
  private void besideAnother(FakeVersion version, BenchCell.Status status) throws Exception {
    FakeVersion other = version("ends-" + status).answers(without(status));
    Files.copy(other.file("result.json"), version.file("beside.json"));
    version.before(
        """
        case "$*" in *--turns=*) cp "$here/result.json" "$here/alone.json"; cp "$here/beside.json" "$here/result.json" ;;
        *) [ ! -e "$here/alone.json" ] || cp "$here/alone.json" "$here/result.json" ;; esac
        """);
  }

  private static BenchCell without(BenchCell.Status status) {
    return FakeVersion.cell("opencl:a", "abacus", status, "as it happens", null);
  }
}
