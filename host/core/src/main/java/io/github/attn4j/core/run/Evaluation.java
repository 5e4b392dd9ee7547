package io.github.attn4j.core.run;

import io.github.attn4j.core.check.Comparison;
import io.github.attn4j.core.result.DeviceTiming;

/**
 * How one kernel did on one problem. Only {@link Passed} carries a timing: a number nobody checked
 * cannot be printed.
 */
public sealed interface Evaluation {
  /** Right within budget, and timed. */
  record Passed(Comparison comparison, DeviceTiming timing) implements Evaluation {}

  /** Ran, but the result is wrong. */
  record Incorrect(Comparison comparison) implements Evaluation {}

  /** The variant says it cannot compute this. */
  record Unsupported(String reason) implements Evaluation {}

  /** A program did not build. */
  record BuildFailed(String log) implements Evaluation {}

  /** The device refused or failed. */
  record LaunchFailed(String status) implements Evaluation {}

  /** The device has too little memory. */
  record OutOfMemory(String what, long neededBytes, long availableBytes) implements Evaluation {}

  /** One word for tables. */
  default String label() {
    return switch (this) {
      case Passed passed -> "passed";
      case Incorrect incorrect -> "INCORRECT";
      case Unsupported unsupported -> "unsupported";
      case BuildFailed failed -> "BUILD FAILED";
      case LaunchFailed failed -> "LAUNCH FAILED";
      case OutOfMemory outOfMemory -> "out of memory";
    };
  }

  /** {@link #label}, and what a person needs to know besides. */
  default String describe() {
    return switch (this) {
      case Passed passed -> label();
      case Incorrect incorrect ->
          "%s, %d of %d elements; worst: %s"
              .formatted(
                  label(),
                  incorrect.comparison().failedElements(),
                  incorrect.comparison().checkedElements(),
                  incorrect.comparison().worst() == null
                      ? "nothing was compared"
                      : incorrect.comparison().worst().describe());
      case Unsupported unsupported -> label() + ": " + unsupported.reason();
      case BuildFailed failed -> label() + ": " + failed.log();
      case LaunchFailed failed -> label() + ": " + failed.status();
      case OutOfMemory outOfMemory -> label() + ": " + outOfMemory.what();
    };
  }
}
