package io.github.attn4j.opencl;

import io.github.attn4j.core.check.Expected;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.kernel.BackendException;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.Support;
import io.github.attn4j.core.kernel.Tuning;
import io.github.attn4j.core.kernel.Tunings;
import io.github.attn4j.core.run.Evaluation;
import io.github.attn4j.core.run.Evaluator;
import io.github.attn4j.core.run.GridCase;
import io.github.attn4j.core.spec.AttentionSpec;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * What {@link Oclgrind} runs in a process of its own: one kernel over a grid, on the only device
 * that process sees.
 */
public final class SanitizedRun {
  /** Arguments where the kernel is a user's. */
  private static final int WITH_FILES = 8;

  private SanitizedRun() {}

  /**
   * Arguments: a folder for compiled programs, a kernel's id, {@link SanitizedCases}, values of
   * tuning parameters, which may be empty, and what the device is taken for, for a user's kernel
   * its file, its descriptor and the digest of what the parent read behind them; or the folder, a
   * support kernel's constant, and what the device is taken for.
   *
   * @throws BackendException.LaunchFailed where a user's files are no longer what the parent read
   */
  public static void main(String[] arguments) {
    Path programs = Path.of(arguments[0]);
    if (arguments.length == 3) {
      SanitizedSupport.valueOf(arguments[1])
          .run(programs, SanitizedDevice.valueOf(arguments[2]), KernelSource::load, System.out);
      return;
    }
    OpenClVariant kernel =
        arguments.length == WITH_FILES
            ? GivenKernel.readAgain(Path.of(arguments[5]), Path.of(arguments[6]), arguments[7])
            : OpenClKernel.byId(arguments[1]);
    run(
        programs,
        kernel,
        SanitizedDevice.valueOf(arguments[4]),
        Tuning.parse(arguments[3]),
        SanitizedCases.decode(arguments[2]).casesOf(kernel),
        KernelSource::load,
        System.out);
  }

  /** Prints the device, a line for each case, and how many were right. */
  static void run(
      Path programs,
      OpenClVariant kernel,
      SanitizedDevice taken,
      Tuning tuning,
      List<GridCase> cases,
      UnaryOperator<String> sources,
      PrintStream out) {
    int passed = 0;
    int unsupported = 0;
    Set<String> logged = new HashSet<>();
    try (OpenClSession session = open(programs, taken, tuning, sources)) {
      out.println("device " + session.device().name());
      for (GridCase gridCase : cases) {
        String label = gridCase.name() + " (" + gridCase.spec().label() + ")";
        if (support(session, kernel, gridCase.spec()) instanceof Support.No no) {
          out.println("case " + label + ": unsupported, " + no.reason());
          unsupported++;
          continue;
        }
        long start = System.nanoTime();
        AttentionInputs inputs = gridCase.inputs();
        Evaluation evaluation = Evaluator.evaluate(session, kernel, inputs, Expected.of(inputs));
        out.printf(
            "case %s: %s, %.1f s%n", label, evaluation.label(), (System.nanoTime() - start) / 1e9);
        passed += evaluation instanceof Evaluation.Passed ? 1 : 0;
        if (evaluation instanceof Evaluation.BuildFailed failed && logged.add(failed.log())) {
          out.println(failed.log());
        }
      }
    }
    out.printf(
        "right: %d of %d, unsupported %d%n", passed, cases.size() - unsupported, unsupported);
  }

  /** Of a spec, with the tuning that the session chooses. */
  static Support support(OpenClSession session, OpenClVariant kernel, AttentionSpec spec) {
    Support support = kernel.supports(spec, session.device());
    if (support instanceof Support.No) {
      return support;
    }
    Tuning chosen = session.tunings().of(kernel, spec, session.device());
    return kernel.admits(chosen, spec, session.device());
  }

  /**
   * A session that writes to buffers instead of mapping them: staging then goes the way of devices
   * with memory of their own.
   */
  private static OpenClSession open(
      Path programs, SanitizedDevice taken, Tuning tuning, UnaryOperator<String> sources) {
    OpenClBackend backend = new OpenClBackend(programs);
    DeviceInfo info = backend.devices().getFirst();
    return new OpenClSession(
        backend.found(info).reachedBy(false, false),
        taken.describe(info),
        Tunings.ofTheKernelsWith(tuning),
        new ProgramCache(programs),
        sources);
  }
}
