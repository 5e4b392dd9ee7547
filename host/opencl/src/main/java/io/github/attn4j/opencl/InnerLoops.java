package io.github.attn4j.opencl;

import io.github.attn4j.core.kernel.Footprint;
import io.github.attn4j.core.kernel.Tiling;
import io.github.attn4j.core.spec.AttentionSpec;
import java.util.List;

/**
 * What a kernel says of a work-group's loops, so that the tuner's cost model can judge a tuning
 * that has not run.
 *
 * @param groupBytes as in {@link Footprint}; 0 where unknown
 * @param loadsPerFma likewise
 * @param keyStep likewise
 */
record InnerLoops(long groupBytes, double loadsPerFma, int keyStep) {
  /** Nothing is known. */
  static final InnerLoops UNKNOWN = new InnerLoops(0, 0, 0);

  /** With what follows from launches and tiles. */
  Footprint footprint(AttentionSpec spec, List<Stage> stages, Tiling tiling) {
    long groups = stages.stream().mapToLong(InnerLoops::groups).max().orElse(0);
    return new Footprint(groups, groupBytes, keyBytes(spec, tiling), loadsPerFma, keyStep);
  }

  private static long groups(Stage stage) {
    long groups = 1;
    for (int dimension = 0; dimension < stage.global().length; dimension++) {
      groups *= stage.global()[dimension] / stage.local()[dimension];
    }
    return groups;
  }

  /** Every block of queries asks for K and V once; the heads of a group are one, where packed. */
  private static long keyBytes(AttentionSpec spec, Tiling tiling) {
    int packed = tiling.packsHeads() ? spec.queryHeads() / spec.kvHeads() : 1;
    long heads = (long) spec.batch() * spec.queryHeads() / packed;
    long rows = (long) spec.queryLength() * packed;
    long blocks = Math.ceilDiv(rows, (long) Math.max(1, tiling.queries()));
    long dims = (long) spec.headDim() + spec.valueDim();
    return 4 * heads * blocks * spec.kvLength() * dims;
  }
}
