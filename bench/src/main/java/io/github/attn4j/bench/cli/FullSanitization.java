package io.github.attn4j.bench.cli;

import io.github.attn4j.bench.TemporaryFolder;
import io.github.attn4j.opencl.Oclgrind;
import io.github.attn4j.opencl.SanitizedSubject;
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
 * the kernels around attention, some processes of Oclgrind at once.
 */
final class FullSanitization {
  private final Oclgrind oclgrind;
  private final Duration limit;
  private final SanitizerRows rows;

  /** Of runs that may take so long, each told to what prints rows. */
  FullSanitization(Oclgrind oclgrind, Duration limit, SanitizerRows rows) {
    this.oclgrind = oclgrind;
    this.limit = limit;
    this.rows = rows;
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

  private SanitizerRows.Row row(SanitizedSubject subject) {
    try (TemporaryFolder folder = TemporaryFolder.create("attn-sanitize-")) {
      return new SanitizerRows.Row(
          subject.label(), subject.tuningLabel(), oclgrind.run(subject, folder.path(), limit));
    }
  }

  /** Runs them, so many at once. */
  void run(List<SanitizedSubject> subjects, int jobs) {
    List<Future<?>> running = new ArrayList<>();
    try (ExecutorService pool = Executors.newFixedThreadPool(jobs)) {
      for (SanitizedSubject subject : subjects) {
        int place = running.size();
        String label = (subject.label() + " " + subject.tuningLabel()).strip();
        running.add(pool.submit(() -> rows.run(place, label, () -> row(subject))));
      }
      try {
        for (Future<?> each : running) {
          each.get();
        }
      } catch (ExecutionException e) {
        pool.shutdownNow(); // what waits would run for hours before anybody heard of it
        throw e;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while Oclgrind ran", e);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RuntimeException cause
          ? cause
          : new IllegalStateException(e.getCause());
    }
  }
}
