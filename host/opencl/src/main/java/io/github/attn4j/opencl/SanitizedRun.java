package io.github.attn4j.opencl;

import io.github.attn4j.core.check.Expected;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.Support;
import io.github.attn4j.core.run.Evaluation;
import io.github.attn4j.core.run.Evaluator;
import io.github.attn4j.core.run.GridCase;
import io.github.attn4j.core.run.SanitizeGrid;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * What {@link Oclgrind} runs in a process of its own: one kernel over a grid, on the only device
 * that process sees.
 */
public final class SanitizedRun {
  private SanitizedRun() {}

  /** Arguments: a folder for compiled programs, a kernel's id, {@code small} or {@code large}. */
  public static void main(String[] arguments) {
    run(
        Path.of(arguments[0]),
        OpenClKernel.byId(arguments[1]),
        arguments[2].equals("large") ? SanitizeGrid.large() : SanitizeGrid.small(),
        KernelSource::load,
        System.out);
  }

  /** Prints the device, a line for each case, and how many were right. */
  static void run(
      Path programs,
      OpenClKernel kernel,
      List<GridCase> cases,
      UnaryOperator<String> sources,
      PrintStream out) {
    int passed = 0;
    int unsupported = 0;
    try (OpenClSession session = open(programs, sources)) {
      out.println("device " + session.device().name());
      for (GridCase gridCase : cases) {
        String label = gridCase.name() + " (" + gridCase.spec().label() + ")";
        if (kernel.supports(gridCase.spec(), session.device()) instanceof Support.No no) {
          out.println("case " + label + ": unsupported, " + no.reason());
          unsupported++;
          continue;
        }
        AttentionInputs inputs = gridCase.inputs();
        Evaluation evaluation = Evaluator.evaluate(session, kernel, inputs, Expected.of(inputs));
        out.println("case " + label + ": " + evaluation.label());
        passed += evaluation instanceof Evaluation.Passed ? 1 : 0;
      }
    }
    out.printf(
        "right: %d of %d, unsupported %d%n", passed, cases.size() - unsupported, unsupported);
  }

  /**
   * A session that writes to buffers instead of mapping them: staging then goes the way of devices
   * with memory of their own.
   */
  private static OpenClSession open(Path programs, UnaryOperator<String> sources) {
    OpenClBackend backend = new OpenClBackend(programs);
    DeviceInfo info = backend.devices().getFirst();
    OpenClDevice found;
    try (OpenClSession session = backend.openSession(info)) {
      found = session.openClDevice();
    }
    OpenClDevice written =
        new OpenClDevice(
            found.platform(),
            found.id(),
            found.platformName(),
            found.name(),
            found.vendor(),
            found.driver(),
            found.version(),
            found.kind(),
            found.computeUnits(),
            found.globalBytes(),
            found.largestBufferBytes(),
            false);
    return new OpenClSession(written, info, backend.tunings(), new ProgramCache(programs), sources);
  }
}
