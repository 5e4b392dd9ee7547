package io.github.attn4j.bench.cli;

import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Writes the files of a result, each whatever becomes of the others: where a disk is full by now,
 * one on another disk, or a smaller one, is there still. At the end the command fails for the sake
 * of those that are not. May be told of files by several threads.
 */
final class ResultFiles {
  /** Of a command's few files all; of many failing cases the first, and the last file of all. */
  private static final int MOST_NAMED = 5;

  private final List<UncheckedIOException> refused = new ArrayList<>();

  /**
   * Writes one.
   *
   * @param file null where none was asked for, and nothing happens
   * @param form writes the result to that file, or throws {@link UncheckedIOException} naming it
   * @return whether it is there
   */
  boolean write(@Nullable Path file, Consumer<Path> form) {
    if (file == null) {
      return false;
    }
    try {
      form.accept(file);
      return true;
    } catch (UncheckedIOException e) {
      synchronized (this) {
        refused.add(e);
      }
      return false;
    }
  }

  /**
   * Names the report where it is there, and the pages beside it where all are; then {@link
   * #requireAllWritten}.
   *
   * @param report null where it could not be written
   * @param beside further files, in words
   */
  void announce(Voice voice, @Nullable Path report, boolean complete, String beside) {
    if (report != null) {
      voice
          .out()
          .printf(
              "%s: %s%s%n",
              complete ? "report" : voice.caution("cut short; what was measured is kept"),
              report,
              anyRefused() ? "" : beside);
      voice.out().flush();
    }
    requireAllWritten();
  }

  private synchronized boolean anyRefused() {
    return !refused.isEmpty();
  }

  /** Says which files could not be written, where the command ends with another error. */
  synchronized void tell(PrintWriter err) {
    refused.forEach(e -> err.println("attn: " + e.getMessage()));
    err.flush();
  }

  /**
   * To be called when all else is done: what it throws is exit code 8, which counts for more than
   * what the result says, since that is not where it was asked for.
   *
   * @throws UncheckedIOException naming the files that could not be written
   */
  synchronized void requireAllWritten() {
    if (refused.isEmpty()) {
      return;
    }
    UncheckedIOException first = refused.getFirst();
    if (refused.size() == 1) {
      throw first;
    }
    List<String> messages = refused.stream().map(Throwable::getMessage).distinct().toList();
    int more = messages.size() - MOST_NAMED;
    // A report comes last, and where it was kept instead stands in its message alone.
    String named =
        more > 0
            ? messages.stream().limit(MOST_NAMED - 1).collect(Collectors.joining("; "))
                + "; and so with %d more file%s; ".formatted(more, more == 1 ? "" : "s")
                + messages.getLast()
            : String.join("; ", messages);
    UncheckedIOException all = new UncheckedIOException(named, first.getCause());
    refused.forEach(all::addSuppressed);
    throw all;
  }
}
