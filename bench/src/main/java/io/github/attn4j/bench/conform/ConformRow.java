package io.github.attn4j.bench.conform;

import java.util.List;

/**
 * One kernel, or the oracle, on one case.
 *
 * @param name of the case
 * @param folder of its model, which tells cases of one name apart; of a generated case its name
 * @param kernel global id, or {@code oracle}
 * @param device it ran on; empty of the oracle, and where nothing ran
 * @param opset the case asks for; 0 where it could not be read
 * @param shape the problem in a few words; empty where it could not be read
 * @param dtype type of all tensors; empty where it could not be read
 * @param status of the row
 * @param outputs one for each that the case expects; empty where nothing was computed
 * @param detail reason, error, or what is wrong; empty where it passed
 * @param seconds staging, launches and check together
 */
public record ConformRow(
    String name,
    String folder,
    String kernel,
    String device,
    long opset,
    String shape,
    String dtype,
    Status status,
    List<Output> outputs,
    String detail,
    double seconds) {
  /** Copies the list. */
  public ConformRow {
    outputs = List.copyOf(outputs);
  }

  /** How it went. */
  public enum Status {
    /** All outputs within budget. */
    PASSED("passed"),
    /** An output, or the case's file, is not within budget. */
    INCORRECT("INCORRECT"),
    /** The case, the kernel or the backend says what it cannot. */
    UNSUPPORTED("unsupported"),
    /** The case's files are broken. */
    BROKEN_FILE("BROKEN FILE"),
    /** A program did not build. */
    BUILD_FAILED("BUILD FAILED"),
    /** The device failed. */
    LAUNCH_FAILED("LAUNCH FAILED"),
    /** The device has too little memory. */
    OUT_OF_MEMORY("OUT OF MEMORY"),
    /** The device is gone; nothing was run after this row. */
    DEVICE_LOST("DEVICE LOST"),
    /** The watchdog cut it short; nothing was run after this row. */
    NEVER_ENDED("NEVER ENDED");

    private final String label;

    Status(String label) {
      this.label = label;
    }

    /** As tables have it. */
    public String label() {
      return label;
    }
  }

  /**
   * One output.
   *
   * @param name the operator's own
   * @param producer what computed it
   * @param elements compared
   * @param shareOfBudget the largest error against the oracle as a share of the derived budget
   * @param fileShareOfBudget the same of the standard's expected values
   * @param shareOfStandard the largest difference between both as a share of the standard's
   *     tolerance
   */
  public record Output(
      String name,
      String producer,
      long elements,
      double shareOfBudget,
      double fileShareOfBudget,
      double shareOfStandard) {}

  /** The largest share of a budget over all outputs, the file's left out. */
  public double shareOfBudget() {
    return outputs.stream().mapToDouble(Output::shareOfBudget).max().orElse(Double.NaN);
  }

  /** The same of the standard's expected values. */
  public double fileShareOfBudget() {
    return outputs.stream().mapToDouble(Output::fileShareOfBudget).max().orElse(Double.NaN);
  }

  /** The same of the standard's tolerance. */
  public double shareOfStandard() {
    return outputs.stream().mapToDouble(Output::shareOfStandard).max().orElse(Double.NaN);
  }
}
