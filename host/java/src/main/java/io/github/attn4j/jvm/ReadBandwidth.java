package io.github.attn4j.jvm;

import io.github.attn4j.core.kernel.BackendException;
import io.github.attn4j.core.kernel.BandwidthLevel;
import io.github.attn4j.core.kernel.BandwidthTarget;
import io.github.attn4j.core.kernel.DeviceInfo;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * How fast plain Vector API loops on all cores read from each memory level: a comparison for what
 * an OpenCL device reaches, and a ceiling where there is none. Every thread reads a part of its
 * own. What it reads is summed and compared with what the data add up to.
 *
 * <p>The data are an array, as those of the Java kernels are: it starts behind its header, so that
 * each load of a whole line crosses into the next one, which costs up to half of the rate of L1.
 */
public final class ReadBandwidth implements AutoCloseable {
  private static final VectorSpecies<Integer> SPECIES = IntVector.SPECIES_PREFERRED;
  private static final int LANES = SPECIES.length();

  /** Makes elements differ in every bit, so that reading one twice for another shows in a sum. */
  private static final int FACTOR = 0x9E3779B1;

  /** Vectors added to accumulators of their own; the number in flight is what differs. */
  private static final int[] CHAINS = {2, 4, 8};

  /** A part is whole steps of the widest shape. */
  private static final int STEP = 8 * LANES;

  /** Elements of a call: enough to hide what a call costs, few enough to end in time. */
  private static final int CALL_ELEMENTS = 1 << 18;

  /** Time of a repetition: so long that waking the threads does not show. */
  private static final long REPETITION_NANOS = 4_000_000;

  /** Repetitions of a shape: neighbours disturb some. */
  private static final int REPETITIONS = 4;

  /** Warm-up of a shape, as in {@link FmaCeiling}; these loops are a tenth as long. */
  private static final long WARM_UP_NANOS = 200_000_000;

  /** A pass that beats the one before by less has settled. */
  private static final double SETTLED = 1.1;

  private static final int PASSES = 20;

  private final WorkerTeam team = new WorkerTeam(JavaBackend.threads());
  private final List<BandwidthTarget> targets;
  private final double[][] best;
  private final List<Double> history = new ArrayList<>();
  private final int[] data;
  private final long[] elementsRead = new long[JavaBackend.threads()];
  private final boolean[] wrong = new boolean[JavaBackend.threads()];
  private boolean warm;
  private boolean closed;

  /**
   * Allocates as much as the largest level reads.
   *
   * @param device the Java backend's
   * @throws BackendException.OutOfMemory if it does not fit
   */
  public ReadBandwidth(DeviceInfo device) {
    targets = BandwidthTarget.of(device, HeapMemory.available());
    best = new double[targets.size()][CHAINS.length];
    long largest = 0;
    for (BandwidthTarget target : targets) {
      largest = Math.max(largest, 4L * elements(target) * JavaBackend.threads());
    }
    HeapMemory.require("the read bandwidth", largest);
    data = new int[Math.toIntExact(largest / 4)];
    team.run(member -> {
      int from = (int) ((long) data.length * member / team.size());
      int to = (int) ((long) data.length * (member + 1) / team.size());
      for (int i = from; i < to; i++) {
        data[i] = i * FACTOR;
      }
    });
  }

  /** Elements of a thread: whole steps. */
  private static int elements(BandwidthTarget target) {
    long all = Math.min(target.bytes() / 4, Integer.MAX_VALUE / 2);
    return Math.toIntExact(Math.max(1, all / JavaBackend.threads() / STEP) * STEP);
  }

