package io.github.attn4j.bench.measure;

import io.github.attn4j.bench.Verification;
import io.github.attn4j.core.kernel.BackendException;
import io.github.attn4j.core.report.BenchCell;
import io.github.attn4j.core.run.Evaluation;
import io.github.attn4j.core.run.Evaluator;
import io.github.attn4j.core.run.Watchdog;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Why a forked cell has no measurement: written by the fork, read by its parent, since JMH itself
 * only says that something failed.
 *
 * @param status what kind of failure
 * @param note what happened; of a cell that was skipped, the seconds that a launch would take
 */
record CellFailure(BenchCell.Status status, String note) {
  /** System property that tells the fork where to write. */
  static final String FILE_PROPERTY = "attn.cell.failure";

  /** Thrown in the fork to end the cell; the parent reads the file. */
  static final class Thrown extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Thrown(String message) {
      super(message);
    }
  }

  /** A launch whose result is wrong. */
  static final class Wrong extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final transient Evaluation.Incorrect evaluation;

    Wrong(Evaluation.Incorrect evaluation) {
      super(Verification.detail(evaluation));
      this.evaluation = evaluation;
    }

    Evaluation.Incorrect evaluation() {
      return evaluation;
    }

    /** The failure of a masked cell whose kernel was wrong where it ran without the mask. */
    CellFailure withoutMask() {
      return new CellFailure(
          BenchCell.Status.FAILED, "INCORRECT without the mask, beside it: " + getMessage());
    }
  }

  /** What an evaluation that did not pass means for a cell. */
  static CellFailure of(Evaluation evaluation) {
    String detail = Verification.detail(evaluation);
    return switch (evaluation) {
      case Evaluation.Passed passed ->
          throw new IllegalArgumentException("a kernel that passed has not failed");
      case Evaluation.Incorrect incorrect ->
          new CellFailure(BenchCell.Status.FAILED, "INCORRECT: " + detail);
      case Evaluation.Unsupported unsupported ->
          new CellFailure(BenchCell.Status.UNSUPPORTED, detail);
      case Evaluation.BuildFailed failed -> new CellFailure(BenchCell.Status.BUILD_FAILED, detail);
      case Evaluation.LaunchFailed failed -> new CellFailure(BenchCell.Status.FAILED, detail);
      case Evaluation.OutOfMemory outOfMemory ->
          new CellFailure(BenchCell.Status.OUT_OF_MEMORY, detail);
    };
  }

  /** What an exception of the backend means for a cell: the loss of a device too. */
  static CellFailure of(BackendException exception) {
    return exception instanceof BackendException.Unavailable lost
        ? new CellFailure(
            BenchCell.Status.FAILED,
            "the device was lost: %s; ./attn devices says whether it is back"
                .formatted(lost.description()))
        : of(Evaluator.failure(exception));
  }

  /** The cell would break its limit. */
  static CellFailure tooLong(double launchSeconds) {
    return new CellFailure(BenchCell.Status.SKIPPED, String.valueOf(launchSeconds));
  }

  /** A step of the fork took longer than the watchdog lets it. */
  static CellFailure neverEnded(Watchdog.Overdue overdue) {
    return new CellFailure(
        BenchCell.Status.NEVER_ENDED,
        "never ended: %s took longer than %s s (--watchdog), and its JVM was ended"
            .formatted(overdue.what(), overdue.seconds()));
  }

  /** Leaves the failure for the parent and returns what ends the fork. */
  Thrown raise() {
    try {
      Files.writeString(Path.of(System.getProperty(FILE_PROPERTY)), status.name() + "\n" + note);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot leave word of: " + note, e);
    }
    return new Thrown(note);
  }

  static CellFailure read(Path file, String otherwise) {
    try {
      List<String> lines = Files.exists(file) ? Files.readAllLines(file) : List.of();
      if (lines.isEmpty()) {
        return new CellFailure(BenchCell.Status.FAILED, otherwise);
      }
      return new CellFailure(
          BenchCell.Status.valueOf(lines.getFirst()),
          String.join("\n", lines.subList(1, lines.size())));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    }
  }
}
