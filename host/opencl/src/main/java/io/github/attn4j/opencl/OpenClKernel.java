package io.github.attn4j.opencl;

import io.github.attn4j.core.blockmap.BlockSize;
import io.github.attn4j.core.expression.MaskExpression;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.Support;
import io.github.attn4j.core.kernel.Tiling;
import io.github.attn4j.core.spec.AttentionSpec;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Every attention kernel written in OpenCL C: one constant for each file in
 * kernels/opencl/attention. A constant says what it launches, and whatever of the methods below
 * does not hold for it.
 */
public enum OpenClKernel implements KernelVariant {
  /** Scores in memory, softmax, weighted sum: three kernels, any spec. */
  NAIVE(true) {
    @Override
    List<Stage> stages(AttentionSpec spec, DeviceInfo device) {
      long heads = heads(spec);
      return List.of(
          Stage.of(
              "naive_scores", new long[] {16, 4, 1}, spec.kvLength(), spec.queryLength(), heads),
          Stage.of("naive_softmax", new long[] {16, 1}, spec.queryLength(), heads),
          Stage.of(
              "naive_output", new long[] {16, 4, 1}, spec.valueDim(), spec.queryLength(), heads));
    }

    /** A hidden pair costs an item that ends at once, and its score. */
    @Override
    public Tiling tiling(AttentionSpec spec, DeviceInfo device) {
      return new Tiling(1, 1);
    }

    @Override
    Map<String, Integer> defines(AttentionSpec spec, DeviceInfo device) {
      return Map.of(); // everything at run time: one program serves every spec
    }
  },

  /** The same three passes, products on tiles in local memory. */
  TILED_THREE_PASS(true) {
    private static final int TILE = 64;
    private static final int SIDE = 16;

    @Override
    Support fits(AttentionSpec spec, DeviceInfo device) {
      return needsWorkGroup(SIDE * SIDE, device);
    }

    @Override
    List<Stage> stages(AttentionSpec spec, DeviceInfo device) {
      long heads = heads(spec);
      long[] square = {SIDE, SIDE, 1};
      long queries = tileItems(spec.queryLength());
      return List.of(
          Stage.of("tiled_three_pass_scores", square, tileItems(spec.kvLength()), queries, heads),
          Stage.of("tiled_three_pass_softmax", new long[] {64, 1}, 64L * spec.queryLength(), heads),
          Stage.of("tiled_three_pass_values", square, tileItems(spec.valueDim()), queries, heads));
    }

    @Override
    public Tiling tiling(AttentionSpec spec, DeviceInfo device) {
      return new Tiling(TILE, TILE);
    }

    private static long tileItems(int length) {
      return (long) Math.ceilDiv(length, TILE) * SIDE;
    }

    @Override
    Map<String, Integer> defines(AttentionSpec spec, DeviceInfo device) {
      return Map.of(); // everything at run time: one program serves every spec
    }
  },

  /** One pass over the keys, one work-item a row; no score matrix, no tiles. */
  ONLINE_SOFTMAX {
    @Override
    List<Stage> stages(AttentionSpec spec, DeviceInfo device) {
      return List.of(
          Stage.of("online_softmax", new long[] {16, 1}, spec.queryLength(), heads(spec)));
    }

    @Override
    public Tiling tiling(AttentionSpec spec, DeviceInfo device) {
      return new Tiling(1, 1);
    }
  },

  /** Fused, for GPUs: tiles in local memory, blocks of both products in registers. */
  FLASH {
    @Override
    Support fits(AttentionSpec spec, DeviceInfo device) {
      if (FlashTiles.of(spec, device).isPresent()) {
        return Support.yes();
      }
      FlashTiles least = FlashTiles.least(spec);
      return Support.no(
          "needs %d bytes of local memory and work-groups of %d; %s has %d and %d"
              .formatted(
                  least.localBytes(spec),
                  least.items(),
                  device.name(),
                  device.localBytes(),
                  device.largestWorkGroup()));
    }

    @Override
    List<Stage> stages(AttentionSpec spec, DeviceInfo device) {
      FlashTiles tiles = FlashTiles.of(spec, device).orElseThrow();
      // Along a block map a row of its blocks is taken as a whole.
      int together = hasBlockMap(spec) ? BlockSize.STANDARD.queries() : tiles.blockQueries();
      long blocks =
          (long) Math.ceilDiv(spec.queryLength(), together) * (together / tiles.blockQueries());
      return List.of(
          Stage.of("flash", new long[] {tiles.items(), 1}, blocks * tiles.items(), heads(spec)));
    }

    @Override
    public Tiling tiling(AttentionSpec spec, DeviceInfo device) {
      FlashTiles tiles = FlashTiles.of(spec, device).orElseThrow();
      return new Tiling(tiles.blockQueries(), tiles.blockKeys()).alongBlockMap();
    }

    @Override
    Map<String, Integer> defines(AttentionSpec spec, DeviceInfo device) {
      Map<String, Integer> defines = new TreeMap<>(super.defines(spec, device));
      defines.putAll(FlashTiles.of(spec, device).orElseThrow().defines(spec));
      return defines;
    }
  },