  /**
   * Reads every level some times in every shape and keeps the best rates: seconds the first time,
   * while the JIT compiles the loops, then some tenths of a second.
   *
   * @return this call's own best of the memory level, in 1e9 bytes a second
   * @throws IllegalStateException if the rates have not settled within {@value #PASSES} passes the
   *     first time, or if a loop did not read what it should have
   */
  public double measure() {
    if (closed) {
      throw new IllegalStateException("the read bandwidth is closed");
    }
    if (!warm) {
      warmUp();
      warm = true;
    }
    double bestNow = Arrays.stream(pass()[targets.size() - 1]).max().orElseThrow();
    history.add(bestNow);
    return bestNow;
  }

  /**
   * On the calling thread alone at first: with every core busy the JIT would get none to compile
   * on. What is still cold afterwards shows in passes that grow.
   */
  private void warmUp() {
    int elements = elements(targets.getFirst());
    for (int chains : CHAINS) {
      read(chains, elements, System.nanoTime() + WARM_UP_NANOS, 0);
    }
    double[] before = bestOfLevels(pass());
    for (int pass = 1; pass < PASSES; pass++) {
      double[] next = bestOfLevels(pass());
      boolean settled = true;
      for (int level = 0; level < next.length; level++) {
        settled &= next[level] < SETTLED * before[level];
        before[level] = Math.max(before[level], next[level]);
      }
      if (settled) {
        return;
      }
    }
    throw new IllegalStateException(
        "the read bandwidth has not settled, levels %s reached %s GB/s: measure on an idle machine"
            .formatted(targets, Arrays.toString(before)));
  }

  private static double[] bestOfLevels(double[][] rates) {
    return Arrays.stream(rates).mapToDouble(of -> Arrays.stream(of).max().orElseThrow()).toArray();
  }

  /** The best rate now by level and shape. */
  private double[][] pass() {
    double[][] now = new double[targets.size()][CHAINS.length];
    for (int level = 0; level < now.length; level++) {
      int elements = elements(targets.get(level));
      for (int repetition = 0; repetition < REPETITIONS; repetition++) {
        for (int shape = 0; shape < CHAINS.length; shape++) {
          double rate = rate(CHAINS[shape], elements);
          now[level][shape] = Math.max(now[level][shape], rate);
          best[level][shape] = Math.max(best[level][shape], rate);
        }
      }
    }
    return now;
  }

  private double rate(int chains, int elements) {
    long start = System.nanoTime();
    team.run(
        member -> elementsRead[member] = read(chains, elements, start + REPETITION_NANOS, member));
    long nanos = System.nanoTime() - start;
    for (int member = 0; member < team.size(); member++) {
      if (wrong[member]) {
        throw new IllegalStateException(
            "thread %d, %d vectors at a time, did not read all of its %d elements: its rate means nothing"
                .formatted(member, chains, elements));
      }
    }
    return 4.0 * Arrays.stream(elementsRead).sum() / nanos;
  }

  /** Goes round a member's part until the time is over; returns the elements read. */
  private long read(int chains, int elements, long end, int member) {
    int first = member * elements;
    int length = Math.min(elements, CALL_ELEMENTS);
    int rounds = Math.max(1, CALL_ELEMENTS / elements);
    int offset = 0;
    long count = 0;
    do {
      int from = first + offset;
      int to = first + Math.min(offset + length, elements);
      int sum =
          switch (chains) {
            case 2 -> sum2(data, from, to, rounds);
            case 4 -> sum4(data, from, to, rounds);
            default -> sum8(data, from, to, rounds);
          };
      wrong[member] |= sum != rounds * sum(from, to);
      count += (long) rounds * (to - from);
      offset = to == first + elements ? 0 : offset + length;
    } while (System.nanoTime() < end);
    return count;
  }

  /** What the elements add up to, modulo 2^32. */
  private static int sum(long from, long to) {
    return (int) ((to * (to - 1) - from * (from - 1)) / 2) * FACTOR;
  }

