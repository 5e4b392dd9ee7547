package io.github.attn4j.bench.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.attn4j.bench.ab.FakeVersion;
import io.github.attn4j.core.report.AtomicFile;
import io.github.attn4j.core.report.BenchCell;
import io.github.attn4j.core.report.JsonReport;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** {@code ./attn ab} on versions that are small scripts. */
@EnabledOnOs({OS.LINUX, OS.MAC})
class AbCommandTest extends TwoVersions {
  @Test
  void pairsHaveATrialOfEachInADrawnOrderAfterOneEachThatDoesNotCount() throws Exception {
    assertThat(ab(version("base", 2e6), version("new", 2e6))).as(err.toString()).isZero();
    List<String> trials = trials();
    assertThat(trials).hasSize(2 + 2 * 8);
    assertThat(trials.subList(0, 2)).containsExactly("base", "new");
    Set<String> firsts = new HashSet<>();
    for (int pair = 1; pair <= 8; pair++) {
      assertThat(trials.subList(2 * pair, 2 * pair + 2)).containsExactlyInAnyOrder("base", "new");
      firsts.add(trials.get(2 * pair));
    }
    assertThat(firsts).containsExactlyInAnyOrder("base", "new");
    assertThat(out.toString()).contains("unchanged", "Passed: 1 unchanged", "8 pairs");
    assertThat(err.toString()).contains("attn: base ", "attn: new ", "8 pairs of trials, about ");
  }

  @Test
  void optionsGoToBothVersionsWordByWord() throws Exception {
    assertThat(
            ab(
                version("base", 2e6),
                version("new", 2e6),
                "--kernel",
                "opencl:a,opencl:b",
                "--n=16,32",
                "--d",
                "64,128",
                "--mask=window(3,0),causal",
                "--untuned",
                "--seed=7",
                "--seconds=0.25"))
        .as(err.toString())
        .isZero();
    assertThat(log())
        .filteredOn(line -> line.contains(" --report="))
        .allMatch(line ->
            line.contains(" --kernel=opencl:a,opencl:b ")
                && line.contains(" --n=16,32 ")
                && line.contains(" --d=64,128 ")
                && line.contains(" --mask=window(3,0),causal ")
                && line.contains(" --untuned ")
                && line.contains(" --seed=7 ")
                && line.contains(" --seconds=0.25 "));
  }

  @Test
  void aSlowdownFailsTheGateAndOnlyTheGate() throws Exception {
    FakeVersion base = version("base", 2e6);
    FakeVersion now = version("new", 2.2e6);
    Path json = folder.resolve("ab.json");
    Path markdown = folder.resolve("ab.md");
    Path junit = folder.resolve("ab.xml");
    assertThat(
            ab(
                base,
                now,
                "--fail-if-slower=5%",
                "--json=" + json,
                "--markdown=" + markdown,
                "--junit=" + junit,
                "--annotations"))
        .isEqualTo(ExitCode.CHECK_FAILED);
    assertThat(out.toString())
        .contains(
            "slower        opencl:a on ",
            "new / base 1.100 (1.100..1.100), by time of the fastest tenth, 8 pairs")
        .contains("Failed: 1 slower")
        .contains("::error file=kernels/opencl/attention/a.cl,title=slower%3A opencl%3Aa::");
    assertThat(Files.readString(json)).contains("\"verdict\" : \"SLOWER\"", "\"baseFirst\"");
    assertThat(Files.readString(markdown)).startsWith("# Failed: 1 slower");
    assertThat(Files.readString(junit)).contains("failures=\"1\"");
    assertThat(ab(base, now)).isZero();
    assertThat(ab(base, now, "--fail-if-slower=12%")).isZero();
    assertThat(ab(now, base, "--fail-if-slower=5%")).isZero();
    assertThat(out.toString()).contains("Passed: 1 faster");
  }

  @Test
  void aWrongResultFailsWithoutAGateAndBeforeSpeed() throws Exception {
    FakeVersion now =
        version("new")
            .answers(
                FakeVersion.cell(
                    "opencl:a", "abacus", BenchCell.Status.FAILED, "INCORRECT: o[17]", null),
                FakeVersion.cell("opencl:b", 1e6));
    FakeVersion base =
        version("base")
            .answers(FakeVersion.cell("opencl:a", 2e6), FakeVersion.cell("opencl:b", 2e6));
    assertThat(ab(base, now)).isEqualTo(ExitCode.CHECK_FAILED);
    assertThat(out.toString())
        .containsSubsequence("broken        opencl:a", "INCORRECT: o[17]", "faster        opencl:b")
        .contains("Failed: 1 broken, 1 faster");
  }

