package io.github.attn4j.opencl;

import io.github.attn4j.core.run.Evaluation;
import io.github.attn4j.core.run.GridCase;
import io.github.attn4j.core.spec.AttentionSpec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * One mutant through the quick grid, in a process of its own: PoCL runs kernels in the process that
 * asks, and a mutant may write anywhere, or never end. Prints a line before each case, so that who
 * waits sees it move, and the verdict last.
 */
public final class MutantTrial {
  static final String UNCHANGED = "unchanged";

  /** How lines begin that show progress before the first case. */
  static final String NO_CASE = "case none:";

  private MutantTrial() {}

  /**
   * Arguments: a kernel's id, a mutant's, or {@link #UNCHANGED}, and numbers of the grid's
   * programs, with commas between; then a folder, where a compiler is to be asked first whether it
   * makes other code of the mutant at all.
   */
  public static void main(String[] arguments) {
    OpenClKernel kernel = OpenClKernel.byId(arguments[0]);
    UnaryOperator<String> sources =
        arguments[1].equals(UNCHANGED)
            ? KernelSource::load
            : Mutant.byId(kernel, arguments[1]).sources();
    List<Integer> programs =
        Arrays.stream(arguments[2].split(",", -1)).map(Integer::valueOf).toList();
    long start = System.nanoTime();
    try (OpenClSession session = MutantGrid.open(kernel, sources)) {
      if (arguments.length > 3) {
        Optional<MutantVerdict> asked = askedCompiler(kernel, session, programs);
        if (asked.isPresent()) {
          System.out.println(line(asked.get(), ""));
          return;
        }
      }
      List<GridCase> cases = MutantGrid.cases(kernel, session, programs);
      KernelTrial.Result result =
          KernelTrial.run(
              session,
              kernel,
              cases,
              one ->
                  System.out.printf(
                      "case %s, after %.1f s%n",
                      KernelTrial.described(one), (System.nanoTime() - start) / 1e9));
      System.out.println(
          switch (result) {
            case KernelTrial.Result.Noticed noticed ->
                line(MutantVerdict.INCORRECT, KernelTrial.described(noticed.by()));
            case KernelTrial.Result.Failed failed
                when failed.evaluation() instanceof Evaluation.BuildFailed ->
                line(MutantVerdict.NOT_BUILT, KernelTrial.described(failed.by()));
            case KernelTrial.Result.Failed failed ->
                line(
                    MutantVerdict.FAILED,
                    failed.evaluation().label() + " in " + KernelTrial.described(failed.by()));
            case KernelTrial.Result.Unnoticed unnoticed ->
                line(MutantVerdict.SURVIVED, unnoticed.passed() + " cases");
          });
    }
  }

  private static String line(MutantVerdict verdict, String detail) {
    return "verdict " + verdict + "\t" + detail;
  }

  /**
   * Whether an optimizing compiler makes the same code of every program: where a constant is folded
   * away, or a branch cannot be taken, or nothing but hints to the cache is another one. Empty
   * where it makes other code.
   */
  private static Optional<MutantVerdict> askedCompiler(
      OpenClKernel kernel, OpenClSession mutated, List<Integer> programs) {
    Optional<OptimizedCode> compiler = OptimizedCode.find();
    if (compiler.isEmpty()) {
      System.out.println(NO_CASE + " no clang-15, so whether the code is the same is not known");
      return Optional.empty();
    }
    try (OpenClSession own = MutantGrid.open(kernel, KernelSource::load)) {
      List<GridCase> all = MutantGrid.casesOfPrograms(kernel, own);
      MutantVerdict verdict = MutantVerdict.SAME_CODE;
      for (int program : programs) {
        AttentionSpec spec = all.get(program).spec();
        System.out.println(NO_CASE + " compiling for " + spec.label());
        String prologue = SequenceWords.of(spec).prologue();
        String options = MutantGrid.options(kernel, spec, own);
        String source = own.programs().source(kernel.file(), prologue);
        String changed = mutated.programs().source(kernel.file(), prologue);
        if (verdict == MutantVerdict.SAME_CODE
            && !same(compiler.get().of(source, options), compiler.get().of(changed, options))) {
          verdict = MutantVerdict.ONLY_A_HINT;
        }
        if (verdict == MutantVerdict.ONLY_A_HINT
            && !same(
                compiler.get().withoutHints(source, options),
                compiler.get().withoutHints(changed, options))) {
          return Optional.empty();
        }
      }
      return Optional.of(verdict);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot ask clang", e);
    }
  }

  /** What is refused is not the same: the device's compiler will say so, too. */
  private static boolean same(Optional<String> own, Optional<String> mutated) {
    String code =
        own.orElseThrow(() -> new IllegalStateException("clang refuses the program as it is"));
    return mutated.filter(code::equals).isPresent();
  }
}
