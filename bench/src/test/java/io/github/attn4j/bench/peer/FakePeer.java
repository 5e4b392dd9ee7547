package io.github.attn4j.bench.peer;

import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.kernel.Support;
import io.github.attn4j.core.reference.PlainAttention;
import io.github.attn4j.core.reference.RowSample;
import io.github.attn4j.core.spec.AttentionSpec;
import java.util.Arrays;

/** A rival that is the plain version of our own reference: always there, and right unless told. */
public final class FakePeer implements Peer {
  /** What may be wrong with it. */
  public enum Fault {
    /** Nothing. */
    NONE,
    /** Computes another scale. */
    WRONG_SCALE,
    /** Computes once and answers from memory from then on. */
    REMEMBERS,
    /** Takes no notice of changed queries. */
    MISSES_REFRESH
  }

  private final Fault fault;

  /** With this fault. */
  public FakePeer(Fault fault) {
    this.fault = fault;
  }

  @Override
  public String version() {
    return "fake";
  }

  @Override
  public Support supports(AttentionSpec spec) {
    return PlainProblem.support(spec, PlainProblem.UNSCALED_TYPES);
  }

  @Override
  public PreparedPeer prepare(AttentionInputs inputs, int threads) {
    AttentionSpec spec = inputs.spec();
    float[] queries = inputs.q().clone();
    AttentionInputs own =
        new AttentionInputs(
            fault == Fault.WRONG_SCALE
                ? spec.toBuilder().scale(1.05f * spec.scale()).build()
                : spec,
            inputs.description(),
            queries, // the array itself, which refreshing changes
            inputs.k(),
            inputs.v(),
            inputs.kScales(),
            inputs.vScales());
    float[] o = new float[spec.outputElements()];
    Arrays.fill(o, Float.NaN);
    return new PreparedPeer() {
      private float[] first = new float[0];

      @Override
      public String method() {
        return "plain attention in %s; output allocated once".formatted(spec.queryType().label());
      }

      @Override
      public void refreshQueries(int fromElement, int count) {
        if (fault != Fault.MISSES_REFRESH) {
          System.arraycopy(inputs.q(), fromElement, queries, fromElement, count);
        }
      }

      @Override
      public void clearOutput() {
        Arrays.fill(o, Float.NaN);
      }

      @Override
      public long run() {
        long start = System.nanoTime();
        if (fault == Fault.REMEMBERS && first.length > 0) {
          System.arraycopy(first, 0, o, 0, o.length);
        } else {
          float[] computed = PlainAttention.compute(own, RowSample.all(spec)).o();
          System.arraycopy(computed, 0, o, 0, o.length);
          first = computed.clone();
        }
        return System.nanoTime() - start;
      }

      @Override
      public float[] read() {
        return o.clone();
      }

      @Override
      public void close() {}
    };
  }
}
