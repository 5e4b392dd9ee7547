package io.github.attn4j.opencl;

import io.github.attn4j.core.blockmap.BlockSize;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.Footprint;
import io.github.attn4j.core.kernel.StorageForms;
import io.github.attn4j.core.kernel.Support;
import io.github.attn4j.core.kernel.Tiling;
import io.github.attn4j.core.kernel.Tuning;
import io.github.attn4j.core.kernel.TuningParameter;
import io.github.attn4j.core.spec.AttentionSpec;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Every attention kernel written in OpenCL C: one constant for each file in
 * kernels/opencl/attention. A constant says what it launches, and whatever of the methods below
 * does not hold for it.
 */
public enum OpenClKernel implements OpenClVariant {
  /** Scores in memory, softmax, weighted sum: three kernels, any spec. */
  NAIVE(true) {
    @Override
    List<Stage> stages(AttentionSpec spec, DeviceInfo device, Tuning tuning) {
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
    public Tiling tiling(AttentionSpec spec, DeviceInfo device, Tuning tuning) {
      return new Tiling(1, 1);
    }

    @Override
    Map<String, Integer> defines(AttentionSpec spec, DeviceInfo device, Tuning tuning) {
      return Map.of(); // everything at run time: one program serves every spec
    }
  },

  /** The same three passes, products on tiles in local memory. */
  TILED_THREE_PASS(true) {
    private static final int TILE = 64;
    private static final int SIDE = 16;

    @Override
    Support fits(AttentionSpec spec, DeviceInfo device, Tuning tuning) {
      return needsWorkGroup(SIDE * SIDE, device);
    }

    @Override
    List<Stage> stages(AttentionSpec spec, DeviceInfo device, Tuning tuning) {
      long heads = heads(spec);
      long[] square = {SIDE, SIDE, 1};
      long queries = tileItems(spec.queryLength());
      return List.of(
          Stage.of("tiled_three_pass_scores", square, tileItems(spec.kvLength()), queries, heads),
          Stage.of("tiled_three_pass_softmax", new long[] {64, 1}, 64L * spec.queryLength(), heads),
          Stage.of("tiled_three_pass_values", square, tileItems(spec.valueDim()), queries, heads));
    }

    @Override
    public Tiling tiling(AttentionSpec spec, DeviceInfo device, Tuning tuning) {
      return new Tiling(TILE, TILE);
    }

    private static long tileItems(int length) {
      return (long) Math.ceilDiv(length, TILE) * SIDE;
    }

    @Override
    Map<String, Integer> defines(AttentionSpec spec, DeviceInfo device, Tuning tuning) {
      return Map.of(); // everything at run time: one program serves every spec
    }
  },

  /** One pass over the keys, one work-item a row; no score matrix, no tiles. */
  ONLINE_SOFTMAX {
    @Override
    List<Stage> stages(AttentionSpec spec, DeviceInfo device, Tuning tuning) {
      return List.of(
          Stage.of("online_softmax", new long[] {16, 1}, spec.queryLength(), heads(spec)));
    }

    @Override
    public Tiling tiling(AttentionSpec spec, DeviceInfo device, Tuning tuning) {
      return new Tiling(1, 1);
    }
  },

  /** Fused, for GPUs: tiles in local memory, blocks of both products in registers. */
  FLASH {
    @Override
    public List<TuningParameter> tuningParameters() {
      return FlashTiles.PARAMETERS;
    }

    /** What suits the device's vendor, or the largest that it has room for. */
    @Override
    public Tuning defaultTuning(AttentionSpec spec, DeviceInfo device) {
      return FlashTiles.inOrder(spec, device).stream()
          .map(FlashTiles::tuning)
          .filter(tuning -> fits(spec, device, tuning) instanceof Support.Yes)
          .findFirst()
          .orElseGet(() -> FlashTiles.inOrder(spec, device).getLast().tuning());
    }

    @Override
    Support fits(AttentionSpec spec, DeviceInfo device, Tuning tuning) {
      FlashTiles tiles = FlashTiles.of(tuning);
      if (tiles.shape() instanceof Support.No no) {
        return no;
      }
      if (hasBlockMap(spec) && tiles.blocksOf(BlockSize.STANDARD) instanceof Support.No no) {
        return no;
      }
      return tiles.localBytes(spec) <= device.localBytes()
              && tiles.items() <= device.largestWorkGroup()
          ? Support.yes()
          : Support.no(
              "needs %d bytes of local memory and work-groups of %d; %s has %d and %d; smaller BLOCK_Q and BLOCK_KV need less, opencl:online_softmax none"
                  .formatted(
                      tiles.localBytes(spec),
                      tiles.items(),
                      device.name(),
                      device.localBytes(),
                      device.largestWorkGroup()));
    }

    /** Rows and keys of an item's block of scores: each read once for the other's. */
    @Override
    InnerLoops innerLoops(AttentionSpec spec, DeviceInfo device, Tuning tuning) {
      FlashTiles tiles = FlashTiles.of(tuning);
      return new InnerLoops(
          tiles.localBytes(spec),
          1.0 / tiles.itemRows() + (double) tiles.xItems() / tiles.blockKeys(),
          0);
    }

    @Override
    List<Stage> stages(AttentionSpec spec, DeviceInfo device, Tuning tuning) {
      FlashTiles tiles = FlashTiles.of(tuning);
      // Along a block map a row of its blocks is taken as a whole.
      int together = hasBlockMap(spec) ? BlockSize.STANDARD.queries() : tiles.blockQueries();
      long blocks =
          (long) Math.ceilDiv(spec.queryLength(), together) * (together / tiles.blockQueries());
      return List.of(
          Stage.of("flash", new long[] {tiles.items(), 1}, blocks * tiles.items(), heads(spec)));
    }

    @Override
    public Tiling tiling(AttentionSpec spec, DeviceInfo device, Tuning tuning) {
      FlashTiles tiles = FlashTiles.of(tuning);
      return new Tiling(tiles.blockQueries(), tiles.blockKeys()).alongBlockMap();
    }

    @Override
    Map<String, Integer> defines(AttentionSpec spec, DeviceInfo device, Tuning tuning) {
      Map<String, Integer> defines = new TreeMap<>(super.defines(spec, device, tuning));
      defines.putAll(FlashTiles.defines(spec, device));
      return defines;
    }
  },

  /**
   * Fused, for CPU devices: vector lanes are queries, keys and values are broadcast; no score
   * matrix.
   */
  FLASH_QUERY_LANES {
    @Override
    public List<TuningParameter> tuningParameters() {
      return QueryLanes.PARAMETERS;
    }

    @Override
    public Tuning defaultTuning(AttentionSpec spec, DeviceInfo device) {
      return QueryLanes.defaultTuning(spec, device);
    }

    @Override
    Support fits(AttentionSpec spec, DeviceInfo device, Tuning tuning) {
      return QueryLanes.of(tuning).fits(spec, device);
    }

    @Override
    InnerLoops innerLoops(AttentionSpec spec, DeviceInfo device, Tuning tuning) {
      return QueryLanes.of(tuning).innerLoops(spec);
    }

    @Override
    List<Stage> stages(AttentionSpec spec, DeviceInfo device, Tuning tuning) {
      long blocks = QueryLanes.of(tuning).blocks(spec);
      return List.of(Stage.of("flash_query_lanes", new long[] {1}, blocks * heads(spec)));
    }

    @Override
    public Tiling tiling(AttentionSpec spec, DeviceInfo device, Tuning tuning) {
      return QueryLanes.of(tuning).tiling();
    }
  },

  /** Fused, for NVIDIA's tensor cores: 16-bit Q, K and V, sums in float32. */
  FLASH_MMA {
    @Override
    public List<TuningParameter> tuningParameters() {
      return MmaTiles.PARAMETERS;
    }

    @Override
    public Tuning defaultTuning(AttentionSpec spec, DeviceInfo device) {
      return MmaTiles.defaultTuning(spec);
    }

    @Override
    Support fits(AttentionSpec spec, DeviceInfo device, Tuning tuning) {
      return MmaTiles.fits(spec, device, tuning);
    }

    @Override
    InnerLoops innerLoops(AttentionSpec spec, DeviceInfo device, Tuning tuning) {
      return MmaTiles.of(tuning).innerLoops(spec, device);
    }

    @Override
    List<Stage> stages(AttentionSpec spec, DeviceInfo device, Tuning tuning) {
      return List.of(MmaTiles.of(tuning).stage(spec));
    }

    @Override
    public Tiling tiling(AttentionSpec spec, DeviceInfo device, Tuning tuning) {
      MmaTiles tiles = MmaTiles.of(tuning);
      return new Tiling(tiles.blockQueries(), tiles.blockKeys()).alongBlockMap();
    }

    @Override
    Map<String, Integer> defines(AttentionSpec spec, DeviceInfo device, Tuning tuning) {
      Map<String, Integer> defines = super.defines(spec, device, tuning);
      defines.putAll(MmaTiles.defines(spec, device));
      return defines;
    }
  },

  /**
   * Fused, for few queries on any device: the heads of a group share what is read of keys and
   * values, whose parts go to as many work-groups as the device needs; a second kernel merges them.
   */
  FLASH_SPLIT_KV {
    @Override
    public List<TuningParameter> tuningParameters() {
      return KeySplit.PARAMETERS;
    }

    @Override
    public Tuning defaultTuning(AttentionSpec spec, DeviceInfo device) {
      return KeySplit.defaultTuning(spec, device);
    }

    @Override
    Support fits(AttentionSpec spec, DeviceInfo device, Tuning tuning) {
      return KeySplit.fits(spec, device, tuning);
    }

    @Override
    InnerLoops innerLoops(AttentionSpec spec, DeviceInfo device, Tuning tuning) {
      return KeySplit.innerLoops(spec, device, tuning);
    }

    @Override
    List<Stage> stages(AttentionSpec spec, DeviceInfo device, Tuning tuning) {
      KeySplit split = KeySplit.of(spec, device, tuning);
      Stage parts =
          Stage.of(
              "flash_split_kv",
              new long[] {split.items(), 1},
              split.blocks() * split.parts() * split.items(),
              (long) spec.batch() * spec.kvHeads());
      if (!split.merges()) {
        return List.of(parts);
      }
      int items = split.mergeItems();
      long mergers = (long) spec.queryLength() * items;
      Stage merge = Stage.of("flash_split_kv_merge", new long[] {items, 1}, mergers, heads(spec));
      return List.of(parts, merge);
    }

    @Override
    int keyParts(AttentionSpec spec, DeviceInfo device, Tuning tuning) {
      return KeySplit.of(spec, device, tuning).parts();
    }

    @Override
    public Tiling tiling(AttentionSpec spec, DeviceInfo device, Tuning tuning) {
      int rows = KeySplit.skippedRows(device, tuning);
      return new Tiling(rows, tuning.get(BLOCK_KV), true);
    }

    @Override
    Map<String, Integer> defines(AttentionSpec spec, DeviceInfo device, Tuning tuning) {
      Map<String, Integer> defines = super.defines(spec, device, tuning);
      defines.remove(KeySplit.GROUPS_PER_UNIT); // of the launch alone
      defines.put("ITEMS", KeySplit.items(device));
      return defines;
    }

    @Override
    public long scratchBytes(AttentionSpec spec, DeviceInfo device, Tuning tuning) {
      return KeySplit.of(spec, device, tuning).scratchBytes(spec);
    }

    @Override
    public String scratchFormula() {
      return "4*B*Hq*Sq*P*(Dv+2) for P > 1 parts of the keys, else 0; deterministic: for any P, of 1,024 keys each, as many as hold a key that some query of a sequence sees";
    }
  };

  /** Keys of a tile: parameter and macro. */
  private static final String BLOCK_KV = "BLOCK_KV";

  private static final Map<String, String> DIGESTS = new ConcurrentHashMap<>();

  /** Whether the score matrix goes through memory, as it does where passes are launches. */
  private final boolean keepsScores;

  OpenClKernel() {
    this(false);
  }

  OpenClKernel(boolean keepsScores) {
    this.keepsScores = keepsScores;
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
    if (storageForms().takes(spec) instanceof Support.No no) {
      return no;
    }
    return OpenClVariant.seesAsTheHost(spec, device) instanceof Support.No no
        ? no
        : admits(defaultTuning(spec, device), spec, device);
  }

  @Override
  public final Support admits(Tuning tuning, AttentionSpec spec, DeviceInfo device) {
    if (OpenClVariant.super.admits(tuning, spec, device) instanceof Support.No no) {
      return no;
    }
    return OpenClVariant.ownTuningWhereDeterministic(this, tuning, spec, device)
            instanceof Support.No no
        ? no
        : fits(spec, device, tuning);
  }

  /** Whether the device has room for what the kernel, so tuned, keeps of a spec. */
  Support fits(AttentionSpec spec, DeviceInfo device, Tuning tuning) {
    return Support.yes();
  }

  /** Launches, in order. */
  abstract List<Stage> stages(AttentionSpec spec, DeviceInfo device, Tuning tuning);

  /**
   * What the program is specialised on: few things, since each combination costs a compilation.
   * Unless a constant says otherwise, the two dimensions that size private arrays, and the tuning,
   * whose parameters are macros.
   */
  Map<String, Integer> defines(AttentionSpec spec, DeviceInfo device, Tuning tuning) {
    Map<String, Integer> defines = new TreeMap<>(tuning.values());
    defines.put("HEAD_DIM", spec.headDim());
    defines.put("VALUE_DIM", spec.valueDim());
    return defines;
  }

  /** Parts that the keys of a row are split into; 1 in kernels that do not. */
  int keyParts(AttentionSpec spec, DeviceInfo device, Tuning tuning) {
    return 1;
  }

  @Override
  public String sourceDigest() {
    return DIGESTS.computeIfAbsent(file(), KernelSource::digest);
  }

  @Override
  public final Footprint footprint(AttentionSpec spec, DeviceInfo device, Tuning tuning) {
    return innerLoops(spec, device, tuning)
        .footprint(spec, stages(spec, device, tuning), tiling(spec, device, tuning));
  }

  /**
   * What the tuner's cost model is to know of a work-group's loops; nothing unless a constant says.
   */
  InnerLoops innerLoops(AttentionSpec spec, DeviceInfo device, Tuning tuning) {
    return InnerLoops.UNKNOWN;
  }

  @Override
  public StorageForms storageForms() {
    return switch (this) {
      case NAIVE, TILED_THREE_PASS, ONLINE_SOFTMAX, FLASH, FLASH_QUERY_LANES, FLASH_SPLIT_KV ->
          StorageForms.ALL;
      case FLASH_MMA -> MmaTiles.FORMS;
    };
  }

  @Override
  public boolean keepsScores() {
    return keepsScores;
  }

  @Override
  public long scratchBytes(AttentionSpec spec, DeviceInfo device, Tuning tuning) {
    return keepsScores ? Math.multiplyExact(4L * spec.rows(), spec.kvLength()) : 0;
  }

  @Override
  public String scratchFormula() {
    return keepsScores ? "4*B*Hq*Sq*Skv" : "0";
  }

  @Override
  public final LaunchPlan plan(
      AttentionSpec spec, DeviceInfo device, Tuning tuning, SequenceWords sequences) {
    return new LaunchPlan(
        new ProgramOrigin.Shipped(file()),
        buildOptions(spec, device, tuning, sequences),
        stages(spec, device, tuning),
        keyParts(spec, device, tuning));
  }

  /** Build options: those of all that asks expressions, and the defines, storage's included. */
  String buildOptions(
      AttentionSpec spec, DeviceInfo device, Tuning tuning, SequenceWords sequences) {
    return LaunchPlan.options(defines(spec, device, tuning), spec, device, sequences);
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
