package io.github.attn4j.bench.tune;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.bench.shape.Shape;
import io.github.attn4j.core.kernel.CacheLevel;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.Footprint;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.Support;
import io.github.attn4j.core.kernel.Tiling;
import io.github.attn4j.core.kernel.Tuning;
import io.github.attn4j.core.spec.AttentionSpec;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CostModelTest {
  private static final AttentionSpec SPEC = Shape.square(8, 512, 64, "full").spec();

  /** As the CPU is on which the tunings that ship were measured. */
  private static final DeviceInfo CPU =
      new DeviceInfo(
          "opencl",
          0,
          "a CPU with AVX-512",
          DeviceInfo.Kind.CPU,
          "3.1",
          2,
          8L << 30,
          512 << 10,
          4096,
          List.of(
              new CacheLevel("L1", 64 << 10),
              new CacheLevel("L2", 2 << 20),
              new CacheLevel("L3", 32 << 20)),
          Map.of());

  /** A kernel that says of itself what a test wants to know the cost of. */
  private record Scripted(Footprint footprint) implements KernelVariant {
    @Override
    public String name() {
      return "SCRIPTED";
    }

    @Override
    public String backend() {
      return "opencl";
    }

    @Override
    public Support supports(AttentionSpec spec, DeviceInfo device) {
      return Support.yes();
    }

    @Override
    public Tiling tiling(AttentionSpec spec, DeviceInfo device, Tuning tuning) {
      return new Tiling(32, 64);
    }

    @Override
    public Footprint footprint(AttentionSpec spec, DeviceInfo device, Tuning tuning) {
      return footprint;
    }

    @Override
    public long scratchBytes(AttentionSpec spec, DeviceInfo device, Tuning tuning) {
      return 0;
    }

    @Override
    public String scratchFormula() {
      return "0";
    }
  }

  private static double cost(long groups, long groupBytes, long movedBytes, double loadsPerFma) {
    return of(new Scripted(new Footprint(groups, groupBytes, movedBytes, loadsPerFma, 0)), SPEC)
        .of(Tuning.NONE);
  }

  private static CostModel of(KernelVariant kernel, AttentionSpec spec) {
    return new CostModel(
        kernel,
        spec,
        CPU,
        () -> {
          throw new AssertionError("a full mask has no block map");
        });
  }

  @Test
  void moreLoadsForEachMultiplyAddAreNeverFaster() {
    for (long moved : new long[] {0, 1 << 20, 1L << 36}) {
      double before = 0;
      for (double loads = 0; loads <= 4; loads += 0.125) {
        double cost = cost(128, 1 << 16, moved, loads);
        assertThat(cost).as("%s loads, %d bytes", loads, moved).isGreaterThanOrEqualTo(before);
        before = cost;
      }
    }
    // Two loads and two multiplications a cycle: above one they count, up to it they do not.
    assertThat(cost(128, 1 << 16, 0, 1)).isEqualTo(cost(128, 1 << 16, 0, 0.5));
    assertThat(cost(128, 1 << 16, 0, 2)).isGreaterThan(1.5 * cost(128, 1 << 16, 0, 1));
  }

  @Test
  void moreMovedBytesAreNeverFaster() {
    for (double loads : new double[] {0, 1, 3}) {
      double before = 0;
      for (long moved = 1; moved < 1L << 40; moved *= 2) {
        double cost = cost(128, 1 << 16, moved, loads);
        assertThat(cost).as("%d bytes, %s loads", moved, loads).isGreaterThanOrEqualTo(before);
        before = cost;
      }
      // Prefetched beside the arithmetic while they are few; what bounds it once they are many.
      assertThat(cost(128, 1 << 16, 1 << 20, loads)).isEqualTo(cost(128, 1 << 16, 0, loads));
      assertThat(cost(128, 1 << 16, 1L << 41, loads)).isEqualTo(2 * before * 2);
    }
  }

  @Test
  void aWorkGroupThatOutgrowsItsCoresCacheAndARoundThatLeavesUnitsIdleCost() {
    assertThat(cost(128, 2 << 20, 0, 1)).isGreaterThan(1.5 * cost(128, 1 << 19, 0, 1));
    assertThat(cost(129, 0, 0, 1)).isGreaterThan(cost(128, 0, 0, 1));
    assertThat(cost(1, 0, 0, 1)).isEqualTo(2 * cost(2, 0, 0, 1));
  }

  /**
   * One vector of queries leaves no lane idle for 16 queries, where it was measured 1.12 times as
   * fast as two tiles of two (kernels/opencl/tuning/pocl-avx512.json); for many queries two vectors
   * share each load of K and V, and nothing beat them.
   */
  @Test
  void twoTuningsOfWhichTheFasterIsKnownComeInThatOrder() {
    KernelVariant kernel = new Backends().kernel("opencl:flash_query_lanes");
    Tuning oneVector = Tuning.parse("BLOCK_KV=32 QUERY_TILES=1 QUERY_VECTORS=1");
    Tuning twoVectors = Tuning.parse("BLOCK_KV=128 QUERY_TILES=2 QUERY_VECTORS=2");
    CostModel few = of(kernel, Shape.square(8, 16, 64, "full").spec());
    CostModel many = of(kernel, SPEC);
    assertThat(few.of(oneVector)).isLessThan(few.of(twoVectors));
    assertThat(many.of(twoVectors)).isLessThan(many.of(oneVector));
  }
}
