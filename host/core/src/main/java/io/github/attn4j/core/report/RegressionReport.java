package io.github.attn4j.core.report;

import java.math.RoundingMode;
import java.text.DecimalFormat;
import java.text.DecimalFormatSymbols;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Versions beside each other, and what became of each cell: what {@code ./attn compare} and {@code
 * ./attn ab} leave. Its JSON Schema is docs/regression.schema.json.
 *
 * @param schemaVersion {@value #SCHEMA_VERSION}
 * @param command that made it: compare or ab
 * @param environment of the comparison itself
 * @param contestants the base first
 * @param rule what was held to be slower
 * @param rows cells that both have, the gravest first
 * @param unmatched cells that one lacks
 * @param remarks what to know before believing the rows
 * @param complete false if trials are missing that were asked for
 */
public record RegressionReport(
    int schemaVersion,
    String command,
    Environment environment,
    List<Contestant> contestants,
    RegressionRule rule,
    List<RegressionRow> rows,
    List<UnmatchedCell> unmatched,
    List<String> remarks,
    boolean complete) {
  /**
   * Raised when a field changes its meaning or goes away. 2 took rounds instead of the medians of
   * trials, and says which cells are missing.
   */
  public static final int SCHEMA_VERSION = 2;

  /** Copies the lists; sorts the rows by gravity, keeping the order of cells of one verdict. */
  public RegressionReport {
    contestants = List.copyOf(contestants);
    rows = rows.stream().sorted(Comparator.comparing(RegressionRow::verdict)).toList();
    unmatched = List.copyOf(unmatched);
    remarks = List.copyOf(remarks);
  }

  /** Rows of a verdict. */
  public List<RegressionRow> rows(Verdict verdict) {
    return rows.stream().filter(row -> row.verdict() == verdict).toList();
  }

  /** Whether a row fails the command. */
  public boolean fails(RegressionRow row) {
    return switch (row.verdict()) {
      case BROKEN -> true;
      case MISSING -> !rule.allowMissing();
      case SLOWER -> rule.gate();
      case UNDECIDED, STILL_BROKEN, NOT_MEASURED, UNCHANGED, FASTER, MENDED -> false;
    };
  }

  /**
   * Whether a cell without a counterpart fails the command: one that the base measured does, unless
   * no cell at all is in both, which is no comparison.
   */
  public boolean fails(UnmatchedCell cell) {
    return cell.lost() && !rule.allowMissing() && !rows.isEmpty();
  }

  /** Whether any of both does. */
  public boolean failed() {
    return rows.stream().anyMatch(this::fails) || unmatched.stream().anyMatch(this::fails);
  }

  /** Cells that came to this, those without a counterpart among them. */
  public long count(Verdict verdict) {
    long missing =
        verdict == Verdict.MISSING ? unmatched.stream().filter(UnmatchedCell::lost).count() : 0;
    return rows(verdict).size() + missing;
  }

  /** How many cells came to what, the gravest first: "1 broken, 2 slower, 5 unchanged". */
  public String summary() {
    String counted =
        Stream.of(Verdict.values())
            .filter(verdict -> count(verdict) > 0)
            .map(verdict -> count(verdict) + " " + verdict.words())
            .collect(Collectors.joining(", "));
    return rows.isEmpty() ? "no cell is in both" : counted;
  }

  /** The summary with what it means for the command: "Failed: 1 slower". */
  public String headline() {
    String word =
        failed()
            ? "Failed: "
            : rows.isEmpty() ? "Nothing to compare: " : complete ? "Passed: " : "Cut short: ";
    return word + summary();
  }

  /** What slower means here, as a sentence. */
  public String rule(Locale locale) {
    String median =
        String.format(
            locale,
            "Slower: the median ratio is above %s and its lower bound above 1",
            percent(1 + rule.threshold()));
    if (rule.pairs() == 0) {
      return median + " (bounds: what each run says of its own medians).";
    }
    String rounds =
        rule.pairs() < rule.leastPairsOfRounds()
            ? "too few for rounds"
            : "or by rounds " + confidence(rule.significanceOfRounds());
    return String.format(
        locale,
        "%s (by the fastest tenth %s one-sided, %s, over %d pairs of trials).",
        median,
        confidence(rule.significance()),
        rounds,
        rule.pairs());
  }

  /** What is left of 100 % beside an error, with enough digits to be below it. */
  public static String confidence(double significance) {
    DecimalFormat format =
        new DecimalFormat("0.####", DecimalFormatSymbols.getInstance(Locale.ROOT));
    format.setRoundingMode(RoundingMode.DOWN);
    return format.format(100 * (1 - significance) + 1e-9) + " %";
  }

  static String percent(double share) {
    return new DecimalFormat("0.##", DecimalFormatSymbols.getInstance(Locale.ROOT))
            .format(100 * share)
        + " %";
  }
}