  @Test
  void aCellThatWasMeasuredAndIsNotThereFailsAndOneThatIsNewIsListed() throws Exception {
    FakeVersion one =
        version("base")
            .answers(FakeVersion.cell("opencl:a", 2e6), FakeVersion.cell("opencl:b", 2e6));
    FakeVersion other = version("new", 2e6);
    assertThat(ab(one, other)).isEqualTo(ExitCode.CHECK_FAILED);
    assertThat(out.toString())
        .contains("missing       opencl:b on ", "measured in " + one.path() + " and not in ")
        .contains("Missing: measured before, and now not there or skipped; --allow-missing ")
        .contains("Failed: 1 missing, 1 unchanged");
    assertThat(ab(one, other, "--allow-missing")).isZero();
    assertThat(out.toString()).contains("Passed: 1 missing, 1 unchanged");
    assertThat(ab(other, one)).isZero();
    assertThat(out.toString()).contains("only in " + one.path() + ": opencl:b on ");
  }

  @Test
  void aSlowdownOfSomeLaunchesThatTheFastestDoNotShowFailsTheGate() throws Exception {
    FakeVersion now = version("new").answers(FakeVersion.cell("opencl:a", 2e6, 1.15 * 2e6, ""));
    assertThat(ab(version("base", 2e6), now, "--fail-if-slower=5%", "--pairs=9"))
        .isEqualTo(ExitCode.CHECK_FAILED);
    assertThat(out.toString())
        .contains("new / base 1.150 (1.150..1.150), by time of the median round, 9 pairs")
        .contains("1.000 by the fastest tenth, 1.150 by rounds of a launch on each input set");
  }

  @Test
  void tuningsThatDifferAreSaid() throws Exception {
    FakeVersion now = version("new").answers(FakeVersion.cell("opencl:a", 2e6, 2e6, "BLOCK_Q=32"));
    assertThat(ab(version("base", 2e6), now)).isZero();
    assertThat(out.toString())
        .contains("note: opencl:a on ", "BASE ran with none and NEW with BLOCK_Q=32");
  }

  @Test
  void onlyThePreparationMayBuild() throws Exception {
    FakeVersion base = version("base", 2e6);
    assertThat(ab(base, version("new", 2e6))).isZero();
    assertThat(base.builds().getFirst()).isEqualTo("--version may build");
    assertThat(base.builds().subList(1, base.builds().size()))
        .hasSize(1 + 1 + 8)
        .allMatch(line -> line.equals("trial 1"));
  }

  @Test
  void aVersionThatIsBuiltAnewInTheMidstEndsTheRunWithWhatChanged() throws Exception {
    FakeVersion now =
        version("new", 2.6e6)
            .before(
                """
                n=$(cat "$here/count" 2>/dev/null || echo 0); echo $((n + 1)) > "$here/count"
                if [ "$n" -lt 3 ]; then digit=1; else digit=2; fi
                echo "build $(printf "$digit%.0s" $(seq 64))"
                """);
    assertThat(ab(version("base", 2e6), now, "--fail-if-slower=5%"))
        .isEqualTo(ExitCode.NOTHING_TO_DO);
    assertThat(trials()).hasSize(2 + 2 * 3);
    assertThat(out.toString())
        .contains("ended early, in pair 3: " + now.path(), "was built anew in the midst of the run")
        .contains("its application was 111111111111 and is 222222222222")
        .doesNotContain("broken");
  }

  @Test
  void aTrialThatIsEndedTakesItsChildrenAlong() throws Exception {
    FakeVersion now = version("new", 2e6).before("sleep 300 & echo $! > \"$here/child\"; wait\n");
    assertThat(ab(version("base", 2e6), now, "--trial-limit=1")).isEqualTo(ExitCode.CHECK_FAILED);
    long child = Long.parseLong(Files.readString(now.file("child")).strip());
    assertThat(ProcessHandle.of(child).filter(ProcessHandle::isAlive)).isEmpty();
  }

  @Test
  void aSummaryThatOtherStepsWriteToKeepsTheirText() throws Exception {
    Path summary = Files.writeString(folder.resolve("summary.md"), "## Another step\n");
    assertThat(ab(version("base", 2e6), version("new", 2e6), "--append-markdown=" + summary))
        .isZero();
    assertThat(Files.readString(summary))
        .startsWith("## Another step\n\n# Passed: 1 unchanged")
        .endsWith("`\n");
  }

  /** Its folder can be written. */
  @Test
  @EnabledOnOs(OS.LINUX) // for a file that not even root may write
  void aSummaryThatCannotBeAddedToIsRefusedBeforeAnythingRuns() throws Exception {
    Path summary =
        Files.createSymbolicLink(
            folder.resolve("summary.md"), Path.of("/proc/sys/kernel/osrelease"));
    assertThat(ab(version("base", 2e6), version("new", 2e6), "--append-markdown=" + summary))
        .isEqualTo(ExitCode.FILE);
    assertThat(err.toString()).contains("cannot write " + summary);
    assertThat(folder.resolve("log")).doesNotExist();
  }

