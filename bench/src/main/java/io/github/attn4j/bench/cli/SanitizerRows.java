package io.github.attn4j.bench.cli;

import io.github.attn4j.opencl.Oclgrind;
import java.io.PrintWriter;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What {@code ./attn sanitize} says: a line as soon as a run of Oclgrind has ended, with its whole
 * output where something was found, since all of them may take hours; and at the end, also where
 * the user interrupts, a table and a summary. Runs are told by their places in the plan; several
 * may be under way at once.
 */
final class SanitizerRows {
  private final Voice voice;
  private final Progress progress;
  private final String variants;
  private final int planned;
  private final Map<Integer, String> underWay = new TreeMap<>();
  private final Map<Integer, Row> rows = new TreeMap<>();
  private @Nullable PublishOnce kept;
  private boolean published;

  /**
   * What ran, and what came of it.
   *
   * @param kernel its label
   * @param variant types or tuning; empty where there is nothing to choose
   */
  record Row(String kernel, String variant, Oclgrind.Outcome outcome) {
    String label() {
      return variant.isEmpty() ? kernel : kernel + " " + variant;
    }

    /** Whether something is wrong: what refuses all its cases did nothing wrong. */
    boolean bad() {
      return !outcome.clean() && !outcome.refusedAll();
    }
  }

  /** A process of Oclgrind. */
  interface Run {
    /** Waits for its end. */
    Row end();
  }

  /**
   * Nothing has run yet.
   *
   * @param variants what tells rows of a kernel apart: a header
   * @param planned how many rows are to come
   */
  SanitizerRows(Voice voice, Progress progress, String variants, int planned) {
    this.voice = voice;
    this.progress = progress;
    this.variants = variants;
    this.planned = planned;
  }

  /** Publishes at the end of everything, and where the user interrupts. */
  PublishOnce keeping() {
    PublishOnce all = new PublishOnce(this::publish);
    kept = all;
    return all;
  }

  /** Runs one, unless the user has interrupted, and says what came of it. */
  void run(int place, String label, Run run) {
    pauseIfInterrupted();
    begin(place, label);
    Row row = run.end();
    if (row.outcome().wasInterrupted()) {
      // A signal that ends a terminal's processes reaches this one, too, perhaps a moment later.
      sleep();
    }
    pauseIfInterrupted();
    end(place, row);
  }

  private void pauseIfInterrupted() {
    if (kept != null) {
      kept.pauseIfInterrupted();
    }
  }

  private static void sleep() {
    try {
      TimeUnit.SECONDS.sleep(1);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized void begin(int place, String label) {
    underWay.put(place, label);
    progress.say(label);
  }

  private synchronized void end(int place, Row row) {
    if (published) {
      return; // the user has interrupted, and has been told of the others
    }
    underWay.remove(place);
    rows.put(place, row);
    progress.clear();
    Oclgrind.Outcome outcome = row.outcome();
    PrintWriter out = row.bad() ? voice.out() : voice.remarks();
    out.printf(
        "%d of %d: %s: %s, %d of %d right, %d findings, %.1f s%n",
        rows.size(),
        planned,
        row.label(),
        outcome.clean()
            ? voice.good("clean")
            : row.bad() ? voice.bad("NOT CLEAN") : voice.caution("not checked"),
        outcome.right(),
        outcome.cases(),
        outcome.findings().size(),
        outcome.seconds());
    out.flush();
    explain(outcome);
    progress.step(row.label());
  }

  /** What was refused, and everything that was printed where something was found. */
  private void explain(Oclgrind.Outcome outcome) {
    PrintWriter out = voice.out();
    if (outcome.refusedAll()) {
      out.printf(
          "%s: not checked, for it refuses each of the %d cases here: %s%n",
          outcome.name(), outcome.unsupported(), String.join("; ", outcome.refusals()));
    } else if (!outcome.clean()) {
      out.printf(
          "%s: %s; the whole output:%n%s%n",
          outcome.name(),
          voice.bad(
              outcome.exitCode() < 0
                  ? "stopped at the limit"
                  : "exit code %d, %d findings"
                      .formatted(outcome.exitCode(), outcome.findings().size())),
          outcome.output());
    }
    out.flush();
  }

  /** What came of all so far, in the order of the plan. */
  synchronized List<Oclgrind.Outcome> outcomes() {
    return rows.values().stream().map(Row::outcome).toList();
  }

  /** A row a run. */
  static String table(String variants, Collection<Row> rows) {
    return Table.of(rows)
        .name("kernel", Row::kernel)
        .name(variants, Row::variant)
        .figure("cases", row -> String.valueOf(row.outcome().cases()))
        .figure("right", row -> String.valueOf(row.outcome().right()))
        .figure("unsupported", row -> String.valueOf(row.outcome().unsupported()))
        .figure("findings", row -> String.valueOf(row.outcome().findings().size()))
        .figure(
            "uninitialized reads",
            row -> row.outcome().checksUninitialized() ? "checked" : "not checked")
        .figure("seconds", row -> "%.1f".formatted(row.outcome().seconds()))
        .text();
  }

  private synchronized void publish(boolean complete) {
    published = true;
    progress.end();
    PrintWriter out = voice.out();
    if (!rows.isEmpty()) {
      voice.remarks().println(table(variants, rows.values()));
    }
    if (rows.values().stream().anyMatch(row -> !row.outcome().checksUninitialized())) {
      voice
          .remarks()
          .println(
              "not checked: Oclgrind forgets between launches what the first one wrote, and its check of"
                  + " uninitialized reads crashes in flash_split_kv (docs/sanitizers.md)");
    }
    long bad = rows.values().stream().filter(Row::bad).count();
    if (bad > 0) {
      out.printf(
          "%s: %s; what was found stands behind the line of each, above%n",
          voice.bad("NOT CLEAN"),
          String.join(", ", rows.values().stream().filter(Row::bad).map(Row::label).toList()));
    }
    if (!complete && !underWay.isEmpty()) {
      out.println("not ended: " + String.join(", ", underWay.values()));
    }
    if (!complete && rows.isEmpty()) {
      out.printf("%s before any of %d runs had ended%n", voice.caution("cut short"), planned);
      out.flush();
      return;
    }
    out.printf(
        "%s%d%s runs: %d clean, %s; %,d cases right, %d findings, %.0f s of Oclgrind%n",
        complete ? "" : voice.caution("cut short; what was found before is kept") + ": ",
        rows.size(),
        complete ? "" : " of " + planned,
        outcomes().stream().filter(Oclgrind.Outcome::clean).count(),
        bad == 0 ? "none failed" : voice.bad(bad + " failed"),
        outcomes().stream().mapToInt(Oclgrind.Outcome::right).sum(),
        outcomes().stream().mapToInt(one -> one.findings().size()).sum(),
        outcomes().stream().mapToDouble(Oclgrind.Outcome::seconds).sum());
    out.flush();
  }
}
