package io.github.attn4j.bench.conform;

import io.github.attn4j.bench.Sessions;
import io.github.attn4j.core.input.InvalidFileException;
import io.github.attn4j.core.kernel.BackendException;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.Session;
import io.github.attn4j.core.run.Watchdog;
import io.github.attn4j.core.spec.AttentionSpec;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

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
  private final Watchdog watchdog;
  private final List<ConformRow> rows = new ArrayList<>();
  private volatile boolean lost;
  private @Nullable UnderWay underWay;

  /** The case that a kernel runs now. */
  private record UnderWay(
      AttentionCase problem, KernelVariant kernel, String device, long startNanos) {}

  /** Kernels in the order in which tables show them, behind the oracle; nobody watches. */
  public Conformance(Sessions sessions, List<KernelVariant> kernels) {
    this(sessions, kernels, Watchdog.OFF);
  }

  /**
   * The same under watch.
   *
   * @param kernels in the order in which tables show them, behind the oracle
   * @param watchdog told of each kernel's work on each case; whoever hears its alarm calls {@link
   *     #neverEnded}
   */
  public Conformance(Sessions sessions, List<KernelVariant> kernels, Watchdog watchdog) {
    this(sessions, kernels, watchdog, AttentionCase::of);
  }

  /** With another mapping than ours: how tests plant mistakes in it. */
  Conformance(
      Sessions sessions,
      List<KernelVariant> kernels,
      Watchdog watchdog,
      Function<StandardCase, AttentionCase> mapping) {
    this.sessions = sessions;
    this.kernels = List.copyOf(kernels);
    this.watchdog = watchdog;
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
      everybody(name, folder, 0, ConformRow.Status.UNSUPPORTED, e.reason());
      return;
    } catch (InvalidFileException | UncheckedIOException e) {
      everybody(name, folder, 0, ConformRow.Status.BROKEN_FILE, String.valueOf(e.getMessage()));
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
      everybody(
          standard.name(),
          standard.folder(),
          standard.opset(),
          ConformRow.Status.UNSUPPORTED,
          e.reason());
      return;
    } catch (InvalidFileException e) {
      everybody(
          standard.name(),
          standard.folder(),
          standard.opset(),
          ConformRow.Status.BROKEN_FILE,
          String.valueOf(e.getMessage()));
      return;
    }
    List<OutputCheck> ofOracle = expected.check(expected.oracle());
    add(judged(problem, ORACLE, "", ofOracle, start));
    for (KernelVariant kernel : kernels) {
      if (!lost) {
        add(run(kernel, problem, expected));
      }
    }
  }

  private ConformRow run(KernelVariant kernel, AttentionCase problem, ExpectedCase expected) {
    Session session = sessions.of(kernel);
    String device = session.device().name();
    long start = System.nanoTime();
    synchronized (this) {
      underWay = new UnderWay(problem, kernel, device, start);
    }
    watchdog.step(
        "%s on %s, %s (%s)"
            .formatted(
                kernel.globalId(), device, problem.standard().name(), problem.spec().wholeLabel()));
    try {
      List<OutputCheck> checks = expected.check(CaseRun.of(session, kernel, problem));
      watchdog.rest(); // before the result counts: too late is too late
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
    } finally {
      watchdog.rest();
      synchronized (this) {
        underWay = null;
      }
    }
  }

  /**
   * Counts the case under way as one that never ended. The thread that runs it does not come back.
   *
   * @param limitSeconds that it was given
   */
  public synchronized void neverEnded(double limitSeconds) {
    UnderWay now = underWay;
    if (now != null) {
      rows.add(
          failed(
              now.problem(),
              now.kernel(),
              now.device(),
              ConformRow.Status.NEVER_ENDED,
              "it took longer than %s s (--watchdog)".formatted(limitSeconds),
              now.startNanos()));
    }
  }

  private synchronized void add(ConformRow row) {
    rows.add(row);
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
        problem.standard().folder().toString(),
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
  private void everybody(
      String name, Path folder, long opset, ConformRow.Status status, String detail) {
    if (lost) {
      return;
    }
    List<String> columns = new ArrayList<>(List.of(ORACLE));
    kernels.forEach(kernel -> columns.add(kernel.globalId()));
    for (String column : columns) {
      add(
          new ConformRow(
              name, folder.toString(), column, "", opset, "", "", status, List.of(), detail, 0));
    }
  }

  /**
   * Everything so far, case by case; the oracle's row first. Called from other threads too, as an
   * interrupted command does.
   */
  public synchronized List<ConformRow> rows() {
    return List.copyOf(rows);
  }

  /** Whether a device was lost, which ended the run. */
  public boolean lost() {
    return lost;
  }
}
