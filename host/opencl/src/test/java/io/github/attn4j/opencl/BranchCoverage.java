package io.github.attn4j.opencl;

import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.PreparedKernel;
import io.github.attn4j.core.kernel.StagedInputs;
import io.github.attn4j.core.kernel.Support;
import io.github.attn4j.core.kernel.Tunings;
import io.github.attn4j.core.run.GridCase;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * Which branches of a kernel the sanitizer's subjects reach, by launches of its marked program on
 * PoCL, described as the simulator is and compiled as there: without what the sources do for PoCL
 * or for AVX-512 alone.
 */
final class BranchCoverage {
  private final String file;
  private final MarkedProgram program;
  private final UnaryOperator<String> sources;
  private final Set<Integer> reached = new LinkedHashSet<>();

  /** Nothing has run yet. */
  BranchCoverage(String file) {
    this.file = file;
    program = new MarkedProgram(KernelSource.load(file), BranchMarks.ADDRESS_OF_MARKS);
    if (program.marks() > BranchMarks.BYTES) {
      throw new IllegalStateException("%d marks".formatted(program.marks()));
    }
    String text = "#undef __AVX512F__\n#undef POCL_DEVICE_ADDRESS_BITS\n" + program.text();
    sources = path -> path.equals(file) ? text : KernelSource.load(path);
  }

  /** Runs every case of a subject that it takes; returns how many. */
  int run(SanitizedSubject subject, Path programs) {
    BranchMarks.clear();
    OpenClBackend backend = new OpenClBackend(programs);
    DeviceInfo device = subject.device().describe(TestDevices.preferred(backend));
    int ran = 0;
    try (OpenClSession session =
        backend.openSession(device, Tunings.ofTheKernelsWith(subject.tuning()), sources)) {
      OpenClKernel kernel = subject.kernel();
      if (kernel == null) {
        for (SanitizedSupport.Check check : subject.requireSupport().checks(session)) {
          if (!check.right().test()) {
            throw new AssertionError(check.name() + " of " + file + " is wrong once marked");
          }
          ran++;
        }
      } else {
        for (GridCase one : SanitizedSubject.cases().casesOf(kernel)) {
          ran += launched(session, kernel, one) ? 1 : 0;
        }
      }
    }
    for (int mark = 0; mark < program.marks(); mark++) {
      if (BranchMarks.left(mark)) {
        reached.add(mark);
      }
    }
    return ran;
  }

  private static boolean launched(OpenClSession session, OpenClKernel kernel, GridCase one) {
    if (SanitizedRun.support(session, kernel, one.spec()) instanceof Support.No) {
      return false;
    }
    try (StagedInputs staged = session.stage(one.inputs());
        PreparedKernel prepared = session.prepare(kernel, staged)) {
      prepared.run();
    }
    return true;
  }

  List<MarkedProgram.Branch> branches() {
    return program.branches().stream()
        .filter(one -> !one.file().equals(UnreachedBranches.OF_NVIDIA))
        .toList();
  }

  /** Branches that nothing has taken so far. */
  List<MarkedProgram.Branch> unreached() {
    return branches().stream().filter(one -> !reached.contains(one.mark())).toList();
  }
}
