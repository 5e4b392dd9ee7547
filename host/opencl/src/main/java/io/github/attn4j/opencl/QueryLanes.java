package io.github.attn4j.opencl;

import io.github.attn4j.core.blockmap.BlockSize;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.Support;
import io.github.attn4j.core.kernel.Tiling;
import io.github.attn4j.core.kernel.Tuning;
import io.github.attn4j.core.kernel.TuningParameter;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.ElementType;
import io.github.attn4j.core.spec.RowPlacement;
import java.util.List;
import java.util.Map;

/**
 * How kernels/opencl/attention/flash_query_lanes.cl cuts its work up: an item takes tiles of
 * queries, whose vectors' lanes they are, through tiles of keys.
 *
 * @param queryVectors vectors of 16 queries in a tile
 * @param blockKeys keys of a tile
 * @param queryTiles tiles of queries that share a tile of keys
 */
record QueryLanes(int queryVectors, int blockKeys, int queryTiles) {
  private static final String QUERY_VECTORS = "QUERY_VECTORS";
  private static final String BLOCK_KV = "BLOCK_KV";
  private static final String QUERY_TILES = "QUERY_TILES";

  private static final int LANES = 16;
  private static final int LARGEST_DIM = 256;

  /** The kernel's own, which no tuning changes: accumulators are that times the vectors. */
  private static final int KEY_GROUP = 8;

  static final List<TuningParameter> PARAMETERS =
      List.of(
          TuningParameter.of(QUERY_VECTORS, "vectors of 16 queries in a tile", 1, 2, 3),
          TuningParameter.of(BLOCK_KV, "keys of a tile", 32, 64, 96, 128, 192, 256),
          TuningParameter.of(
              QUERY_TILES, "tiles of queries that share a tile of keys", 1, 2, 3, 4, 8));

  /** As many accumulators as feed both FMA units; tiles that a core's caches hold. */
  private static final QueryLanes DEFAULT = new QueryLanes(2, 128, 2);

  /** Where keys and values are converted: twice as many queries share what that costs. */
  private static final QueryLanes CONVERTING = new QueryLanes(2, 128, 4);

  /** Of fewer items, cores would not end at the same time. */
  private static final int LEAST_ITEMS_OF_A_CORE = 8;

  static QueryLanes of(Tuning tuning) {
    return new QueryLanes(tuning.get(QUERY_VECTORS), tuning.get(BLOCK_KV), tuning.get(QUERY_TILES));
  }

  Tuning tuning() {
    return Tuning.of(
        Map.of(QUERY_VECTORS, queryVectors, BLOCK_KV, blockKeys, QUERY_TILES, queryTiles));
  }

  /**
   * For float32 in place 64 queries an item, else 128 where that leaves the cores enough items:
   * 0.97 instead of 0.94 of the rate on float32 at D = 64, 0.96 instead of 0.93 at D = 128.
   */
  static Tuning defaultTuning(AttentionSpec spec, DeviceInfo device) {
    boolean inPlace =
        spec.keyValueType() == ElementType.F32
            && !(spec.keyPlacement() instanceof RowPlacement.Paged);
    long items = (long) spec.batch() * spec.queryHeads() * CONVERTING.blocks(spec);
    boolean followsBlockMap = spec.canonicalMask().expression() != null;
    // Where an item's tiles of keys begin follows from its first query, so how many queries it has
    // shows in the bits; and the number of items depends on the batch, the pages and the units.
    return inPlace
            || followsBlockMap
            || spec.deterministic()
            || items < (long) LEAST_ITEMS_OF_A_CORE * device.computeUnits()
        ? DEFAULT.tuning()
        : CONVERTING.tuning();
  }

  /** Whether the device is one whose registers hold what an item keeps. */
  Support fits(AttentionSpec spec, DeviceInfo device) {
    if (device.kind() != DeviceInfo.Kind.CPU) {
      return Support.no(
          "made for CPU devices: its private arrays of 64 queries would spill on " + device.name());
    }
    if (spec.headDim() > LARGEST_DIM || spec.valueDim() > LARGEST_DIM) {
      return Support.no(
          "its private arrays are sized for D and Dv up to %d, not %d and %d; opencl:flash takes what local memory has room for, opencl:online_softmax any"
              .formatted(LARGEST_DIM, spec.headDim(), spec.valueDim()));
    }
    boolean hasBlockMap = spec.canonicalMask().expression() != null;
    return hasBlockMap && queries() != BlockSize.STANDARD.queries()
        ? Support.no(
            "an item of %d queries does not take a row of the block map, which has %d, as a whole"
                .formatted(queries(), BlockSize.STANDARD.queries()))
        : Support.yes();
  }

  /**
   * Bytes: the formula in the kernel's header, and the tile of K and V that its tiles of queries
   * share. Loads: a broadcast key serves every vector of queries, a vector of queries KEY_GROUP
   * keys.
   */
  InnerLoops innerLoops(AttentionSpec spec) {
    long dims = (long) spec.headDim() + spec.valueDim();
    long tileQueries = (long) LANES * queryVectors;
    return new InnerLoops(
        4 * (queries() * dims + 2 * tileQueries * blockKeys + blockKeys * dims),
        1.0 / queryVectors + 1.0 / KEY_GROUP,
        KEY_GROUP);
  }

  /** Blocks of queries of a head. */
  long blocks(AttentionSpec spec) {
    return Math.ceilDiv(spec.queryLength(), queries());
  }

  /** Of an item. */
  int queries() {
    return LANES * queryVectors * queryTiles;
  }

  Tiling tiling() {
    return new Tiling(LANES * queryVectors, blockKeys).alongBlockMap();
  }
}
