package io.github.attn4j.bench.conform;

import io.github.attn4j.bench.Sessions;
import io.github.attn4j.core.input.InvalidFileException;
import io.github.attn4j.core.kernel.BackendException;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.Session;
import io.github.attn4j.core.spec.AttentionSpec;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Runs the oracle and kernels over cases of ONNX's {@code Attention}. What one case or kernel
 * cannot do ends nothing but itself; a device that is lost ends the run, and what was found before
 * stays.
 */
public final class Conformance {
  /** What tables call the float64 reference. */
  public static final String ORACLE = "oracle";

  private final Sessions sessions;
  private final List<KernelVariant> kernels;
  private final Function<StandardCase, AttentionCase> mapping;
  private final List<ConformRow> rows = new ArrayList<>();
  private boolean lost;

  /** Kernels in the order in which tables show them, behind the oracle. */
  public Conformance(Sessions sessions, List<KernelVariant> kernels) {
    this(sessions, kernels, AttentionCase::of);
  }

  /** With another mapping than ours: how tests plant mistakes in it. */
  Conformance(
      Sessions sessions,
      List<KernelVariant> kernels,
      Function<StandardCase, AttentionCase> mapping) {
    this.sessions = sessions;
    this.kernels = List.copyOf(kernels);
    this.mapping = mapping;
  }

  /** Case folders in or below a folder. */
  public static List<Path> folders(Path root) {
    return StandardCase.folders(root);
  }

  /** Runs the data sets of a case folder. */
  public void runFolder(Path folder) {
    List<StandardCase> cases;
    String name = String.valueOf(folder.getFileName());
    try {
      cases = StandardCase.read(folder);
    } catch (UnsupportedCaseException e) {
      everybody(name, 0, ConformRow.Status.UNSUPPORTED, e.reason());
      return;
    } catch (InvalidFileException | UncheckedIOException e) {
      everybody(name, 0, ConformRow.Status.BROKEN_FILE, String.valueOf(e.getMessage()));
      return;
    }
    cases.forEach(this::run);
  }

  /** Runs the generated cases of a seed. */
  public void runGenerated(long seed) {
    GeneratedCases.of(seed).forEach(this::run);
  }

  void run(StandardCase standard) {
    if (lost) {
      return;
    }
    ExpectedCase expected;
    AttentionCase problem;
    long start = System.nanoTime();
    try {
      problem = mapping.apply(standard);
      expected = new ExpectedCase(problem);
    } catch (UnsupportedCaseException e) {
      everybody(standard.name(), standard.opset(), ConformRow.Status.UNSUPPORTED, e.reason());
      return;
    } catch (InvalidFileException e) {
      everybody(
          standard.name(),
          standard.opset(),
          ConformRow.Status.BROKEN_FILE,
          String.valueOf(e.getMessage()));
      return;
    }
    List<OutputCheck> ofOracle = expected.check(expected.oracle());
    rows.add(judged(problem, ORACLE, "", ofOracle, start));
    for (KernelVariant kernel : kernels) {
      if (!lost) {
        rows.add(run(kernel, problem, expected));
      }
    }
  }

  private ConformRow run(KernelVariant kernel, AttentionCase problem, ExpectedCase expected) {
    Session session = sessions.of(kernel);
    String device = session.device().name();
    long start = System.nanoTime();
    try {
      List<OutputCheck> checks = expected.check(CaseRun.of(session, kernel, problem));
      return judged(problem, kernel.globalId(), device, checks, start);
    } catch (UnsupportedCaseException e) {
      return failed(problem, kernel, device, ConformRow.Status.UNSUPPORTED, e.reason(), start);
    } catch (BackendException e) {
      ConformRow.Status status =
          switch (e) {
            case BackendException.BuildFailed _ -> ConformRow.Status.BUILD_FAILED;
            case BackendException.LaunchFailed _ -> ConformRow.Status.LAUNCH_FAILED;
            case BackendException.OutOfMemory _ -> ConformRow.Status.OUT_OF_MEMORY;
            case BackendException.Unavailable _ -> ConformRow.Status.DEVICE_LOST;
          };
      if (status == ConformRow.Status.DEVICE_LOST) {
        lost = true;
        closeLost(session, e);
      }
      return failed(problem, kernel, device, status, e.description(), start);
    }
  }

  /** A driver may refuse to free what went with its device; that must not hide why it went. */
  private static void closeLost(Session session, BackendException cause) {
    try {
      session.close();
    } catch (RuntimeException e) {
      cause.addSuppressed(e);
    }
  }

  private static ConformRow judged(
      AttentionCase problem, String kernel, String device, List<OutputCheck> checks, long start) {
    boolean passed = checks.stream().allMatch(OutputCheck::passed);
    return row(
        problem,
        kernel,
        device,
        passed ? ConformRow.Status.PASSED : ConformRow.Status.INCORRECT,
        checks,
        checks.stream()
            .filter(check -> !check.passed())
            .map(OutputCheck::describe)
            .collect(Collectors.joining("; ")),
        start);
  }

  private static ConformRow failed(
      AttentionCase problem,
      KernelVariant kernel,
      String device,
      ConformRow.Status status,
      String detail,
      long start) {
    return row(problem, kernel.globalId(), device, status, List.of(), detail, start);
  }

  private static ConformRow row(
      AttentionCase problem,
      String kernel,
      String device,
      ConformRow.Status status,
      List<OutputCheck> checks,
      String detail,
      long start) {
    AttentionSpec spec = problem.spec();
    return new ConformRow(
        problem.standard().name(),
        kernel,
        device,
        problem.standard().opset(),
        spec.wholeLabel(),
        spec.queryType().label(),
        status,
        checks.stream()
            .map(check ->
                new ConformRow.Output(
                    check.name(),
                    check.producer(),
                    check.ours().checkedElements(),
                    check.ours().maxErrorOverBudget(),
                    check.file().maxErrorOverBudget(),
                    check.shareOfStandard()))
            .toList(),
        detail,
        (System.nanoTime() - start) / 1e9);
  }

  /** A case that nobody can run is in everybody's column. */
  private void everybody(String name, long opset, ConformRow.Status status, String detail) {
    if (lost) {
      return;
    }
    List<String> columns = new ArrayList<>(List.of(ORACLE));
    kernels.forEach(kernel -> columns.add(kernel.globalId()));
    for (String column : columns) {
      rows.add(new ConformRow(name, column, "", opset, "", "", status, List.of(), detail, 0));
    }
  }

  /** Everything so far, case by case; the oracle's row first. */
  public List<ConformRow> rows() {
    return List.copyOf(rows);
  }

  /** Whether a device was lost, which ended the run. */
  public boolean lost() {
    return lost;
  }
}
