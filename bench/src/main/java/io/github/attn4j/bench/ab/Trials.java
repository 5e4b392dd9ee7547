package io.github.attn4j.bench.ab;

import io.github.attn4j.bench.TemporaryFolder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Runs trials of versions, one after the other or two in turns. */
final class Trials {
  private final double limitSeconds;
  private final Consumer<TrialProcess.Ended> heard;

  /**
   * Of processes that may take so long, each.
   *
   * @param heard called as soon as one has ended, before anything else starts or goes on
   */
  Trials(double limitSeconds, Consumer<TrialProcess.Ended> heard) {
    this.limitSeconds = limitSeconds;
    this.heard = heard;
  }

  /**
   * A trial that is asked for.
   *
   * @param cells options that say which kernels and problems
   * @param seconds of launches that count, for each cell
   * @param orderSeed of the order of the cells
   */
  record Asked(Version version, List<String> cells, double seconds, long orderSeed) {
    Asked {
      cells = List.copyOf(cells);
    }
  }

  /**
   * Runs a command of a version that leaves no report.
   *
   * @param mayBuild whether the version may build itself first
   */
  TrialProcess.Ended run(Version version, List<String> arguments, boolean mayBuild) {
    try (TemporaryFolder folder = TrialProcess.folder()) {
      return alone(version, arguments, folder, mayBuild);
    } catch (IOException e) {
      throw cannotRun(e);
    }
  }

  /** Runs one trial. */
  TrialProcess.Ended trial(Protocol protocol, Asked asked) {
    try (TemporaryFolder folder = TrialProcess.folder()) {
      return alone(asked.version(), protocol.arguments(asked, folder.path()), folder, false);
    } catch (IOException e) {
      throw cannotRun(e);
    }
  }

  private TrialProcess.Ended alone(
      Version version, List<String> arguments, TemporaryFolder folder, boolean mayBuild)
      throws IOException {
    long start = System.nanoTime();
    boolean ofItself = false;
    double seconds = Double.NaN;
    TrialProcess process = TrialProcess.start(version, arguments, folder.path(), mayBuild);
    try (process) {
      ofItself = process.tree().waitFor(limitSeconds);
      seconds = (System.nanoTime() - start) / 1e9;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    TrialProcess.Ended ended = process.left(ofItself, seconds);
    heard.accept(ended);
    return ended;
  }

  private static UncheckedIOException cannotRun(IOException e) {
    return new UncheckedIOException("cannot run a trial (%s)".formatted(e), e);
  }

  /**
   * Runs two trials that take turns before each stretch of launches: what the machine does
   * meanwhile, for longer than a fraction of a second, it does to both. One waits while the other
   * runs, so that each has the machine for itself.
   *
   * @return how they ended, the one that was first in each turn first
   */
  List<TrialProcess.Ended> inTurns(Asked first, Asked second) {
    try (InTurns one = new InTurns(first);
        InTurns two = new InTurns(second)) {
      InTurns current = one;
      InTurns other = two;
      while (current.runs() || other.runs()) {
        current.go(limitSeconds);
        if (!current.runs()) {
          heard.accept(current.left());
        }
        // Who is behind goes on, so that both are at the same cell even where one left some out.
        if (other.runs() && (!current.runs() || other.cell <= current.cell)) {
          InTurns next = other;
          other = current;
          current = next;
        }
      }
      return List.of(one.left(), two.left());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted in a pair of trials", e);
    } catch (IOException e) {
      throw cannotRun(e);
    }
  }

  /** Tries whether turns can be had at all: before anything is built or measured. */
  static void requireTurns() {
    try (TemporaryFolder folder = TrialProcess.folder();
        Turns turns = new Turns(folder.file("turns"))) {
      Objects.requireNonNull(turns.socket());
    } catch (IOException e) {
      throw cannotRun(e);
    }
  }

  /** One of both. */
  private static final class InTurns implements AutoCloseable {
    private final Asked asked;
    private final TemporaryFolder folder;
    private final Turns turns;
    private @Nullable TrialProcess process;
    private double seconds;

    /** Where it is; before its start, at the first one. */
    private int cell;

    InTurns(Asked asked) throws IOException {
      this.asked = asked;
      this.folder = TrialProcess.folder();
      try {
        this.turns = new Turns(folder.file("turns"));
      } catch (IOException e) {
        folder.close();
        throw e;
      }
    }

    boolean runs() {
      return cell >= 0;
    }

    /** Has the machine until it asks again, ends, or has had it for so long altogether. */
    void go(double limitSeconds) throws IOException, InterruptedException {
      long start = System.nanoTime();
      TrialProcess known = process;
      if (known == null) {
        List<String> arguments = new ArrayList<>(Protocol.TURNS.arguments(asked, folder.path()));
        arguments.add("--turns=" + turns.socket());
        known = TrialProcess.start(asked.version(), arguments, folder.path(), false);
        process = known;
      } else {
        turns.grant();
      }
      cell = turns.next(known.tree(), limitSeconds - seconds);
      seconds += (System.nanoTime() - start) / 1e9;
      if (!runs()) {
        known.close(); // with what it left running, which the other one would feel
      }
    }

    TrialProcess.Ended left() throws IOException {
      TrialProcess known = process;
      if (known == null) {
        throw new IllegalStateException("nothing was started");
      }
      return known.left(cell == Turns.ENDED, seconds);
    }

    @Override
    public void close() throws IOException {
      try (folder;
          turns) {
        TrialProcess known = process;
        if (known != null && runs()) {
          known.close();
        }
      }
    }
  }
}
