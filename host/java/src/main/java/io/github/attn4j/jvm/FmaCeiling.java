package io.github.attn4j.jvm;

import static io.github.attn4j.jvm.VectorMath.LANES;
import static io.github.attn4j.jvm.VectorMath.SPECIES;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * The rate of fused multiply-adds that plain Vector API loops reach with all cores: a ceiling for
 * anything computed on this processor. Loops of independent chains with all operands in registers,
 * in three shapes: few chains may leave the latency of an FMA in sight, many may spill.
 */
public final class FmaCeiling implements AutoCloseable {
  /** Its square, added again and again, keeps chains far from overflow and denormal numbers. */
  private static final float FACTOR = 0x1p-10f;

  /**
   * At least 14: every method must be above 325 bytecodes, or the JIT inlines it into its caller,
   * where the limit on nodes stops the inlining of vector operations.
   */
  private static final int[] CHAINS = {14, 16, 20};

  /** Rounds of a call: enough to hide what a call costs, few enough to be called often. */
  private static final int ROUNDS = 1000;

  /**
   * Time of a repetition: so long that waking the threads does not show. Many short calls, because
   * a single long one is compiled while it runs, which reaches half the rate.
   */
  private static final long REPETITION_NANOS = 10_000_000;

  /** Repetitions of a shape: neighbours disturb some. */
  private static final int REPETITIONS = 12;

  /** Warm-up of a shape. Compiling one took 0.15 s on an idle 2-core machine. */
  private static final long WARM_UP_NANOS = 600_000_000;

  /** A pass that beats the one before by less has settled; compiling brings a factor above 100. */
  private static final double SETTLED = 1.1;

  /** Shapes differ by less once compiled, even where many chains spill. */
  private static final double AGREEMENT = 4;

  private static final int PASSES = 20;

  private final WorkerTeam team = new WorkerTeam(JavaBackend.threads());
  private final long[] calls = new long[JavaBackend.threads()];
  private final double[] bestOfShape = new double[CHAINS.length];
  private boolean warm;
  private final float[] results = new float[JavaBackend.threads()];

  /**
   * Measures anew: seconds the first time, while the JIT compiles the loops, then some tenths of a
   * second.
   *
   * @return the best of all shapes in GFLOP/s, an FMA being two operations in each lane
   * @throws IllegalStateException if the rate has not settled within {@value #PASSES} passes: a
   *     loop that is not compiled yet runs at less than a hundredth of the ceiling, which must not
   *     be mistaken for one
   */
  public double measureGflops() {
    if (!warm) {
      warmUp();
    }
    Arrays.fill(bestOfShape, 0);
    double best = pass();
    for (int pass = 1; pass < PASSES; pass++) {
      double next = pass();
      boolean settled = next < SETTLED * best && shapesAgree();
      best = Math.max(best, next);
      if (settled) {
        warm = true;
        return best;
      }
    }
    throw new IllegalStateException(
        "the rate of FMAs has not settled, shapes %s reached %s GFLOP/s: measure on an idle machine"
            .formatted(Arrays.toString(CHAINS), Arrays.toString(bestOfShape)));
  }

  /**
   * What the processor does right now, to be compared with other calls: a median of short
   * repetitions of the fastest shape, since a best would hide a neighbour that takes every other
   * moment.
   */
  public double probe() {
    measureOnce();
    int fastest = 0;
    for (int shape = 1; shape < CHAINS.length; shape++) {
      fastest = bestOfShape[shape] > bestOfShape[fastest] ? shape : fastest;
    }
    double[] rates = new double[REPETITIONS];
    for (int repetition = 0; repetition < REPETITIONS; repetition++) {
      rates[repetition] = rate(CHAINS[fastest]);
    }
    Arrays.sort(rates);
    return rates[REPETITIONS / 2];
  }

  private void measureOnce() {
    if (!warm) {
      measureGflops();
    }
  }

  /** Several times over all shapes, so that a neighbour's moment does not meet one shape alone. */
  private double pass() {
    for (int repetition = 0; repetition < REPETITIONS; repetition++) {
      for (int shape = 0; shape < CHAINS.length; shape++) {
        bestOfShape[shape] = Math.max(bestOfShape[shape], rate(CHAINS[shape]));
      }
    }
    for (float result : results) {
      if (!(result > 0 && result < 1e6f)) {
        throw new IllegalStateException("the chains add up to " + result + ": they did not run");
      }
    }
    return Arrays.stream(bestOfShape).max().orElseThrow();
  }

  /** A shape far behind the others is one that is not compiled yet. */
  private boolean shapesAgree() {
    double least = Arrays.stream(bestOfShape).min().orElseThrow();
    return AGREEMENT * least > Arrays.stream(bestOfShape).max().orElseThrow();
  }

