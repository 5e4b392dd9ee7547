package io.github.attn4j.bench.peer;

import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.kernel.Support;
import io.github.attn4j.core.spec.AttentionSpec;

/**
 * Grouped heads for a rival that would read a key-value head once for each query head: the queries
 * of a group become rows of one head, [B, Hq, Sq, D] as [B, Hkv, Hq / Hkv * Sq, D], which is the
 * same memory. O lies as the spec asks, for the same reason. What a user who knows would do.
 *
 * @param peer that computes the folded problem
 */
public record FoldedPeer(Peer peer) implements Peer {
  @Override
  public String version() {
    return peer.version();
  }

  @Override
  public Support supports(AttentionSpec spec) {
    if (PlainProblem.support(spec, PlainProblem.UNSCALED_TYPES) instanceof Support.No no) {
      return no;
    }
    if (spec.queryHeads() == spec.kvHeads()) {
      return Support.no("has nothing to fold: as many query heads as key-value heads");
    }
    if (PlainProblem.hidesPairs(spec)) {
      return Support.no(
          "folds queries of several positions into one head's rows, over which %s is no causal mask"
              .formatted(spec.mask().label()));
    }
    return peer.supports(folded(spec));
  }

  @Override
  public PreparedPeer prepare(AttentionInputs inputs, int threads) {
    // The same arrays, whatever their type: what the caller changes in Q has to be seen here.
    AttentionInputs folded =
        new AttentionInputs(
            folded(inputs.spec()),
            inputs.description(),
            inputs.q(),
            inputs.k(),
            inputs.v(),
            inputs.kScales(),
            inputs.vScales());
    return new Prepared(peer.prepare(folded, threads));
  }

  /** The same pairs, all of them visible. */
  private static AttentionSpec folded(AttentionSpec spec) {
    return AttentionSpec.builder()
        .batch(spec.batch())
        .heads(spec.kvHeads())
        .lengths(spec.queryHeads() / spec.kvHeads() * spec.queryLength(), spec.kvLength())
        .dims(spec.headDim(), spec.valueDim())
        .scale(spec.scale())
        .queryType(spec.queryType())
        .keyValueType(spec.keyValueType())
        .build();
  }

  private record Prepared(PreparedPeer peer) implements PreparedPeer {
    @Override
    public String method() {
      return peer.method() + "; query heads of a group folded into rows";
    }

    @Override
    public void refreshQueries(int fromElement, int count) {
      peer.refreshQueries(fromElement, count);
    }

    @Override
    public void clearOutput() {
      peer.clearOutput();
    }

    @Override
    public long run() {
      return peer.run();
    }

    @Override
    public float[] read() {
      return peer.read();
    }

    @Override
    public void close() {
      peer.close();
    }
  }
}