  /**
   * Fused, for CPU devices: vector lanes are queries, keys and values are broadcast; no score
   * matrix.
   */
  FLASH_QUERY_LANES {
    private static final int LANES = 16;
    private static final int QUERY_VECTORS = 2;
    private static final int BLOCK_KV = 128;
    private static final int QUERY_TILES = 2;
    private static final int LARGEST_DIM = 256;

    @Override
    Support fits(AttentionSpec spec, DeviceInfo device) {
      if (device.kind() != DeviceInfo.Kind.CPU) {
        return Support.no(
            "made for CPU devices: its private arrays of 64 queries would spill on "
                + device.name());
      }
      if (spec.headDim() > LARGEST_DIM || spec.valueDim() > LARGEST_DIM) {
        return Support.no("its private arrays are sized for D and Dv up to " + LARGEST_DIM);
      }
      return Support.yes();
    }

    @Override
    List<Stage> stages(AttentionSpec spec, DeviceInfo device) {
      long blocks = Math.ceilDiv(spec.queryLength(), LANES * QUERY_VECTORS * QUERY_TILES);
      return List.of(Stage.of("flash_query_lanes", new long[] {1}, blocks * heads(spec)));
    }

    @Override
    public Tiling tiling(AttentionSpec spec, DeviceInfo device) {
      return new Tiling(LANES * QUERY_VECTORS, BLOCK_KV).alongBlockMap();
    }

    @Override
    Map<String, Integer> defines(AttentionSpec spec, DeviceInfo device) {
      Map<String, Integer> defines = new TreeMap<>(super.defines(spec, device));
      defines.put("BLOCK_KV", BLOCK_KV);
      defines.put("QUERY_VECTORS", QUERY_VECTORS);
      defines.put("QUERY_TILES", QUERY_TILES);
      return defines;
    }
  };

  /** Whether the score matrix goes through memory, as it does where passes are launches. */
  private final boolean keepsScores;

  OpenClKernel() {
    this(false);
  }

  OpenClKernel(boolean keepsScores) {
    this.keepsScores = keepsScores;
  }

  /**
   * One kernel launch. Lengths go along dimension 0, or several items a work-group along another:
   * there GPUs take at most 65,535 work-groups.
   *
   * @param kernel name in the program
   * @param global global work size, a multiple of the local one
   * @param local work-group size
   */
  @SuppressWarnings("ArrayRecordComponent") // handed to the OpenCL API as it is, never compared
  record Stage(String kernel, long[] global, long[] local) {
    /** Rounds the items up to whole work-groups; kernels guard their tails. */
    static Stage of(String kernel, long[] local, long... items) {
      long[] global = new long[items.length];
      for (int dimension = 0; dimension < items.length; dimension++) {
        global[dimension] = Math.ceilDiv(items[dimension], local[dimension]) * local[dimension];
      }
      return new Stage(kernel, global, local);
    }
  }

  /** The constant with this id. */
  static OpenClKernel byId(String id) {
    for (OpenClKernel kernel : values()) {
      if (kernel.id().equals(id)) {
        return kernel;
      }
    }
    throw new IllegalArgumentException("no OpenCL kernel '" + id + "'");
  }

  @Override
  public String backend() {
    return OpenClBackend.ID;
  }

  /** The file below kernels/opencl. */
  String file() {
    return "attention/" + id() + ".cl";
  }

  @Override
  public final Support supports(AttentionSpec spec, DeviceInfo device) {
    MaskExpression mask = spec.canonicalMask().expression();
    // A score that is off by as little as that stays within its error budget; a pair does not.
    if (mask != null && mask.dividesFloats() && !OpenClDevice.dividesAsTheHost(device)) {
      return Support.no(
          "%s divides floats, and %s does not round quotients correctly: it may see other pairs than the reference. Compare products instead"
              .formatted(spec.mask().label(), device.name()));
    }
    if (mask != null && mask.comparesFloats() && !OpenClDevice.keepsDenormals(device)) {
      return Support.no(
          "%s compares floats, and %s takes the smallest ones for 0: it may see other pairs than the reference. Compare ints instead"
              .formatted(spec.mask().label(), device.name()));
    }
    return fits(spec, device);
  }

  /** Whether the device has room for what the kernel keeps of a spec. */
  Support fits(AttentionSpec spec, DeviceInfo device) {
    return Support.yes();
  }

  /** Launches, in order. */
  abstract List<Stage> stages(AttentionSpec spec, DeviceInfo device);

  /**
   * What the program is specialised on: few things, since each combination costs a compilation.
   * Unless a constant says otherwise, the two dimensions that size private arrays.
   */
  Map<String, Integer> defines(AttentionSpec spec, DeviceInfo device) {
    return Map.of("HEAD_DIM", spec.headDim(), "VALUE_DIM", spec.valueDim());
  }

  @Override
  public boolean keepsScores() {
    return keepsScores;
  }

  @Override
  public long scratchBytes(AttentionSpec spec, DeviceInfo device) {
    return keepsScores ? Math.multiplyExact(4L * spec.rows(), spec.kvLength()) : 0;
  }

  @Override
  public String scratchFormula() {
    return keepsScores ? "4*B*Hq*Sq*Skv" : "0";
  }

  /** Build options: those of all that asks expressions, and the defines. */
  String buildOptions(AttentionSpec spec, DeviceInfo device, SequenceWords sequences) {
    StringBuilder options = new StringBuilder(Programs.options(sequences.dividesFloats(), device));
    new TreeMap<>(defines(spec, device))
        .forEach((name, value) -> options.append(" -D").append(name).append('=').append(value));
    return options.toString();
  }

  private static boolean hasBlockMap(AttentionSpec spec) {
    return spec.canonicalMask().expression() != null;
  }

  private static long heads(AttentionSpec spec) {
    return (long) spec.batch() * spec.queryHeads();
  }

  private static Support needsWorkGroup(int items, DeviceInfo device) {
    return device.largestWorkGroup() >= items
        ? Support.yes()
        : Support.no(
            "needs work-groups of %d items; %s has at most %d"
                .formatted(items, device.name(), device.largestWorkGroup()));
  }
}
