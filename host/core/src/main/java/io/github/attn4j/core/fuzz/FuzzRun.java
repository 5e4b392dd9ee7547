package io.github.attn4j.core.fuzz;

import io.github.attn4j.core.kernel.BackendException;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.Session;
import io.github.attn4j.core.report.Environment;
import io.github.attn4j.core.run.Watchdog;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Runs kernels over drawn cases until the time is over, and shrinks what fails. A device that is
 * lost ends the run; what was found before stays.
 *
 * <p>May be asked for its report by another thread at any time, as an interrupted command does.
 */
public final class FuzzRun {
  /** Failures of a kernel that are shrunk; one with more has one cause, most likely. */
  public static final int MOST_FAILURES = 5;

  /** Enough to bridge a long case, few enough to hold in memory. */
  private static final int AHEAD = 4;

  /** Reasons that are told apart: some name a case's own expression. */
  private static final int MOST_REASONS = 20;

  private static final long SHRINK_NANOS = 60_000_000_000L;

  private final CaseDraw draw;
  private final long firstCase;
  private final List<KernelVariant> kernels;
  private final Function<KernelVariant, Session> sessions;
  private final IntSupplier programsCompiled;
  private final Consumer<FuzzFailure> found;
  private final Watchdog watchdog;

  private final Map<String, KernelTally> tallies = new LinkedHashMap<>();
  private final Map<String, Long> families = new TreeMap<>();
  private final Map<String, Long> refusals = new TreeMap<>();
  private final List<FuzzFailure> failures = new ArrayList<>();
  private final long startNanos = System.nanoTime();
  private long cases;
  private long endNanos = -1;
  private String lost = "";
  private @Nullable UnderWay underWay;

  /**
   * What a kernel runs now.
   *
   * @param drawn the case as it was drawn
   * @param problem the same, or a smaller one of which it is tried whether it fails, too
   */
  private record UnderWay(
      KernelVariant kernel, String device, long number, FuzzCase drawn, FuzzCase problem) {}

  /**
   * Nothing runs yet.
   *
   * @param draw the cases
   * @param firstCase number of the first
   * @param kernels in the order in which tables show them
   * @param sessions the open session that a kernel runs in
   * @param programsCompiled by all of them
   * @param found told of each failure as soon as it is shrunk
   * @param watchdog told of each check; whoever hears its alarm calls {@link #neverEnded}
   */
  public FuzzRun(
      CaseDraw draw,
      long firstCase,
      List<? extends KernelVariant> kernels,
      Function<KernelVariant, Session> sessions,
      IntSupplier programsCompiled,
      Consumer<FuzzFailure> found,
      Watchdog watchdog) {
    this.draw = draw;
    this.firstCase = firstCase;
    this.kernels = List.copyOf(kernels);
    this.sessions = sessions;
    this.programsCompiled = programsCompiled;
    this.found = found;
    this.watchdog = watchdog;
    kernels.forEach(kernel -> tallies.put(kernel.globalId(), KernelTally.of(kernel.globalId())));
  }

