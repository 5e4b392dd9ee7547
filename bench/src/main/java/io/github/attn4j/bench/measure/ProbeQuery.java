package io.github.attn4j.bench.measure;

import io.github.attn4j.core.check.Expected;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.input.SplitMix64;
import io.github.attn4j.core.kernel.StagedInputs;
import io.github.attn4j.core.reference.RowSample;
import io.github.attn4j.core.spec.AttentionSpec;
import java.util.Arrays;

/**
 * One query of a staged set that is another one at every launch, so that the right answer is too: a
 * row of O that no earlier launch has computed. The new query is another row of Q, scaled.
 */
final class ProbeQuery {
  private final StagedInputs staged;
  private final AttentionInputs inputs;
  private final SplitMix64 random;
  private final int row;
  private final float[] original;
  private long draws;

  /** Chooses the row by the seed. */
  ProbeQuery(StagedInputs staged, long seed) {
    this.staged = staged;
    this.inputs = staged.inputs();
    this.random = new SplitMix64(seed, 'P');
    this.row = drawRow();
    int from = element(row);
    this.original = Arrays.copyOfRange(inputs.q(), from, from + inputs.spec().headDim());
  }

  /** Index of the row, as in {@link RowSample}. */
  int row() {
    return row;
  }

  /** Puts another query there, on the host and on the device. */
  void refresh() {
    int other = drawRow();
    float factor = 0.5f + random.below(draws++, 1 << 20) * 0x1p-20f;
    int to = element(row);
    int from = element(other);
    for (int d = 0; d < original.length; d++) {
      float element = factor * (other == row ? original[d] : inputs.q()[from + d]);
      inputs.q()[to + d] = inputs.spec().queryType().round(element);
    }
    staged.refreshQueries(to, original.length);
  }

  /** The oracle's answer to the query that is there now. */
  Expected expected() {
    return Expected.of(inputs, new RowSample(new int[] {row}));
  }

  /** One of the rows that exist. */
  private int drawRow() {
    AttentionSpec spec = inputs.spec();
    while (true) {
      int drawn = random.below(draws++, spec.rows());
      int b = drawn / spec.queryLength() / spec.queryHeads();
      if (drawn % spec.queryLength() < spec.queryLengths().get(b)) {
        return drawn;
      }
    }
  }

  private int element(int ofRow) {
    AttentionSpec spec = inputs.spec();
    int head = ofRow / spec.queryLength();
    return spec.queryRow(
        head / spec.queryHeads(), head % spec.queryHeads(), ofRow % spec.queryLength());
  }
}
