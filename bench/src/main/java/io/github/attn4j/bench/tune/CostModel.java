package io.github.attn4j.bench.tune;

import io.github.attn4j.core.blockmap.BlockMap;
import io.github.attn4j.core.kernel.CacheLevel;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.Footprint;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.Tiling;
import io.github.attn4j.core.kernel.Tuning;
import io.github.attn4j.core.spec.AttentionSpec;
import java.util.function.Supplier;

/**
 * What a tuning is thought to cost, in multiply-adds of one compute unit's time: good enough to say
 * what to try first and what not to try, and for nothing else. docs/tuning.md derives it.
 *
 * @param kernel whose tiling and footprint are asked
 * @param spec the problem
 * @param device whose caches and compute units count
 * @param blockMap of the spec; asked for only where its mask is an expression
 */
record CostModel(
    KernelVariant kernel, AttentionSpec spec, DeviceInfo device, Supplier<BlockMap> blockMap) {
  /** Of a pair, beside its D + Dv multiply-adds: mask, maximum, exponential, sum. */
  private static final int SOFTMAX_FMAS = 24;

  /**
   * That a unit does while one byte comes from where all units' data lies: 130 of its 10^9 a second
   * against 12 GB/s, measured on a 2-core AVX-512 CPU; GPUs have about as many.
   */
  private static final double FMAS_PER_BYTE = 10;

  /**
   * Share of a cache that one work-group's own data may fill: what streams through needs the rest.
   */
  private static final double CACHE_SHARE = 0.75;

  /** The cost of a tuning that the kernel admits. */
  double of(Tuning tuning) {
    Tiling tiling = kernel.tiling(spec, device, tuning);
    Footprint footprint = kernel.footprint(spec, device, tuning);
    long tiles = tiling.visited(spec, blockMap);
    double dims = (double) spec.headDim() + spec.valueDim();
    double pairs = pairs(tiling, tiles, footprint.keyStep());
    // Every tile of keys, but for a block's first, rescales the block's rows of O.
    double rescaling = (double) tiles * tiling.queries() * spec.valueDim();
    double products = pairs * dims * Math.max(1, footprint.loadsPerFma());
    double arithmetic = (products + pairs * SOFTMAX_FMAS + rescaling) * spill(footprint);
    double memory = FMAS_PER_BYTE * footprint.movedBytes() / 8; // prefetched beside the arithmetic
    return Math.max(arithmetic, memory) * imbalance(footprint);
  }

  /** That are computed, padding included. */
  private double pairs(Tiling tiling, long tiles, int keyStep) {
    if (tiling.queries() == 0) {
      return (double) spec.rows() * spec.kvLength();
    }
    if (keyStep == 0) {
      return (double) tiles * tiling.queries() * tiling.keys();
    }
    Tiling steps =
        new Tiling(tiling.queries(), keyStep, tiling.packsHeads(), tiling.readsBlockMap());
    return (double) steps.visited(spec, blockMap) * tiling.queries() * keyStep;
  }

  /** The last round of work-groups may leave most compute units idle. */
  private double imbalance(Footprint footprint) {
    int units = Math.max(1, device.computeUnits());
    return footprint.groups() == 0
        ? 1
        : (double) Math.ceilDiv(footprint.groups(), units) * units / footprint.groups();
  }

  /**
   * What a work-group goes through again and again must come from a core's own cache, on devices
   * that have no local memory but caches; past it, in proportion to what does not fit.
   */
  private double spill(Footprint footprint) {
    if (device.kind() != DeviceInfo.Kind.CPU || device.caches().size() < 2) {
      return 1;
    }
    CacheLevel own = device.caches().get(1);
    double room = CACHE_SHARE * own.bytes() / Math.max(1, device.computeUnits());
    return Math.max(1, footprint.groupBytes() / room);
  }
}