  /**
   * Runs cases. While the device computes one, another thread asks the oracle about the next few.
   *
   * @param mostNanos after which no case begins
   * @param mostCases that are run
   * @param done told after each case of its number
   */
  public void run(long mostNanos, long mostCases, Consumer<Long> done) {
    ExecutorService ahead =
        Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().factory());
    long start = System.nanoTime();
    try {
      Deque<Future<PreparedCase>> prepared = new ArrayDeque<>();
      long next = firstCase;
      for (long n = firstCase;
          n < firstCase + mostCases && System.nanoTime() - start < mostNanos && goesOn();
          n++) {
        for (; next < firstCase + mostCases && prepared.size() < AHEAD; next++) {
          long number = next;
          prepared.add(ahead.submit(() -> PreparedCase.of(draw.draw(number))));
        }
        run(n, result(n, prepared.remove()));
        done.accept(n);
      }
    } finally {
      ahead.shutdownNow();
      synchronized (this) {
        endNanos = System.nanoTime();
      }
    }
  }

  private synchronized boolean goesOn() {
    return lost.isEmpty() && tallies.values().stream().anyMatch(tally -> !tally.stopped());
  }

  private static PreparedCase result(long number, Future<PreparedCase> future) {
    try {
      return future.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while the oracle computed", e);
    } catch (ExecutionException e) {
      throw new IllegalStateException("case " + number + " cannot be made", e.getCause());
    }
  }

  private void run(long number, PreparedCase problem) {
    for (KernelVariant kernel : kernels) {
      if (tally(kernel).stopped()) {
        continue;
      }
      Session session = sessions.apply(kernel);
      try {
        Verdict verdict = check(session, kernel, number, problem.drawn(), problem);
        count(kernel, session.device().name(), number, problem.drawn(), verdict);
        if (verdict instanceof Verdict.Wrong wrong) {
          // Kept as it was drawn before it is made small: neither an interruption nor a device that
          // goes meanwhile loses it.
          FuzzCase drawn = problem.drawn();
          keep(failure(kernel, session.device().name(), number, drawn, wrong, wrong, drawn));
          keep(shrunk(session, kernel, number, problem.drawn(), wrong));
        }
      } catch (BackendException.Unavailable e) {
        closeLost(session, e);
        synchronized (this) {
          lost = "case %d, %s: %s".formatted(number, kernel.globalId(), e.description());
        }
        return;
      }
    }
    synchronized (this) {
      cases++;
      families.merge(problem.drawn().family().label(), 1L, Long::sum);
    }
  }

  /** Under watch. */
  private Verdict check(
      Session session, KernelVariant kernel, long number, FuzzCase drawn, PreparedCase problem) {
    UnderWay now = new UnderWay(kernel, session.device().name(), number, drawn, problem.drawn());
    synchronized (this) {
      underWay = now;
    }
    watchdog.step(
        "%s on %s, case %d (%s)"
            .formatted(kernel.globalId(), now.device(), number, problem.drawn().label()));
    try {
      return CaseCheck.check(session, kernel, problem);
    } finally {
      watchdog.rest(); // before the verdict counts: too late is too late
      synchronized (this) {
        underWay = null;
      }
    }
  }

  /**
   * Counts the check under way as one that never ended, and tells of it as of any failure. The
   * thread that runs it does not come back.
   *
   * @param limitSeconds that it was given
   */
  public void neverEnded(double limitSeconds) {
    FuzzFailure failure;
    synchronized (this) {
      UnderWay now = underWay;
      if (now == null) {
        return;
      }
      Verdict.Wrong hung =
          new Verdict.Wrong(
              Verdict.Kind.NEVER_ENDED,
              "it took longer than %s s (--watchdog)".formatted(limitSeconds),
              Double.NaN);
      failure =
          failure(now.kernel(), now.device(), now.number(), now.drawn(), hung, hung, now.problem());
      // Beside the failure that it was meant to make smaller, where it was.
      failures.add(failure);
      if (now.problem().equals(now.drawn())) {
        count(now.kernel(), now.device(), now.number(), now.drawn(), hung);
      }
    }
    found.accept(failure);
  }

  /** In the place of the same failure as it was before. */
  private void keep(FuzzFailure failure) {
    synchronized (this) {
      failures.removeIf(
          one -> one.number() == failure.number() && one.kernel().equals(failure.kernel()));
      failures.add(failure);
    }
    found.accept(failure);
  }

  /** A driver may refuse to free what went with its device; that must not hide why it went. */
  private static void closeLost(Session session, BackendException.Unavailable cause) {
    try {
      session.close();
    } catch (RuntimeException e) {
      cause.addSuppressed(e);
    }
  }

  private synchronized KernelTally tally(KernelVariant kernel) {
    return java.util.Objects.requireNonNull(tallies.get(kernel.globalId()));
  }

  private synchronized void count(
      KernelVariant kernel, String device, long number, FuzzCase drawn, Verdict verdict) {
    KernelTally more = tally(kernel).plus(verdict, device, number, drawn);
    if (verdict instanceof Verdict.Unsupported no) {
      String reason = kernel.globalId() + ": " + no.reason();
      boolean counted = refusals.containsKey(reason) || refusals.size() < MOST_REASONS;
      refusals.merge(counted ? reason : "for other reasons", 1L, Long::sum);
    }
    tallies.put(kernel.globalId(), more.wrong() >= MOST_FAILURES ? more.stop() : more);
  }

  /** The smallest case on which the kernel is wrong in the same way. */
  private FuzzFailure shrunk(
      Session session, KernelVariant kernel, long number, FuzzCase drawn, Verdict.Wrong first) {
    long start = System.nanoTime();
    Verdict.Wrong[] last = {first};
    FuzzCase smallest =
        CaseShrink.smallest(
            drawn,
            candidate -> {
              boolean same =
                  check(session, kernel, number, drawn, PreparedCase.of(candidate))
                          instanceof Verdict.Wrong wrong
                      && remember(last, wrong, first.kind());
              return same;
            },
            () -> System.nanoTime() - start < SHRINK_NANOS);
    return failure(kernel, session.device().name(), number, drawn, first, last[0], smallest);
  }

  private static FuzzFailure failure(
      KernelVariant kernel,
      String device,
      long number,
      FuzzCase drawn,
      Verdict.Wrong first,
      Verdict.Wrong last,
      FuzzCase smallest) {
    String finding = "%s: %s".formatted(first.kind(), last.detail());
    return new FuzzFailure(
        kernel.globalId(),
        device,
        number,
        first.kind(),
        last.detail(),
        drawn,
        smallest.of(kernel.globalId(), finding));
  }

  private static boolean remember(Verdict.Wrong[] last, Verdict.Wrong wrong, Verdict.Kind kind) {
    if (wrong.kind() != kind) {
      return false;
    }
    last[0] = wrong;
    return true;
  }

  /** Everything so far; {@code complete} only where the run was not cut short. */
  public synchronized FuzzReport report(Environment environment, boolean complete) {
    double seconds = ((endNanos < 0 ? System.nanoTime() : endNanos) - startNanos) / 1e9;
    return new FuzzReport(
        FuzzReport.SCHEMA_VERSION,
        environment,
        complete && lost.isEmpty(),
        lost,
        firstCase,
        cases,
        seconds,
        cases / seconds,
        programsCompiled.getAsInt(),
        families,
        refusals,
        List.copyOf(tallies.values()),
        failures);
  }
}