  @Test
  void lookingWhetherASummaryCanBeAddedToLeavesAllAsItIs() throws Exception {
    Path summary = Files.writeString(folder.resolve("summary.md"), "## Another step\n");
    AtomicFile.requireAppendable(summary);
    assertThat(Files.readString(summary)).isEqualTo("## Another step\n");
    AtomicFile.requireAppendable(folder.resolve("made/other.md"));
    assertThat(folder.resolve("made")).isEmptyDirectory();
    assertThatThrownBy(() -> AtomicFile.requireAppendable(folder))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("cannot write " + folder);
  }

  @Test
  @EnabledOnOs(OS.LINUX) // for a file that is always full
  void aFileThatCannotBeWrittenInTheEndDoesNotTakeTheOthersAlong() throws Exception {
    Path junit = folder.resolve("ab.xml");
    assertThat(
            ab(
                version("base", 2e6),
                version("new", 2e6),
                "--append-markdown=/dev/full",
                "--junit=" + junit))
        .isEqualTo(ExitCode.FILE);
    assertThat(err.toString()).contains("cannot write /dev/full");
    assertThat(junit).content().contains("<testcase");
  }

  @Test
  void bothStatesOfAKernelFileRunSideBySideInOneBuild() throws Exception {
    for (String state : List.of("before", "after")) {
      Files.createDirectories(folder.resolve(state));
      assertThat(attn(List.of("new-kernel", "my_own", "--output=" + folder.resolve(state))))
          .isZero();
    }
    FakeVersion build = version("build", 2e6);
    String before = folder.resolve("before/my_own.cl").toString();
    String after = folder.resolve("after/my_own.cl").toString();
    assertThat(
            ab(
                build,
                build,
                "--kernel-file=" + after,
                "--base-kernel-file=" + before,
                "--n=16",
                "--fail-if-slower=5%"))
        .as(err.toString())
        .isZero();
    List<String> trials = log().stream().filter(line -> line.contains(" --report=")).toList();
    assertThat(trials).hasSize(18).allMatch(line -> line.contains(" --n=16 "));
    assertThat(trials)
        .filteredOn(line -> line.contains(" --kernel-file=" + before + " "))
        .hasSize(9)
        .noneMatch(line -> line.contains(after));
    assertThat(trials)
        .filteredOn(line -> line.contains(" --kernel-file=" + after + " "))
        .hasSize(9);
  }

  @Test
  void aKernelFileThatIsEditedInTheMidstEndsTheRun() throws Exception {
    assertThat(attn(List.of("new-kernel", "my_own", "--output=" + folder))).isZero();
    Path file = folder.resolve("my_own.cl");
    FakeVersion build =
        version("build", 2e6)
            .before(
                """
                n=$(cat "$here/count" 2>/dev/null || echo 0); echo $((n + 1)) > "$here/count"
                [ "$n" != 4 ] || echo '#define EDITED 1' >> '%s'
                """
                    .formatted(file));
    assertThat(ab(build, build, "--kernel-file=" + file, "--fail-if-slower=5%"))
        .as(err.toString())
        .isEqualTo(ExitCode.NOTHING_TO_DO);
    assertThat(trials()).hasSize(2 + 2 * 2);
    assertThat(out.toString())
        .contains("ended early, in pair 2: " + file, "has changed since the run began");
  }

  @Test
  void statesOfAKernelWithDifferentIdsAreRefusedBeforeAnythingRuns() throws Exception {
    assertThat(attn(List.of("new-kernel", "my_own", "--output=" + folder))).isZero();
    assertThat(attn(List.of("new-kernel", "my_other", "--output=" + folder))).isZero();
    FakeVersion build = version("build", 2e6);
    assertThat(
            ab(
                build,
                build,
                "--kernel-file=" + folder.resolve("my_own.cl"),
                "--base-kernel-file=" + folder.resolve("my_other.cl")))
        .isEqualTo(ExitCode.USAGE);
    assertThat(err.toString())
        .contains("--base-kernel-file is of file:my_other and --kernel-file of file:my_own");
    assertThat(folder.resolve("log")).doesNotExist();
  }

