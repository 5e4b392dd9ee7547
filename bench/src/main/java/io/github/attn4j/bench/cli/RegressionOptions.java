package io.github.attn4j.bench.cli;

import io.github.attn4j.core.report.AtomicFile;
import io.github.attn4j.core.report.GithubAnnotations;
import io.github.attn4j.core.report.JsonReport;
import io.github.attn4j.core.report.PairedRatio;
import io.github.attn4j.core.report.RegressionJunit;
import io.github.attn4j.core.report.RegressionMarkdown;
import io.github.attn4j.core.report.RegressionReport;
import io.github.attn4j.core.report.RegressionRow;
import io.github.attn4j.core.report.RegressionRule;
import io.github.attn4j.core.report.Verdict;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The gate, and the forms of what {@code compare} and {@code ab} find. */
final class RegressionOptions {
  /** Of a ratio's median, without the option. */
  private static final double USUAL_THRESHOLD = 0.05;

  private static final Pattern PERCENT = Pattern.compile("(\\d{1,4}(?:\\.\\d{1,6})?)\\s*%");

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--fail-if-slower",
      paramLabel = "PERCENT",
      description =
          "Exit with 1 where a cell is slower by more than this, as 5%%, and not by chance. Lost"
              + " correctness exits with 1 always. Default: no gate, verdicts by 5%%.")
  private @Nullable String failIfSlower;

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "Write everything as JSON; the schema is docs/regression.schema.json.")
  private @Nullable Path json;

  @Option(names = "--markdown", paramLabel = "FILE", description = "Write a Markdown document.")
  private @Nullable Path markdown;

  @Option(
      names = "--append-markdown",
      paramLabel = "FILE",
      description =
          "Add the same document to the end of a file that others write to as well, as"
              + " \"$GITHUB_STEP_SUMMARY\" is.")
  private @Nullable Path appendMarkdown;

  @Option(
      names = "--junit",
      paramLabel = "FILE",
      description = "Write JUnit XML: a test case a cell.")
  private @Nullable Path junit;

  @Option(
      names = "--annotations",
      description = "Print workflow commands of GitHub Actions (::error file=...) as well.")
  private boolean annotations;

  @Option(
      names = "--allow-missing",
      description =
          "List cells that were measured before and now are not there, or skipped, and do not fail"
              + " for their sake.")
  private boolean allowMissing;

  /** Whether cells that only the base measured fail nothing. */
  boolean allowMissing() {
    return allowMissing;
  }

  /** Whether a slowdown fails the command. */
  boolean gate() {
    return failIfSlower != null;
  }

  /**
   * What a median must exceed, as a share.
   *
   * @throws IllegalArgumentException naming what is no percentage
   */
  double threshold() {
    return failIfSlower == null ? USUAL_THRESHOLD : share("--fail-if-slower", failIfSlower);
  }

  static double share(String option, String text) {
    Matcher percent = PERCENT.matcher(text.strip());
    if (!percent.matches()) {
      throw new IllegalArgumentException(
          "%s '%s' is no percentage; write it as 5%%".formatted(option, text));
    }
    return Double.parseDouble(percent.group(1)) / 100;
  }

  /** Finds out before a run whether what was asked for can be written. */
  void requireWritable() {
    Stream.of(json, markdown, junit)
        .filter(file -> file != null)
        .forEach(AtomicFile::requireWritable);
    if (appendMarkdown != null) {
      AtomicFile.requireAppendable(appendMarkdown);
    }
  }

  /**
   * Prints and writes what was asked for.
   *
   * @throws UncheckedIOException naming the files that could not be written; the others were
   */
  void publish(RegressionReport report, PrintWriter out) {
    RegressionText.lines(report, Voice.of(command)).forEach(out::println);
    if (annotations) {
      GithubAnnotations.lines(report).forEach(out::println);
    }
    out.flush();
    ResultFiles written = new ResultFiles();
    written.write(json, file -> JsonReport.write(file, report));
    written.write(markdown, file -> RegressionMarkdown.write(file, report));
    written.write(appendMarkdown, file -> RegressionMarkdown.append(file, report));
    written.write(junit, file -> RegressionJunit.write(file, report));
    written.requireAllWritten();
  }

  /**
   * What the command exits with. Of trials, a cell without a pair of them was not judged, and
   * nothing passes where one has fewer than a bound takes.
   */
  static int exitCode(RegressionReport report) {
    if (report.failed()) {
      return ExitCode.CHECK_FAILED;
    }
    boolean ofTrials = report.rule().pairs() > 0;
    if (ofTrials && report.rows().stream().anyMatch(row -> hasTooFewPairs(row, report.rule()))) {
      return ExitCode.NOTHING_TO_DO;
    }
    boolean judged =
        report.rows().stream()
            .filter(row -> !ofTrials || !row.pairs().isEmpty())
            .anyMatch(row ->
                row.verdict() != Verdict.NOT_MEASURED
                    && row.verdict() != Verdict.MISSING
                    && row.verdict() != Verdict.STILL_BROKEN);
    return judged ? ExitCode.OK : ExitCode.NOTHING_TO_DO;
  }

  private static boolean hasTooFewPairs(RegressionRow row, RegressionRule rule) {
    return row.verdict() == Verdict.UNDECIDED
        && row.pairs().size() < PairedRatio.leastPairs(rule.significance());
  }
}
