package io.github.attn4j.bench.tune;

import io.github.attn4j.bench.measure.TuningDuel;
import io.github.attn4j.core.kernel.BackendException;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.Session;
import io.github.attn4j.core.kernel.Support;
import io.github.attn4j.core.kernel.Tuning;
import io.github.attn4j.core.kernel.TuningParameter;
import io.github.attn4j.core.run.Evaluation;
import io.github.attn4j.core.run.Evaluator;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.tuning.ConformanceGate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.ToDoubleFunction;

/**
 * The search for one kernel and one problem: the model's favourites, then one parameter at a time
 * from the best so far, until nothing gains or the time is up; each against the default, none
 * before it has passed the gate. Whoever is ahead then meets the default once more, for longer: of
 * many candidates the first is partly the luckiest.
 */
public final class TuningSearch {
  /** Above this multiple of the default's predicted cost a candidate is not tried. */
  static final double PRUNED_ABOVE = 1.5;

  /** So many of those in front meet the default again. */
  private static final int FINALISTS = 3;

  /** So many of the model's favourites come first. */
  private static final int FAVOURITES = 3;

  /** A candidate must be so much ahead of the best so far to take its place on the way. */
  private static final double STEP = 1.005;

  /**
   * The default against itself came out between 0.991 and 1.012 in eight searches on a 2-core CPU
   * that others shared, launches of 0.1 to 10 ms; a record for less is none worth having.
   */
  private static final double LEAST_GAIN = 1.01;

  private final Session session;
  private final KernelVariant kernel;
  private final AttentionSpec spec;
  private final Tuning shipped;
  private final Sitting duel;
  private final ConformanceGate gate;
  private final Consumer<Tuning> begun;
  private final ToDoubleFunction<Tuning> model;
  private final Pace pace;
  private final long deadlineNanos;
  private final Optional<Tuning> earlier;
  private final Consumer<Trial> heard;
  private final Map<Tuning, Trial> trials = new LinkedHashMap<>();
  private boolean outOfTime;

  /** Rounds of a candidate and the default: {@link TuningDuel#against}. */
  @FunctionalInterface
  interface Sitting {
    /**
     * Measures a candidate.
     *
     * @throws TuningDuel.Wrong if a result of the candidate's is
     */
    TuningDuel.Result against(Tuning candidate, double seconds) throws TuningDuel.Wrong;
  }

  /**
   * How long rounds go on.
   *
   * @param trialSeconds of a candidate's
   * @param finalSeconds of the last one's, and of the default's against itself
   */
  public record Pace(double trialSeconds, double finalSeconds) {
    /** Many rounds of launches of a few milliseconds; longer ones get a few rounds in any case. */
    public static final Pace USUAL = new Pace(0.25, 1);
  }

  /**
   * What a search came to.
   *
   * @param winner the tuning to use: the default, where nothing beat it by more than noise
   * @param result of the winner against the default; of the default against itself where it stayed
   * @param itself of the default against itself: how far noise goes
   * @param candidates that the kernel admits, the default apart
   * @param trials in the order in which they were made
   * @param complete whether the search came to its end
   */
  record Outcome(
      Tuning winner,
      TuningDuel.Result result,
      TuningDuel.Result itself,
      int candidates,
      List<Trial> trials,
      boolean complete) {}

  /**
   * Nothing is tried yet.
   *
   * @param shipped the default, which candidates are measured against
   * @param duel of the default on this problem
   * @param gate for problems with these dimensions
   * @param begun hears of what is launched next
   * @param model the predicted cost of an admitted tuning
   * @param pace how long candidates are measured
   * @param deadlineNanos on {@link System#nanoTime}; after it no other candidate is begun
   * @param earlier the best that an earlier search knew, which this one begins with
   * @param heard hears of each trial
   */
  TuningSearch(
      Session session,
      KernelVariant kernel,
      AttentionSpec spec,
      Tuning shipped,
      Sitting duel,
      ConformanceGate gate,
      Consumer<Tuning> begun,
      ToDoubleFunction<Tuning> model,
      Pace pace,
      long deadlineNanos,
      Optional<Tuning> earlier,
      Consumer<Trial> heard) {
    this.session = session;
    this.kernel = kernel;
    this.spec = spec;
    this.shipped = shipped;
    this.duel = duel;
    this.gate = gate;
    this.begun = begun;
    this.model = model;
    this.pace = pace;
    this.deadlineNanos = deadlineNanos;
    this.earlier = earlier;
    this.heard = heard;
  }

  /**
   * Searches.
   *
   * @throws TuningDuel.Wrong if the default itself is wrong
   */
  Outcome run() throws TuningDuel.Wrong {
    List<Tuning> admitted = admitted();
    List<Tuning> candidates = promising(admitted);
    Tuning best = shipped;
    if (earlier.isPresent() && admitted.contains(earlier.get())) {
      best = better(best, earlier.get());
    }
    for (Tuning favourite : candidates.stream().limit(FAVOURITES).toList()) {
      best = better(best, favourite);
    }
    Tuning before;
    do {
      before = best;
      for (TuningParameter parameter : kernel.tuningParameters()) {
        Tuning from = best;
        for (Tuning neighbour :
            candidates.stream().filter(one -> differsOnlyIn(parameter, one, from)).toList()) {
          best = better(best, neighbour);
        }
      }
    } while (!best.equals(before) && !outOfTime);
    // Last, beside the meetings that it is the measure of.
    begun.accept(shipped);
    TuningDuel.Result itself = duel.against(shipped, pace.finalSeconds());
    Map<Tuning, TuningDuel.Result> confirmed = new LinkedHashMap<>();
    for (Tuning finalist : finalists()) {
      confirmed(finalist, itself).ifPresent(result -> confirmed.put(finalist, result));
    }
    Optional<Map.Entry<Tuning, TuningDuel.Result>> winner =
        confirmed.entrySet().stream()
            .max(Comparator.comparingDouble(entry -> entry.getValue().low()));
    return new Outcome(
        winner.map(Map.Entry::getKey).orElse(shipped),
        winner.map(Map.Entry::getValue).orElse(itself),
        itself,
        admitted.size(),
        List.copyOf(trials.values()),
        !outOfTime);
  }

