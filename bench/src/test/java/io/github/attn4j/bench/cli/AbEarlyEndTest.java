package io.github.attn4j.bench.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.bench.ab.FakeVersion;
import io.github.attn4j.core.report.BenchCell;
import io.github.attn4j.core.report.JsonReport;
import java.io.IOException;
import java.nio.file.Files;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** Where {@code ./attn ab} ends early: whose failure that is, and when it is nobody's. */
@EnabledOnOs({OS.LINUX, OS.MAC})
class AbEarlyEndTest extends TwoVersions {
  @Test
  void aNewVersionThatCrashesFailsAtOnce() throws Exception {
    FakeVersion base = version("base", 2e6);
    FakeVersion now = version("new", 2e6).before("echo bang; kill -SEGV $$\n");
    assertThat(ab(base, now)).isEqualTo(ExitCode.CHECK_FAILED);
    assertThat(trials()).hasSize(2);
    assertThat(out.toString())
        .contains("broken        opencl:a", "exit code 139 (signal 11)", "bang")
        .contains("ended early: ");
  }

  @Test
  void aCrashInTheMidstKeepsTheRunShortAndFails() throws Exception {
    FakeVersion now =
        version("new", 2e6)
            .before(
                """
                n=$(cat "$here/count" 2>/dev/null || echo 0); echo $((n + 1)) > "$here/count"
                [ "$n" != 4 ] || exit 70
                """);
    assertThat(ab(version("base", 2e6), now)).isEqualTo(ExitCode.CHECK_FAILED);
    assertThat(trials()).hasSize(2 + 2 * 4);
    assertThat(out.toString()).contains("exit code 70");
  }

  @Test
  void aBaseThatCrashesInTheMidstIsNothingToCompareWithAnyMore() throws Exception {
    FakeVersion base =
        version("base", 2e6)
            .before(
                """
                n=$(cat "$here/count" 2>/dev/null || echo 0); echo $((n + 1)) > "$here/count"
                [ "$n" != 4 ] || exit 137
                """);
    assertThat(ab(base, version("new", 2.6e6), "--fail-if-slower=5%"))
        .isEqualTo(ExitCode.NOTHING_TO_DO);
    assertThat(trials()).hasSize(2 + 2 * 4);
    assertThat(out.toString())
        .contains("ended early, in pair 4: ", "gave no result", "speed cannot be judged")
        .doesNotContain("mended");
  }

  private static BenchCell hanging(String kernel) {
    return FakeVersion.cell(
        kernel, "abacus", BenchCell.Status.NEVER_ENDED, "a launch took longer than 60 s", null);
  }

  @Test
  void aBaseThatHangsInTheWarmUpIsNothingToCompareWith() throws Exception {
    FakeVersion base =
        version("base").answers(FakeVersion.cell("opencl:a", 2e6), hanging("opencl:b")).exits(7);
    FakeVersion now =
        version("new")
            .answers(FakeVersion.cell("opencl:a", 4e6), FakeVersion.cell("opencl:b", 2e6));
    assertThat(ab(base, now, "--fail-if-slower=5%")).isEqualTo(ExitCode.NOTHING_TO_DO);
    assertThat(trials()).hasSize(2);
    assertThat(out.toString())
        .contains("no pairs were measured: a kernel of " + base.path() + " never ended");
  }

  @Test
  void versionsWithoutACellThatBothMeasureAreNotJudged() throws Exception {
    FakeVersion base =
        version("base")
            .answers(
                FakeVersion.cell("opencl:a", "abacus", BenchCell.Status.FAILED, "wrong", null));
    assertThat(ab(base, version("new", 2e6), "--fail-if-slower=5%"))
        .isEqualTo(ExitCode.NOTHING_TO_DO);
    assertThat(out.toString()).contains("no pairs were measured: no cell has a time in both");
  }

