package io.github.attn4j.jvm;

import static io.github.attn4j.jvm.VectorMath.LANES;
import static io.github.attn4j.jvm.VectorMath.SPECIES;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * The rate of fused multiply-adds that plain Vector API loops reach with all cores: a ceiling for
 * anything computed on this processor. Loops of independent chains with all operands in registers,
 * in three shapes: few chains leave the latency of an FMA in sight, many may spill.
 */
public final class FmaCeiling implements AutoCloseable {
  /** Keeps chains near 1, far from overflow and from denormal numbers, which may be slower. */
  private static final float FACTOR = 0.5f;

  private static final float ADDEND = 0.5f;
  private static final int[] CHAINS = {8, 12, 16};

  /** Rounds of a call: enough to hide what a call costs, few enough to be called often. */
  private static final int ROUNDS = 1000;

  /**
   * Time of a repetition: so long that waking the threads does not show. Many short calls, because
   * a single long one is compiled while it runs, which reaches half the rate.
   */
  private static final long REPETITION_NANOS = 10_000_000;

  /** Repetitions of a shape: neighbours disturb some. */
  private static final int REPETITIONS = 12;

  private final WorkerTeam team = new WorkerTeam(JavaBackend.threads());
  private final long[] calls = new long[JavaBackend.threads()];
  private final float[] results = new float[JavaBackend.threads()];

  /**
   * Measures anew, for some tenths of a second.
   *
   * @return the best of all shapes in GFLOP/s, an FMA being two operations in each lane
   */
  public double measureGflops() {
    warmUp();
    double best = 0;
    for (int repetition = 0; repetition < REPETITIONS; repetition++) {
      for (int chains : CHAINS) {
        best = Math.max(best, rate(chains));
      }
    }
    for (float result : results) {
      if (!(Math.abs(result) < 1000)) {
        throw new IllegalStateException("the chains must approach 1 each, but add up to " + result);
      }
    }
    return best;
  }

  /**
   * On the calling thread alone: with every core busy the JIT would get none to compile on, and
   * half the rate would be measured.
   */
  private void warmUp() {
    for (int repetition = 0; repetition < REPETITIONS; repetition++) {
      for (int chains : CHAINS) {
        run(chains, System.nanoTime() + REPETITION_NANOS, 0);
      }
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
            case 8 -> chains8(ROUNDS);
            case 12 -> chains12(ROUNDS);
            default -> chains16(ROUNDS);
          };
      count++;
    } while (System.nanoTime() < end);
    return count;
  }

  private static float chains8(int rounds) {
    FloatVector factor = FloatVector.broadcast(SPECIES, FACTOR);
    FloatVector addend = FloatVector.broadcast(SPECIES, ADDEND);
    FloatVector chain0 = FloatVector.broadcast(SPECIES, 0f);
    FloatVector chain1 = FloatVector.broadcast(SPECIES, 1f);
    FloatVector chain2 = FloatVector.broadcast(SPECIES, 2f);
    FloatVector chain3 = FloatVector.broadcast(SPECIES, 3f);
    FloatVector chain4 = FloatVector.broadcast(SPECIES, 4f);
    FloatVector chain5 = FloatVector.broadcast(SPECIES, 5f);
    FloatVector chain6 = FloatVector.broadcast(SPECIES, 6f);
    FloatVector chain7 = FloatVector.broadcast(SPECIES, 7f);
    for (int round = 0; round < rounds; round++) {
      chain0 = chain0.fma(factor, addend);
      chain1 = chain1.fma(factor, addend);
      chain2 = chain2.fma(factor, addend);
      chain3 = chain3.fma(factor, addend);
      chain4 = chain4.fma(factor, addend);
      chain5 = chain5.fma(factor, addend);
      chain6 = chain6.fma(factor, addend);
      chain7 = chain7.fma(factor, addend);
    }
    return chain0
        .add(chain1)
        .add(chain2)
        .add(chain3)
        .add(chain4)
        .add(chain5)
        .add(chain6)
        .add(chain7)
        .reduceLanes(VectorOperators.ADD);
  }

  private static float chains12(int rounds) {
    FloatVector factor = FloatVector.broadcast(SPECIES, FACTOR);
    FloatVector addend = FloatVector.broadcast(SPECIES, ADDEND);
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
    for (int round = 0; round < rounds; round++) {
      chain0 = chain0.fma(factor, addend);
      chain1 = chain1.fma(factor, addend);
      chain2 = chain2.fma(factor, addend);
      chain3 = chain3.fma(factor, addend);
      chain4 = chain4.fma(factor, addend);
      chain5 = chain5.fma(factor, addend);
      chain6 = chain6.fma(factor, addend);
      chain7 = chain7.fma(factor, addend);
      chain8 = chain8.fma(factor, addend);
      chain9 = chain9.fma(factor, addend);
      chain10 = chain10.fma(factor, addend);
      chain11 = chain11.fma(factor, addend);
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
        .reduceLanes(VectorOperators.ADD);
  }

  private static float chains16(int rounds) {
    FloatVector factor = FloatVector.broadcast(SPECIES, FACTOR);
    FloatVector addend = FloatVector.broadcast(SPECIES, ADDEND);
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
      chain0 = chain0.fma(factor, addend);
      chain1 = chain1.fma(factor, addend);
      chain2 = chain2.fma(factor, addend);
      chain3 = chain3.fma(factor, addend);
      chain4 = chain4.fma(factor, addend);
      chain5 = chain5.fma(factor, addend);
      chain6 = chain6.fma(factor, addend);
      chain7 = chain7.fma(factor, addend);
      chain8 = chain8.fma(factor, addend);
      chain9 = chain9.fma(factor, addend);
      chain10 = chain10.fma(factor, addend);
      chain11 = chain11.fma(factor, addend);
      chain12 = chain12.fma(factor, addend);
      chain13 = chain13.fma(factor, addend);
      chain14 = chain14.fma(factor, addend);
      chain15 = chain15.fma(factor, addend);
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

  /** Ends the threads. */
  @Override
  public void close() {
    team.close();
  }
}