  @Test
  void aDryRunKnowsThatJavaKernelsWarmUpForThreeTimesWhatCounts() throws Exception {
    assertThat(
            ab(
                version("base", 2e6),
                version("new", 2e6),
                "--dry-run",
                "--kernel=java:flash",
                "--input=normal",
                "--n=16",
                "--seconds=10"))
        .as(err.toString())
        .isZero();
    // 18 trials of 2.5 s, 0.6 s, and 10 s that count after 30 s that do not.
    assertThat(out.toString()).contains("time  about 12 min 56 s ");
  }

  @Test
  void aResultThatIsWrongInOneTrialOfManyFails() throws Exception {
    FakeVersion base = version("base", 2e6);
    FakeVersion now = version("new", 1e6);
    Files.writeString(folder.resolve("wrong.json"), "");
    JsonReport.write(
        folder.resolve("wrong.json"),
        FakeVersion.report(
            FakeVersion.cell("opencl:a", "abacus", BenchCell.Status.FAILED, "once", null)));
    now.before(
        """
        n=$(cat "$here/count" 2>/dev/null || echo 0); echo $((n + 1)) > "$here/count"
        if [ "$n" = 5 ]; then cp "$here/../wrong.json" "$here/result.json.now"; else cp "$here/right.json" "$here/result.json.now"; fi
        mv "$here/result.json.now" "$here/result.json"
        """);
    Files.copy(folder.resolve("new/result.json"), folder.resolve("new/right.json"));
    assertThat(ab(base, now)).isEqualTo(ExitCode.CHECK_FAILED);
    assertThat(out.toString()).contains("broken        opencl:a", "once");
  }

  @Test
  void aBaseWithoutAResultIsNothingToCompareWith() throws Exception {
    FakeVersion base = version("base", 2e6).before("echo no idea; exit 2\n");
    assertThat(ab(base, version("new", 2e6))).isEqualTo(ExitCode.NOTHING_TO_DO);
    assertThat(err.toString())
        .contains("not comparable", "gives no result", "exit code 2", "no idea");
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void aVersionThatDoesNotStartIsNotAvailable() throws Exception {
    FakeVersion base = version("base").script("echo the build failed; exit 70\n");
    assertThat(ab(base, version("new", 2e6))).isEqualTo(ExitCode.UNAVAILABLE);
    assertThat(err.toString()).contains("does not start", "the build failed");
  }

  @Test
  void versionsWithoutTrialsAreAskedForABench() throws Exception {
    assertThat(ab(version("base", 2e6).old(), version("new", 2e6))).as(err.toString()).isZero();
    assertThat(log())
        .filteredOn(line -> line.contains(" --output="))
        .hasSize(18)
        .allMatch(line -> line.contains(" bench ") && line.contains(" --forks=1 "));
    assertThat(out.toString()).contains("trials are runs of ./attn bench with one fork");
  }

  @Test
  void devicesThatDifferAreNotComparable() throws Exception {
    FakeVersion now =
        version("new")
            .answers(
                FakeVersion.cell(
                    "opencl:a",
                    "another",
                    BenchCell.Status.MEASURED,
                    "",
                    FakeVersion.cell("opencl:a", 2e6).measurement()));
    assertThat(ab(version("base", 2e6), now)).isEqualTo(ExitCode.NOTHING_TO_DO);
    assertThat(err.toString()).contains("abacus with BASE and on another with NEW");
    assertThat(trials()).hasSize(2);
  }

  @Test
  void whatMakesNoSenseIsAUsageErrorBeforeAnythingRuns() throws Exception {
    FakeVersion base = version("base", 2e6);
    FakeVersion now = version("new", 2e6);
    assertThat(ab(base, now, "--pairs=6")).isEqualTo(ExitCode.USAGE);
    assertThat(err.toString()).contains("fewer than 7 pairs cannot tell a slowdown from chance");
    assertThat(ab(base, now, "--fail-if-slower=5")).isEqualTo(ExitCode.USAGE);
    assertThat(err.toString()).contains("'5' is no percentage; write it as 5%");
    assertThat(ab(base, now, "--seconds=0")).isEqualTo(ExitCode.USAGE);
    assertThat(attn(List.of("ab", "no-such-version", now.path()))).isEqualTo(ExitCode.USAGE);
    assertThat(folder.resolve("log")).doesNotExist();
  }

  @Test
  void aDryRunStartsNothing() throws Exception {
    assertThat(
            ab(
                version("base", 2e6),
                version("new", 2e6),
                "--dry-run",
                "--kernel=java:flash",
                "--input=normal",
                "--n=16,32"))
        .as(err.toString())
        .isZero();
    assertThat(out.toString())
        .contains(
            "base  ", "new   ", "cells 2", "8 pairs, who is first by a draw", "99.6 % lower bound")
        .contains("rounds would need 10 pairs")
        .containsPattern("time  about \\d+");
    assertThat(folder.resolve("log")).doesNotExist();
  }
}