  @Test
  void aCellWithTooFewPairsIsNoPass() throws Exception {
    FakeVersion base = version("base", 2e6);
    JsonReport.write(
        folder.resolve("wrong.json"),
        FakeVersion.report(
            FakeVersion.cell("opencl:a", "abacus", BenchCell.Status.FAILED, "at times", null)));
    Files.copy(base.file("result.json"), base.file("right.json"));
    base.before(
        """
        n=$(cat "$here/count" 2>/dev/null || echo 0); echo $((n + 1)) > "$here/count"
        if [ "$n" -gt 3 ]; then cp "$here/../wrong.json" "$here/result.json.now"; else cp "$here/right.json" "$here/result.json.now"; fi
        mv "$here/result.json.now" "$here/result.json"
        """);
    assertThat(ab(base, version("new", 4e6), "--fail-if-slower=5%"))
        .isEqualTo(ExitCode.NOTHING_TO_DO);
    assertThat(out.toString())
        .contains("undecided     opencl:a", "BASE has no time in 5 of its 9 trials", "at times")
        .doesNotContain("mended");
  }

  @Test
  void whatEndsBothTrialsOfAPairIsNotBlamedOnTheNewVersion() throws Exception {
    String full =
        """
        n=$(cat "$here/count" 2>/dev/null || echo 0); echo $((n + 1)) > "$here/count"
        [ "$n" != 3 ] || { echo no space left; exit 137; }
        """;
    assertThat(ab(version("base", 2e6).before(full), version("new", 2e6).before(full)))
        .isEqualTo(ExitCode.NOTHING_TO_DO);
    assertThat(trials()).hasSize(2 + 2 * 3);
    assertThat(out.toString())
        .contains("ended early, in pair 3: neither version gave a result", "no space left")
        .doesNotContain("broken");
  }

  /** Answers with this from its n-th trial on, counted from 0. */
  private FakeVersion later(FakeVersion version, int from, int exitCode, BenchCell... cells)
      throws IOException {
    JsonReport.write(version.file("later.json"), FakeVersion.report(cells));
    return version.before(
        """
        n=$(cat "$here/count" 2>/dev/null || echo 0); echo $((n + 1)) > "$here/count"
        if [ "$n" = %d ]; then cp "$here/later.json" "$here/result.json"; echo %d > "$here/exit"; fi
        """
            .formatted(from, exitCode));
  }

  @Test
  void onlyTheCellThatHangsIsBroken() throws Exception {
    BenchCell[] cells = {FakeVersion.cell("opencl:a", 2e6), FakeVersion.cell("opencl:b", 2e6)};
    FakeVersion now = later(version("new").answers(cells), 3, 7, hanging("opencl:a"));
    assertThat(ab(version("base").answers(cells), now)).isEqualTo(ExitCode.CHECK_FAILED);
    assertThat(trials()).hasSize(2 + 2 * 3);
    assertThat(out.toString())
        .contains("broken        opencl:a on ", "undecided     opencl:b on ")
        .contains("never ended; cells after it were not asked for again")
        .doesNotContain("broken        opencl:b");
  }

  @Test
  void aBaseThatLosesACellInTheMidstIsInconclusive() throws Exception {
    BenchCell[] cells = {FakeVersion.cell("opencl:a", 2e6), FakeVersion.cell("opencl:b", 2e6)};
    FakeVersion base =
        later(version("base").answers(cells), 3, 0, FakeVersion.cell("opencl:a", 2e6));
    assertThat(ab(base, version("new").answers(cells))).isEqualTo(ExitCode.NOTHING_TO_DO);
    assertThat(trials()).hasSize(2 + 2 * 3);
    assertThat(out.toString())
        .contains(
            "ended early, in pair 3: the trial of ", "lacks what an earlier one had: opencl:b");
  }

  @Test
  void aTrialWithoutAnEndIsEnded() throws Exception {
    FakeVersion now = version("new", 2e6).before("sleep 60\n");
    assertThat(ab(version("base", 2e6), now, "--trial-limit=1")).isEqualTo(ExitCode.CHECK_FAILED);
    assertThat(out.toString()).contains("it was ended after 1 s (--trial-limit)");
  }
}
