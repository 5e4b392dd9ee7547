package io.github.attn4j.opencl;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * Writes what {@link MutationRun}s have found into {@code docs/mutation.md}, between its markers;
 * what stands around them is written by hand.
 */
final class MutationReport {
  static final String BEGIN = "<!-- mutants:begin -->\n";
  static final String END = "<!-- mutants:end -->";

  private MutationReport() {}

  /** A mutant that counts, and what became of it. */
  private record Row(Mutant mutant, ProgramText text, MutationRun.Judged judged, String argument) {
    boolean equivalent() {
      return !argument.isEmpty();
    }

    boolean is(MutantVerdict verdict) {
      return !equivalent() && judged.verdict() == verdict;
    }

    boolean noticed() {
      return !equivalent() && judged.verdict().noticedByTheGrid();
    }

    String place() {
      ProgramText.Line line = text.lines().get(mutant.place());
      return "%s: `%s`".formatted(line.file(), line.text().strip());
    }

    String line(String last) {
      return "| %s | %s | %s | %s | %s |%n"
          .formatted(
              mutant.id(),
              mutant.operator().description(),
              cell(place()),
              cell(mutant.change(text)),
              cell(last));
    }

    private static String cell(String text) {
      return text.replace("|", "\\|");
    }
  }

  /** Arguments: the folder of the results, how many mutants, the seed, and the page. */
  public static void main(String[] arguments) {
    Path page = Path.of(arguments[3]);
    try {
      String text = Files.readString(page);
      int begin = text.indexOf(BEGIN) + BEGIN.length();
      int end = text.indexOf(END);
      if (begin < BEGIN.length() || end < begin) {
        throw new IllegalStateException("%s lacks %s and %s".formatted(page, BEGIN.strip(), END));
      }
      String tables =
          tables(
              Path.of(arguments[0]), Integer.parseInt(arguments[1]), Long.parseLong(arguments[2]));
      Files.writeString(page, text.substring(0, begin) + tables + text.substring(end));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + page, e);
    }
  }

  /** Tables of all kernels that have results. */
  static String tables(Path folder, int wanted, long seed) {
    StringBuilder page = new StringBuilder();
    page.append(
        """
        | kernel | mutants | wrong result | process died | never ended | launch failed | noticed by the sanitizer alone | equivalent | survived | noticed by the quick grid, of those not equivalent | with the sanitizer | by a wrong result or the sanitizer | did not build | same code | same but for hints |
        |---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|
        """);
    List<Row> all = new ArrayList<>();
    for (OpenClKernel kernel : Mutant.KERNELS_ASKED) {
      MutationRun run = new MutationRun(kernel, folder);
      List<Row> rows = new ArrayList<>();
      int notBuilt = 0;
      int same = 0;
      int hints = 0;
      Map<String, String> arguments = EquivalentMutants.of(kernel);
      for (Mutant mutant : run.judged().isEmpty() ? List.<Mutant>of() : run.drawn(seed)) {
        MutationRun.Judged judged = run.judged().get(mutant.id());
        if (judged == null || rows.size() >= wanted) {
          break;
        }
        String argument = arguments.getOrDefault(mutant.id(), "");
        if (!argument.isEmpty() && judged.verdict() != MutantVerdict.SURVIVED) {
          throw new IllegalStateException(
              "%s of %s is argued to be equivalent, and yet: %s"
                  .formatted(mutant.id(), kernel.id(), judged.line()));
        }
        if (judged.verdict().counts()) {
          rows.add(new Row(mutant, run.text(), judged, argument));
        }
        notBuilt += judged.verdict() == MutantVerdict.NOT_BUILT ? 1 : 0;
        same += judged.verdict() == MutantVerdict.SAME_CODE ? 1 : 0;
        hints += judged.verdict() == MutantVerdict.ONLY_A_HINT ? 1 : 0;
      }
      page.append(
          "| `%s` | %s | %d | %d | %d |%n"
              .formatted(kernel.globalId(), counts(rows), notBuilt, same, hints));
      all.addAll(rows);
    }
    page.append("| all | %s | | | |%n%n".formatted(counts(all)));
    byOperator(all, page);
    list(
        "Survived", all, row -> row.is(MutantVerdict.SURVIVED), row -> row.judged().detail(), page);
    list(
        "Noticed by the sanitizer alone",
        all,
        row -> row.is(MutantVerdict.SANITIZER),
        row -> row.judged().detail(),
        page);
    list(
        "Noticed because the process died, or never ended",
        all,
        row ->
            row.is(MutantVerdict.CRASHED)
                || row.is(MutantVerdict.NEVER_ENDED)
                || row.is(MutantVerdict.FAILED),
        row -> row.judged().verdict() + ": " + row.judged().detail(),
        page);
    list("Equivalent", all, Row::equivalent, Row::argument, page);
    return page.toString();
  }

  private static String counts(List<Row> rows) {
    long equivalent = rows.stream().filter(Row::equivalent).count();
    long noticed = rows.stream().filter(Row::noticed).count();
    long sanitized = noticed + count(rows, MutantVerdict.SANITIZER);
    long known =
        count(rows, MutantVerdict.INCORRECT)
            + count(rows, MutantVerdict.SANITIZER)
            + rows.stream().filter(row -> !row.equivalent() && row.judged().confirmed()).count();
    long different = rows.size() - equivalent;
    return "%d | %d | %d | %d | %d | %d | %d | %d | %s | %s | %s"
        .formatted(
            rows.size(),
            count(rows, MutantVerdict.INCORRECT),
            count(rows, MutantVerdict.CRASHED),
            count(rows, MutantVerdict.NEVER_ENDED),
            count(rows, MutantVerdict.FAILED),
            count(rows, MutantVerdict.SANITIZER),
            equivalent,
            count(rows, MutantVerdict.SURVIVED),
            share(noticed, different),
            share(sanitized, different),
            share(known, different));
  }

  private static String share(long part, long all) {
    return all == 0 ? "-" : "%.1f %%".formatted(100.0 * part / all);
  }

  private static long count(List<Row> rows, MutantVerdict verdict) {
    return rows.stream().filter(row -> row.is(verdict)).count();
  }

  private static void byOperator(List<Row> all, StringBuilder page) {
    page.append(
        """
        | operator | mutants | noticed by the grid | by the sanitizer alone | equivalent | survived |
        |---|--:|--:|--:|--:|--:|
        """);
    for (MutationOperator operator : MutationOperator.values()) {
      List<Row> own = all.stream().filter(row -> row.mutant().operator() == operator).toList();
      page.append(
          "| %s | %d | %d | %d | %d | %d |%n"
              .formatted(
                  operator.description(),
                  own.size(),
                  own.stream().filter(Row::noticed).count(),
                  count(own, MutantVerdict.SANITIZER),
                  own.stream().filter(Row::equivalent).count(),
                  count(own, MutantVerdict.SURVIVED)));
    }
  }

  private static void list(
      String title,
      List<Row> all,
      Predicate<Row> chosen,
      java.util.function.Function<Row, String> last,
      StringBuilder page) {
    List<Row> rows = all.stream().filter(chosen).toList();
    page.append("%n### %s: %d%n".formatted(title, rows.size()));
    if (!rows.isEmpty()) {
      page.append("%n| mutant | operator | line | change | |%n|---|---|---|---|---|%n".formatted());
      rows.forEach(row -> page.append(row.line(last.apply(row))));
    }
  }
}
