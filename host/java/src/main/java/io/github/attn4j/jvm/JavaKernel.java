package io.github.attn4j.jvm;

import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.StorageForms;
import io.github.attn4j.core.kernel.Support;
import io.github.attn4j.core.kernel.Tiling;
import io.github.attn4j.core.kernel.Tuning;
import io.github.attn4j.core.spec.AttentionSpec;

/** The kernels of the JVM's own backend. */
public enum JavaKernel implements KernelVariant {
  /**
   * Fused attention with an online softmax, lanes are queries: FlashAttention-2 (Dao 2023,
   * Algorithm 1), one tile of queries a task; the rescaling of Milakov and Gimelshein 2018. Where
   * the mask is an expression, only the blocks of keys that its block map lists are visited, and
   * full ones without a test per pair.
   */
  FLASH;

  /** A tile's scratch is one array of up to 2^31 floats, and lanes are at most 128. */
  private static final int LARGEST_DIM = 1 << 23;

  @Override
  public String backend() {
    return JavaBackend.ID;
  }

  @Override
  public Support supports(AttentionSpec spec, DeviceInfo device) {
    if (!device.backend().equals(JavaBackend.ID)) {
      return Support.no(
          "%s runs on the JVM, not on a device of backend %s"
              .formatted(globalId(), device.backend()));
    }
    if (storageForms().takes(spec) instanceof Support.No no) {
      return no;
    }
    if (Support.withoutDeterminism(spec) instanceof Support.No no) {
      return no;
    }
    if (!JavaBackend.vectorsAvailable()) {
      return Support.no(new JavaBackend().missing().get(0));
    }
    int largest = Math.max(spec.headDim(), spec.valueDim());
    if (largest > LARGEST_DIM) {
      return Support.no(
          "a dimension of %,d does not fit a tile of one Java array: at most %,d"
              .formatted(largest, LARGEST_DIM));
    }
    return Support.yes();
  }

  @Override
  public StorageForms storageForms() {
    return StorageForms.ALL;
  }

  @Override
  public Tiling tiling(AttentionSpec spec, DeviceInfo device, Tuning tuning) {
    return new Tiling(MicroKernels.WIDTH, FlashTile.KEYS, true).alongBlockMap();
  }

  @Override
  public long scratchBytes(AttentionSpec spec, DeviceInfo device, Tuning tuning) {
    return JavaBackend.threads() * FlashTile.bytes(spec)
        + Integer.BYTES * FlashProblem.tileCount(spec);
  }

  @Override
  public String scratchFormula() {
    return ("threads * (4 W (D + ceil8(Dv) + N + 3 + (N if the mask is dense)) + 16 N + 12 W + 4 max(D, Dv)"
            + " + (4 N (D + Dv) unless K and V are f32 and on no pages)"
            + " + (12 W + 5 N with an expression) + (24 W where it is the mask's)) + 4 tiles; W = %d queries, N = %d keys, tiles = Hkv ceil(Sq Hq / Hkv / W) of each sequence")
        .formatted(MicroKernels.WIDTH, FlashTile.KEYS);
  }
}
