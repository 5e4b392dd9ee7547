package io.github.attn4j.bench.cli;

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
  /** Of a command's few files all; of many failing cases the first. */
  private static final int MOST_NAMED = 5;

  private final List<UncheckedIOException> refused = new ArrayList<>();

  /**
   * Writes one.
   *
   * @param file null where none was asked for, and nothing happens
   * @param form writes the result to that file, or throws {@link UncheckedIOException} naming it
   */
  void write(@Nullable Path file, Consumer<Path> form) {
    if (file == null) {
      return;
    }
    try {
      form.accept(file);
    } catch (UncheckedIOException e) {
      synchronized (this) {
        refused.add(e);
      }
    }
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
    UncheckedIOException all =
        new UncheckedIOException(
            messages.stream().limit(MOST_NAMED).collect(Collectors.joining("; "))
                + (more > 0 ? "; and so with %d more files".formatted(more) : ""),
            first.getCause());
    refused.forEach(all::addSuppressed);
    throw all;
  }
}