  /**
   * On the calling thread alone: with every core busy the JIT would get none to compile on. What is
   * still cold afterwards shows in passes that grow.
   */
  private void warmUp() {
    for (int chains : CHAINS) {
      run(chains, System.nanoTime() + WARM_UP_NANOS, 0);
    }
  }

  private double rate(int chains) {
    long start = System.nanoTime();
    team.run(member -> calls[member] = run(chains, start + REPETITION_NANOS, member));
    long nanos = System.nanoTime() - start;
    return 2.0 * LANES * chains * ROUNDS * Arrays.stream(calls).sum() / nanos;
  }

  private long run(int chains, long end, int member) {
    long count = 0;
    do {
      results[member] =
          switch (chains) {
            case 14 -> chains14(ROUNDS);
            case 16 -> chains16(ROUNDS);
            default -> chains20(ROUNDS);
          };
      count++;
    } while (System.nanoTime() < end);
    return count;
  }

  private static float chains14(int rounds) {
    FloatVector left = FloatVector.broadcast(SPECIES, FACTOR);
    FloatVector right = FloatVector.broadcast(SPECIES, FACTOR);
    FloatVector chain0 = FloatVector.broadcast(SPECIES, 0f);
    FloatVector chain1 = FloatVector.broadcast(SPECIES, 1f);
    FloatVector chain2 = FloatVector.broadcast(SPECIES, 2f);
    FloatVector chain3 = FloatVector.broadcast(SPECIES, 3f);
    FloatVector chain4 = FloatVector.broadcast(SPECIES, 4f);
    FloatVector chain5 = FloatVector.broadcast(SPECIES, 5f);
    FloatVector chain6 = FloatVector.broadcast(SPECIES, 6f);
    FloatVector chain7 = FloatVector.broadcast(SPECIES, 7f);
    FloatVector chain8 = FloatVector.broadcast(SPECIES, 8f);
    FloatVector chain9 = FloatVector.broadcast(SPECIES, 9f);
    FloatVector chain10 = FloatVector.broadcast(SPECIES, 10f);
    FloatVector chain11 = FloatVector.broadcast(SPECIES, 11f);
    FloatVector chain12 = FloatVector.broadcast(SPECIES, 12f);
    FloatVector chain13 = FloatVector.broadcast(SPECIES, 13f);
    for (int round = 0; round < rounds; round++) {
      chain0 = left.fma(right, chain0);
      chain1 = left.fma(right, chain1);
      chain2 = left.fma(right, chain2);
      chain3 = left.fma(right, chain3);
      chain4 = left.fma(right, chain4);
      chain5 = left.fma(right, chain5);
      chain6 = left.fma(right, chain6);
      chain7 = left.fma(right, chain7);
      chain8 = left.fma(right, chain8);
      chain9 = left.fma(right, chain9);
      chain10 = left.fma(right, chain10);
      chain11 = left.fma(right, chain11);
      chain12 = left.fma(right, chain12);
      chain13 = left.fma(right, chain13);
    }
    return chain0
        .add(chain1)
        .add(chain2)
        .add(chain3)
        .add(chain4)
        .add(chain5)
        .add(chain6)
        .add(chain7)
        .add(chain8)
        .add(chain9)
        .add(chain10)
        .add(chain11)
        .add(chain12)
        .add(chain13)
        .reduceLanes(VectorOperators.ADD);
  }

  private static float chains16(int rounds) {
    FloatVector left = FloatVector.broadcast(SPECIES, FACTOR);
    FloatVector right = FloatVector.broadcast(SPECIES, FACTOR);
    FloatVector chain0 = FloatVector.broadcast(SPECIES, 0f);
    FloatVector chain1 = FloatVector.broadcast(SPECIES, 1f);
    FloatVector chain2 = FloatVector.broadcast(SPECIES, 2f);
    FloatVector chain3 = FloatVector.broadcast(SPECIES, 3f);
    FloatVector chain4 = FloatVector.broadcast(SPECIES, 4f);
    FloatVector chain5 = FloatVector.broadcast(SPECIES, 5f);
    FloatVector chain6 = FloatVector.broadcast(SPECIES, 6f);
    FloatVector chain7 = FloatVector.broadcast(SPECIES, 7f);
    FloatVector chain8 = FloatVector.broadcast(SPECIES, 8f);
    FloatVector chain9 = FloatVector.broadcast(SPECIES, 9f);
    FloatVector chain10 = FloatVector.broadcast(SPECIES, 10f);
    FloatVector chain11 = FloatVector.broadcast(SPECIES, 11f);
    FloatVector chain12 = FloatVector.broadcast(SPECIES, 12f);
    FloatVector chain13 = FloatVector.broadcast(SPECIES, 13f);
    FloatVector chain14 = FloatVector.broadcast(SPECIES, 14f);
    FloatVector chain15 = FloatVector.broadcast(SPECIES, 15f);
    for (int round = 0; round < rounds; round++) {
      chain0 = left.fma(right, chain0);
      chain1 = left.fma(right, chain1);
      chain2 = left.fma(right, chain2);
      chain3 = left.fma(right, chain3);
      chain4 = left.fma(right, chain4);
      chain5 = left.fma(right, chain5);
      chain6 = left.fma(right, chain6);
      chain7 = left.fma(right, chain7);
      chain8 = left.fma(right, chain8);
      chain9 = left.fma(right, chain9);
      chain10 = left.fma(right, chain10);
      chain11 = left.fma(right, chain11);
      chain12 = left.fma(right, chain12);
      chain13 = left.fma(right, chain13);
      chain14 = left.fma(right, chain14);
      chain15 = left.fma(right, chain15);
    }
    return chain0
        .add(chain1)
        .add(chain2)
        .add(chain3)
        .add(chain4)
        .add(chain5)
        .add(chain6)
        .add(chain7)
        .add(chain8)
        .add(chain9)
        .add(chain10)
        .add(chain11)
        .add(chain12)
        .add(chain13)
        .add(chain14)
        .add(chain15)
        .reduceLanes(VectorOperators.ADD);
  }

