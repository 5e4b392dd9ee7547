package io.github.attn4j.core.expression;

import java.math.BigInteger;
import java.util.BitSet;

/** Tables that presets look up where a user brings none. */
final class PresetTables {
  /** Buckets of each direction; half of them hold one distance each. */
  private static final int BUCKETS = 16;

  private static final int EXACT = BUCKETS / 2;

  /** From this distance on, all are in the last bucket. */
  private static final int MAX_DISTANCE = 128;

  private PresetTables() {}

  /** doc[b, position]: as many documents as there are cuts, of random lengths, in order. */
  static Bindings documents(Bindings parameters, Domain domain) {
    return parameters.with(
        "doc", documents(domain, intOf(parameters, "documents"), intOf(parameters, "seed")));
  }

  /** The number of its document for each batch and key. */
  static Table documents(Domain domain, int most, int seed) {
    int keys = Math.max(1, domain.mostKeys());
    int documents = Math.min(most, keys);
    int[] ids = new int[Math.multiplyExact(domain.batch(), keys)];
    for (int b = 0; b < domain.batch(); b++) {
      BitSet starts = new BitSet(keys);
      for (int draw = 0; starts.cardinality() < documents - 1; draw++) {
        starts.set(1 + Arithmetic.hash(seed, b, draw) % (keys - 1));
      }
      for (int key = 1; key < keys; key++) {
        ids[b * keys + key] = ids[b * keys + key - 1] + (starts.get(key) ? 1 : 0);
      }
    }
    return Table.ofInts(domain.batch(), keys, ids);
  }

  /** bucket[distance], and bias[h, bucket] in multiples of 1/64 within +-2. */
  static Bindings relativeBias(Bindings parameters, Domain domain) {
    return parameters
        .with("bucket", buckets())
        .with("bias", biases(domain, intOf(parameters, "seed")));
  }

  /** T5's bucket of each distance; further ones are in the last. */
  static Table buckets() {
    int[] buckets = new int[MAX_DISTANCE + 1];
    for (int distance = 0; distance < buckets.length; distance++) {
      buckets[distance] = bucket(distance);
    }
    return Table.ofInts(buckets);
  }

  /** A bias for each head, direction and bucket. */
  static Table biases(Domain domain, int seed) {
    float[] biases = new float[domain.heads() * 2 * BUCKETS];
    for (int index = 0; index < biases.length; index++) {
      biases[index] = (Arithmetic.hash(seed, index) % 257 - 128) / 64f;
    }
    return Table.ofFloats(domain.heads(), 2 * BUCKETS, biases);
  }

  /**
   * T5's 8 + floor(8 * log(distance / 8) / log(128 / 8)), without a logarithm that rounds: the
   * largest step for which (distance / 8)^8 is at least 16^step.
   */
  private static int bucket(int distance) {
    if (distance < EXACT) {
      return distance;
    }
    BigInteger power = BigInteger.valueOf(distance).pow(EXACT);
    BigInteger bound = BigInteger.valueOf(EXACT).pow(EXACT);
    BigInteger factor = BigInteger.valueOf(MAX_DISTANCE / EXACT);
    int step = 0;
    while (step < EXACT - 1 && power.compareTo(bound.multiply(factor)) >= 0) {
      bound = bound.multiply(factor);
      step++;
    }
    return EXACT + step;
  }

  static int intOf(Bindings bindings, String name) {
    Number value = bindings.constants().get(name);
    if (value == null) {
      throw new AssertionError("no parameter " + name);
    }
    return value.intValue();
  }
}
