package io.github.attn4j.bench.cli;

import io.github.attn4j.bench.TemporaryFolder;
import io.github.attn4j.opencl.Oclgrind;
import io.github.attn4j.opencl.SanitizedSubject;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * {@code ./attn sanitize --full}: every OpenCL kernel with its own tuning and three odd ones, and
 * the kernels around attention, some processes of Oclgrind at once. A line is printed as soon as a
 * row is known, since all of them take a while.
 */
final class FullSanitization {
  private final Oclgrind oclgrind;
  private final Duration limit;
  private final Voice voice;
  private final Progress progress;
  private int done;

  /** What ran, and what came of it. */
  record Row(SanitizedSubject subject, Oclgrind.Outcome outcome) {}

  FullSanitization(Oclgrind oclgrind, Duration limit, Voice voice, Progress progress) {
    this.oclgrind = oclgrind;
    this.limit = limit;
    this.voice = voice;
    this.progress = progress;
  }

  /**
   * What ids choose, with * for anything.
   *
   * @throws IllegalArgumentException where one of them chooses nothing
   */
  static List<SanitizedSubject> chosen(String ids) {
    List<Pattern> patterns =
        Arrays.stream(ids.split(",", -1))
            .map(String::strip)
            .map(id ->
                Pattern.compile(
                    Arrays.stream(id.split("\\*", -1))
                        .map(Pattern::quote)
                        .collect(Collectors.joining(".*"))))
            .toList();
    List<SanitizedSubject> all = SanitizedSubject.all();
    for (Pattern pattern : patterns) {
      if (all.stream().noneMatch(subject -> matches(pattern, subject))) {
        throw new IllegalArgumentException(
            "--kernel %s: no such OpenCL kernel among %s"
                .formatted(
                    ids,
                    all.stream()
                        .map(SanitizedSubject::id)
                        .distinct()
                        .collect(Collectors.joining(", "))));
      }
    }
    return all.stream()
        .filter(subject -> patterns.stream().anyMatch(pattern -> matches(pattern, subject)))
        .toList();
  }

  private static boolean matches(Pattern pattern, SanitizedSubject subject) {
    return pattern.matcher(subject.id()).matches();
  }

  private Row row(SanitizedSubject subject) {
    try (TemporaryFolder folder = TemporaryFolder.create("attn-sanitize-")) {
      return new Row(subject, oclgrind.run(subject, folder.path(), limit));
    }
  }

  /** Runs them, so many at once. */
  List<Row> run(List<SanitizedSubject> subjects, int jobs) {
    List<Future<Row>> running = new ArrayList<>();
    List<Row> rows = new ArrayList<>();
    try (ExecutorService pool = Executors.newFixedThreadPool(jobs)) {
      for (SanitizedSubject subject : subjects) {
        running.add(
            pool.submit(() -> {
              Row row = row(subject);
              said(row, subjects.size());
              return row;
            }));
      }
      for (Future<Row> each : running) {
        rows.add(each.get());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted after %d rows".formatted(rows.size()), e);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RuntimeException cause
          ? cause
          : new IllegalStateException(e.getCause());
    }
    return rows;
  }

  private synchronized void said(Row row, int of) {
    done++;
    Oclgrind.Outcome outcome = row.outcome();
    progress.clear();
    PrintWriter out = outcome.clean() || outcome.refusedAll() ? voice.remarks() : voice.out();
    out.printf(
        "%d of %d: %s %s: %s, %d of %d right, %d findings, %.1f s%n",
        done,
        of,
        row.subject().label(),
        row.subject().tuningLabel(),
        outcome.clean() ? voice.good("clean") : voice.bad("NOT CLEAN"),
        outcome.right(),
        outcome.cases(),
        outcome.findings().size(),
        outcome.seconds());
    out.flush();
    progress.step(row.subject().label());
  }

  /** A row a kernel with a tuning. */
  static String table(List<Row> rows) {
    Table<Row> names =
        Table.of(rows)
            .name("kernel", row -> row.subject().label())
            .name("tuning", row -> row.subject().tuningLabel());
    return SanitizeCommand.with(names, Row::outcome).text();
  }

  /** The table, and what is to be said of what is not clean. */
  static void print(Voice voice, List<Row> rows) {
    voice.remarks().println(table(rows));
    SanitizeCommand.explain(voice, rows.stream().map(Row::outcome).toList());
    voice
        .out()
        .printf(
            "%d kernels and tunings, %,d cases right, %d findings, %.0f s of Oclgrind%n",
            rows.size(),
            rows.stream().mapToInt(row -> row.outcome().right()).sum(),
            rows.stream().mapToInt(row -> row.outcome().findings().size()).sum(),
            rows.stream().mapToDouble(row -> row.outcome().seconds()).sum());
  }
}