  private static float chains20(int rounds) {
    FloatVector left = FloatVector.broadcast(SPECIES, FACTOR);
    FloatVector right = FloatVector.broadcast(SPECIES, FACTOR);
    FloatVector chain0 = FloatVector.broadcast(SPECIES, 0f);
    FloatVector chain1 = FloatVector.broadcast(SPECIES, 1f);
    FloatVector chain2 = FloatVector.broadcast(SPECIES, 2f);
    FloatVector chain3 = FloatVector.broadcast(SPECIES, 3f);
    FloatVector chain4 = FloatVector.broadcast(SPECIES, 4f);
    FloatVector chain5 = FloatVector.broadcast(SPECIES, 5f);
    FloatVector chain6 = FloatVector.broadcast(SPECIES, 6f);
    FloatVector chain7 = FloatVector.broadcast(SPECIES, 7f);
    FloatVector chain8 = FloatVector.broadcast(SPECIES, 8f);
    FloatVector chain9 = FloatVector.broadcast(SPECIES, 9f);
    FloatVector chain10 = FloatVector.broadcast(SPECIES, 10f);
    FloatVector chain11 = FloatVector.broadcast(SPECIES, 11f);
    FloatVector chain12 = FloatVector.broadcast(SPECIES, 12f);
    FloatVector chain13 = FloatVector.broadcast(SPECIES, 13f);
    FloatVector chain14 = FloatVector.broadcast(SPECIES, 14f);
    FloatVector chain15 = FloatVector.broadcast(SPECIES, 15f);
    FloatVector chain16 = FloatVector.broadcast(SPECIES, 16f);
    FloatVector chain17 = FloatVector.broadcast(SPECIES, 17f);
    FloatVector chain18 = FloatVector.broadcast(SPECIES, 18f);
    FloatVector chain19 = FloatVector.broadcast(SPECIES, 19f);
    for (int round = 0; round < rounds; round++) {
      chain0 = left.fma(right, chain0);
      chain1 = left.fma(right, chain1);
      chain2 = left.fma(right, chain2);
      chain3 = left.fma(right, chain3);
      chain4 = left.fma(right, chain4);
      chain5 = left.fma(right, chain5);
      chain6 = left.fma(right, chain6);
      chain7 = left.fma(right, chain7);
      chain8 = left.fma(right, chain8);
      chain9 = left.fma(right, chain9);
      chain10 = left.fma(right, chain10);
      chain11 = left.fma(right, chain11);
      chain12 = left.fma(right, chain12);
      chain13 = left.fma(right, chain13);
      chain14 = left.fma(right, chain14);
      chain15 = left.fma(right, chain15);
      chain16 = left.fma(right, chain16);
      chain17 = left.fma(right, chain17);
      chain18 = left.fma(right, chain18);
      chain19 = left.fma(right, chain19);
    }
    return chain0
        .add(chain1)
        .add(chain2)
        .add(chain3)
        .add(chain4)
        .add(chain5)
        .add(chain6)
        .add(chain7)
        .add(chain8)
        .add(chain9)
        .add(chain10)
        .add(chain11)
        .add(chain12)
        .add(chain13)
        .add(chain14)
        .add(chain15)
        .add(chain16)
        .add(chain17)
        .add(chain18)
        .add(chain19)
        .reduceLanes(VectorOperators.ADD);
  }

  /** Ends the threads. */
  @Override
  public void close() {
    team.close();
  }
}