  private static int sum2(int[] data, int from, int to, int rounds) {
    IntVector sum0 = IntVector.zero(SPECIES);
    IntVector sum1 = IntVector.zero(SPECIES);
    for (int round = 0; round < rounds; round++) {
      for (int i = from; i < to; i += 2 * LANES) {
        sum0 = sum0.add(IntVector.fromArray(SPECIES, data, i));
        sum1 = sum1.add(IntVector.fromArray(SPECIES, data, i + LANES));
      }
    }
    return sum0.add(sum1).reduceLanes(VectorOperators.ADD);
  }

  private static int sum4(int[] data, int from, int to, int rounds) {
    IntVector sum0 = IntVector.zero(SPECIES);
    IntVector sum1 = IntVector.zero(SPECIES);
    IntVector sum2 = IntVector.zero(SPECIES);
    IntVector sum3 = IntVector.zero(SPECIES);
    for (int round = 0; round < rounds; round++) {
      for (int i = from; i < to; i += 4 * LANES) {
        sum0 = sum0.add(IntVector.fromArray(SPECIES, data, i));
        sum1 = sum1.add(IntVector.fromArray(SPECIES, data, i + LANES));
        sum2 = sum2.add(IntVector.fromArray(SPECIES, data, i + 2 * LANES));
        sum3 = sum3.add(IntVector.fromArray(SPECIES, data, i + 3 * LANES));
      }
    }
    return sum0.add(sum1).add(sum2).add(sum3).reduceLanes(VectorOperators.ADD);
  }

  private static int sum8(int[] data, int from, int to, int rounds) {
    IntVector sum0 = IntVector.zero(SPECIES);
    IntVector sum1 = IntVector.zero(SPECIES);
    IntVector sum2 = IntVector.zero(SPECIES);
    IntVector sum3 = IntVector.zero(SPECIES);
    IntVector sum4 = IntVector.zero(SPECIES);
    IntVector sum5 = IntVector.zero(SPECIES);
    IntVector sum6 = IntVector.zero(SPECIES);
    IntVector sum7 = IntVector.zero(SPECIES);
    for (int round = 0; round < rounds; round++) {
      for (int i = from; i < to; i += 8 * LANES) {
        sum0 = sum0.add(IntVector.fromArray(SPECIES, data, i));
        sum1 = sum1.add(IntVector.fromArray(SPECIES, data, i + LANES));
        sum2 = sum2.add(IntVector.fromArray(SPECIES, data, i + 2 * LANES));
        sum3 = sum3.add(IntVector.fromArray(SPECIES, data, i + 3 * LANES));
        sum4 = sum4.add(IntVector.fromArray(SPECIES, data, i + 4 * LANES));
        sum5 = sum5.add(IntVector.fromArray(SPECIES, data, i + 5 * LANES));
        sum6 = sum6.add(IntVector.fromArray(SPECIES, data, i + 6 * LANES));
        sum7 = sum7.add(IntVector.fromArray(SPECIES, data, i + 7 * LANES));
      }
    }
    return sum0.add(sum1)
        .add(sum2)
        .add(sum3)
        .add(sum4)
        .add(sum5)
        .add(sum6)
        .add(sum7)
        .reduceLanes(VectorOperators.ADD);
  }

  /** Each level with its best rates so far, the nearest first, memory last. */
  public List<BandwidthLevel> levels() {
    List<BandwidthLevel> result = new ArrayList<>();
    for (int level = 0; level < targets.size(); level++) {
      Map<String, Double> shapes = new LinkedHashMap<>();
      for (int shape = 0; shape < CHAINS.length; shape++) {
        shapes.put("vector_api_" + LANES + "x" + CHAINS[shape], best[level][shape]);
      }
      result.add(BandwidthLevel.of(targets.get(level), shapes));
    }
    return result;
  }

  /** What each call of {@link #measure} found for the memory level, in 1e9 bytes a second. */
  public List<Double> history() {
    return List.copyOf(history);
  }

  /** Ends the threads. */
  @Override
  public void close() {
    closed = true;
    team.close();
  }
}