  /**
   * Those in front: the first of many is in part the luckiest, so a few of them are asked again.
   */
  private List<Tuning> finalists() {
    return trials.keySet().stream()
        .filter(tuning -> speedup(tuning) > STEP)
        .sorted(Comparator.comparingDouble(this::speedup).reversed())
        .limit(FINALISTS)
        .toList();
  }

  /** Every combination that the kernel admits, the default apart. */
  private List<Tuning> admitted() {
    List<Tuning> all = List.of(Tuning.NONE);
    for (TuningParameter parameter : kernel.tuningParameters()) {
      List<Tuning> longer = new ArrayList<>();
      for (Tuning tuning : all) {
        parameter.values().forEach(value -> longer.add(tuning.with(parameter.name(), value)));
      }
      all = longer;
    }
    DeviceInfo device = session.device();
    return all.stream()
        .filter(tuning -> !tuning.equals(shipped))
        .filter(tuning -> kernel.admits(tuning, spec, device) instanceof Support.Yes)
        .toList();
  }

  /** What the model does not rule out, the cheapest first. */
  private List<Tuning> promising(List<Tuning> admitted) {
    double most = PRUNED_ABOVE * model.applyAsDouble(shipped);
    Map<Tuning, Double> costs = new LinkedHashMap<>();
    admitted.forEach(tuning -> costs.put(tuning, model.applyAsDouble(tuning)));
    return costs.entrySet().stream()
        .filter(entry -> entry.getValue() <= most)
        .sorted(Comparator.comparingDouble(Map.Entry<Tuning, Double>::getValue))
        .map(Map.Entry::getKey)
        .toList();
  }

  private static boolean differsOnlyIn(TuningParameter parameter, Tuning one, Tuning from) {
    return !one.equals(from)
        && one.with(parameter.name(), 0).equals(from.with(parameter.name(), 0));
  }

  private Tuning better(Tuning best, Tuning candidate) {
    if (!trials.containsKey(candidate)) {
      if (System.nanoTime() > deadlineNanos) {
        outOfTime = true;
        return best;
      }
      Trial trial = trial(candidate);
      trials.put(candidate, trial);
      heard.accept(trial);
    }
    return speedup(candidate) > STEP * speedup(best) ? candidate : best;
  }

  private double speedup(Tuning tuning) {
    return switch (trials.get(tuning)) {
      case Trial.Measured measured -> measured.result().speedup();
      case Trial.Refused refused -> 0;
      case null -> 1; // the default, which the others are measured against
    };
  }

  /** The gate first: what is wrong has no time. */
  private Trial trial(Tuning candidate) {
    begun.accept(candidate);
    Optional<ConformanceGate.Refusal> refusal = gate.refusal(session, kernel, candidate);
    if (refusal.isPresent()) {
      return new Trial.Refused(candidate, refusal.get().wrong(), refusal.get().label());
    }
    try {
      return new Trial.Measured(candidate, duel.against(candidate, pace.trialSeconds()));
    } catch (TuningDuel.Wrong e) {
      return wrongOnTheProblem(candidate, e);
    } catch (BackendException e) {
      return failedOnTheProblem(candidate, e);
    }
  }

  /** What it does not build or launch here, or has no room for; a lost device ends the tuner. */
  private Trial.Refused failedOnTheProblem(Tuning candidate, BackendException e) {
    Evaluation evaluation = Evaluator.failure(e);
    return new Trial.Refused(candidate, false, spec.label() + ": " + evaluation.describe());
  }

  private Trial.Refused wrongOnTheProblem(Tuning candidate, TuningDuel.Wrong e) {
    return new Trial.Refused(
        candidate, true, "%s, beside its launches: %s".formatted(spec.label(), e.getMessage()));
  }

  /**
   * The candidate's result, of two sittings the worse, if it beats the default by more than noise:
   * the lower end of the 95 % interval is above 1 by at least {@link #LEAST_GAIN}, and by more than
   * the default strays from itself. Two, since rounds of one sitting share what placed the programs
   * in memory and what the neighbours did: seen on launches of 0.1 ms, a candidate 9 % ahead with
   * an interval of 2 %, and not ahead when it was asked again.
   */
  private Optional<TuningDuel.Result> confirmed(Tuning finalist, TuningDuel.Result itself) {
    double stray = Math.max(Math.abs(itself.high() - 1), Math.abs(1 - itself.low()));
    double threshold = Math.max(LEAST_GAIN, 1 + stray);
    Trial.Refused refused;
    begun.accept(finalist);
    try {
      TuningDuel.Result worse = duel.against(finalist, pace.finalSeconds());
      if (worse.low() > threshold) {
        TuningDuel.Result second = duel.against(finalist, pace.finalSeconds());
        worse = second.low() < worse.low() ? second : worse;
      }
      return worse.low() > threshold ? Optional.of(worse) : Optional.empty();
    } catch (TuningDuel.Wrong e) {
      refused = wrongOnTheProblem(finalist, e);
    } catch (BackendException e) {
      refused = failedOnTheProblem(finalist, e);
    }
    trials.put(finalist, refused);
    heard.accept(refused);
    return Optional.empty();
  }
}
