package io.github.attn4j.opencl;

import io.github.attn4j.core.kernel.BackendException;
import io.github.attn4j.core.run.Evaluation;
import io.github.attn4j.core.run.GridCase;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
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
      if (arguments.length > 3 && sameCode(kernel, session, programs, Path.of(arguments[3]))) {
        System.out.println(line(MutantVerdict.SAME_CODE, ""));
        return;
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
   * away, or a branch cannot be taken. As Papadakis et al., "Trivial compiler equivalence" (2015).
   */
  private static boolean sameCode(
      OpenClKernel kernel, OpenClSession mutated, List<Integer> programs, Path folder) {
    Nvptx compiler;
    try {
      compiler = Nvptx.find();
    } catch (BackendException.Unavailable e) {
      System.out.println(NO_CASE + " whether the code is the same is not known, " + e.getMessage());
      return false;
    }
    try (OpenClSession own = MutantGrid.open(kernel, KernelSource::load)) {
      Files.createDirectories(folder);
      List<GridCase> all = MutantGrid.casesOfPrograms(kernel, own);
      return programs.stream()
          .map(all::get)
          .allMatch(one -> {
            System.out.println(NO_CASE + " compiling for " + KernelTrial.described(one));
            return code(compiler, kernel, one, own, folder)
                .equals(code(compiler, kernel, one, mutated, folder));
          });
    } catch (IOException e) {
      throw new UncheckedIOException("cannot compile in " + folder, e);
    }
  }

  private static String code(
      Nvptx compiler, OpenClKernel kernel, GridCase one, OpenClSession session, Path folder) {
    SequenceWords sequences = SequenceWords.of(one.spec());
    return compiler
        .compile(
            session.programs().source(kernel.file(), sequences.prologue()),
            MutantGrid.options(kernel, one.spec(), session),
            folder)
        .text();
  }
}
