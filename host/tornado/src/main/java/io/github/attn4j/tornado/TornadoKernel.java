package io.github.attn4j.tornado;

import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.Support;
import io.github.attn4j.core.kernel.Tiling;
import io.github.attn4j.core.kernel.Tuning;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.kernels.tornado.Flash;
import io.github.attn4j.kernels.tornado.FlashLanes;
import io.github.attn4j.kernels.tornado.TiledThreePass;
import java.util.Arrays;
import java.util.List;

/**
 * Every attention kernel written in Java for TornadoVM: one constant for each class in
 * kernels/tornado that launches. A constant says what it launches over which items.
 */
public enum TornadoKernel implements KernelVariant {
  /** The definition as parallel loops. */
  NAIVE_PARALLEL(true) {
    private static final int FEWEST_QUERIES = 64;

    @Override
    List<Launch> launches(AttentionSpec spec, DeviceInfo device) {
      return List.of(Launch.loops("rows"));
    }

    @Override
    List<Integer> scalars(AttentionSpec spec, DeviceInfo device) {
      return List.of(rounded(heads(spec), 1), rounded(spec.queryLength(), FEWEST_QUERIES));
    }

    /**
     * Every number of heads or queries would be a compilation of its own: up to a quarter more of
     * each are launched, and return at once. Powers of two stay as they are.
     */
    private static int rounded(int count, int fewest) {
      if (count <= fewest) {
        return fewest;
      }
      int step = Math.max(1, Integer.highestOneBit(count - 1) / 4);
      return (int) Math.min(Integer.MAX_VALUE, (long) Math.ceilDiv(count, step) * step);
    }
  },

  /** Scores, softmax, weighted sum: three launches, products on tiles in local memory. */
  TILED_THREE_PASS(true) {
    @Override
    List<Launch> launches(AttentionSpec spec, DeviceInfo device) {
      int tile = TiledThreePass.TILE;
      int heads = heads(spec);
      return List.of(
          Launch.grid(
              "scores", new long[] {tile, tile, 1}, spec.kvLength(), spec.queryLength(), heads),
          Launch.grid("softmax", new long[] {64, 1, 1}, 64L * spec.queryLength(), heads, 1),
          Launch.grid(
              "values", new long[] {tile, tile, 1}, spec.valueDim(), spec.queryLength(), heads));
    }

    @Override
    Support groupFits(AttentionSpec spec, DeviceInfo device) {
      return needs(TiledThreePass.TILE * TiledThreePass.TILE, TiledThreePass.LOCAL_BYTES, device);
    }

    @Override
    public Tiling tiling(AttentionSpec spec, DeviceInfo device, Tuning tuning) {
      return new Tiling(TiledThreePass.TILE, TiledThreePass.TILE);
    }
  },

  /** One pass over the keys, one item a row. */
  ONLINE_SOFTMAX(false) {
    @Override
    List<Launch> launches(AttentionSpec spec, DeviceInfo device) {
      return List.of(
          Launch.grid("rows", new long[] {16, 1, 1}, spec.queryLength(), heads(spec), 1));
    }

    @Override
    public Tiling tiling(AttentionSpec spec, DeviceInfo device, Tuning tuning) {
      return new Tiling(1, 1);
    }
  },

  /**
   * Fused, online softmax: on CPU devices vectors of queries ({@link FlashLanes}), elsewhere tiles
   * in local memory ({@link Flash}).
   */
  FLASH(false) {
    private static final int[] BLOCKS = {64, 32, 16, 8, 4};

    @Override
    boolean packs(DeviceInfo device) {
      return device.kind() == DeviceInfo.Kind.CPU;
    }

    @Override
    long scratchElements(AttentionSpec spec, DeviceInfo device) {
      return packs(device)
          ? (long) FLOATS_A_VECTOR
              * heads(spec)
              * laneBlocks(spec)
              * FlashLanes.vectors(spec.headDim(), spec.valueDim())
          : 0;
    }

    @Override
    public String scratchFormula() {
      return "on CPU devices 128 B Hq ceil(Sq / %d) (D + Dv + %d), %s; elsewhere 0"
          .formatted(FlashLanes.QUERIES, 2 * FlashLanes.KEYS, ROUNDED);
    }

    private static int laneBlocks(AttentionSpec spec) {
      return Math.ceilDiv(spec.queryLength(), FlashLanes.QUERIES);
    }

    @Override
    List<Launch> launches(AttentionSpec spec, DeviceInfo device) {
      if (packs(device)) {
        return List.of(
            Launch.grid("lanes", new long[] {1, 1, 1}, laneBlocks(spec), heads(spec), 1));
      }
      int items = items(spec, device);
      return List.of(
          Launch.grid("tiles", new long[] {items, 1, 1}, spec.queryLength(), heads(spec), 1));
    }

    @Override
    List<Integer> scalars(AttentionSpec spec, DeviceInfo device) {
      return packs(device)
          ? List.of()
          : List.of(items(spec, device), rounded(spec.headDim()), rounded(spec.valueDim()));
    }

    private static int rounded(int dim) {
      return Math.ceilDiv(dim, Flash.STEP) * Flash.STEP;
    }

    /** The largest block of queries that the device has room for; 0 if none. */
    private static int items(AttentionSpec spec, DeviceInfo device) {
      for (int block : BLOCKS) {
        if (localBytes(spec, block) <= device.localBytes() && block <= device.largestWorkGroup()) {
          return block;
        }
      }
      return 0;
    }

    private static long localBytes(AttentionSpec spec, int items) {
      return Flash.localBytes(items, rounded(spec.headDim()), rounded(spec.valueDim()));
    }

    @Override
    Support groupFits(AttentionSpec spec, DeviceInfo device) {
      return packs(device)
          ? Support.yes()
          : needs(BLOCKS[BLOCKS.length - 1], localBytes(spec, BLOCKS[BLOCKS.length - 1]), device);
    }

    @Override
    public Tiling tiling(AttentionSpec spec, DeviceInfo device, Tuning tuning) {
      return packs(device)
          ? new Tiling(FlashLanes.QUERIES, FlashLanes.KEYS)
          : new Tiling(items(spec, device), Flash.KEYS);
    }
  };

  /** Elements of the largest Java array. */
  private static final long LARGEST_ARRAY = Integer.MAX_VALUE - 8;

  private static final int FLOATS_A_VECTOR = 16;

  /** What {@link DeviceArrays} does so that one plan serves many specs. */
  private static final String ROUNDED = "rounded up to 1 MiB, or to 4 MiB above that";

  private final boolean keepsScores;

  TornadoKernel(boolean keepsScores) {
    this.keepsScores = keepsScores;
  }

  /**
   * One launch.
   *
   * @param task its name in the task graph
   * @param global global work size, a multiple of the local one; empty where TornadoVM derives it
   *     from parallel loops
   * @param local work-group size; empty likewise
   */
  @SuppressWarnings("ArrayRecordComponent") // handed to the API as it is, never compared
  record Launch(String task, long[] global, long[] local) {
    /** Parallel loops, whose launch TornadoVM sizes. */
    static Launch loops(String task) {
      return new Launch(task, new long[0], new long[0]);
    }

    /**
     * Rounds the items up to whole work-groups, since TornadoVM runs nothing, and says nothing,
     * where a local size does not divide the global one.
     */
    static Launch grid(String task, long[] local, long... items) {
      long[] global = new long[items.length];
      for (int dimension = 0; dimension < items.length; dimension++) {
        global[dimension] = Math.ceilDiv(items[dimension], local[dimension]) * local[dimension];
      }
      return new Launch(task, global, local);
    }

    /**
     * Refuses what TornadoVM would not run, or would run in other groups, without a word.
     *
     * @throws IllegalStateException if a local size does not divide its global one, or a size is
     *     beyond what the device or TornadoVM's int can hold
     */
    void requireFits(DeviceInfo device) {
      long items = 1;
      for (int dimension = 0; dimension < global.length; dimension++) {
        items *= local[dimension];
        if (global[dimension] % local[dimension] != 0 || global[dimension] > Integer.MAX_VALUE) {
          throw new IllegalStateException(
              "launch %s: %s items do not divide into groups of %s, or are more than %,d a dimension"
                  .formatted(
                      task, Arrays.toString(global), Arrays.toString(local), Integer.MAX_VALUE));
        }
      }
      if (items > device.largestWorkGroup()) {
        throw new IllegalStateException(
            "launch %s: groups of %d items, but %s takes %d"
                .formatted(task, items, device.name(), device.largestWorkGroup()));
      }
    }
  }

  @Override
  public String backend() {
    return TornadoBackend.ID;
  }

  @Override
  public Support supports(AttentionSpec spec, DeviceInfo device) {
    if (storageForms().takes(spec) instanceof Support.No no) {
      return no;
    }
    if (Support.withoutExpressions(spec) instanceof Support.No no) {
      return no;
    }
    if (Support.withoutDeterminism(spec) instanceof Support.No no) {
      return no;
    }
    long scratch = scratchElements(spec, device);
    if (scratch > LARGEST_ARRAY) {
      return Support.no(
          "%s keeps %,d floats, more than the %,d elements of one Java array"
              .formatted(globalId(), scratch, LARGEST_ARRAY));
    }
    if ((long) spec.queryLength() + spec.kvLength() > Integer.MAX_VALUE) {
      return Support.no(
          "%s adds positions as int, and %,d queries with %,d keys go beyond"
              .formatted(globalId(), spec.queryLength(), spec.kvLength()));
    }
    return groupFits(spec, device);
  }

  /** Whether the device takes the kernel's work-groups. */
  Support groupFits(AttentionSpec spec, DeviceInfo device) {
    return Support.yes();
  }

  /** Launches, in order. */
  abstract List<Launch> launches(AttentionSpec spec, DeviceInfo device);

  /** What the compiled kernel is specialised on: scalars that TornadoVM bakes in. */
  List<Integer> scalars(AttentionSpec spec, DeviceInfo device) {
    return List.of();
  }

  @Override
  public boolean keepsScores() {
    return keepsScores;
  }

  /** Whether the kernel's scratch are vectors instead of floats. */
  boolean packs(DeviceInfo device) {
    return false;
  }

  /** Floats that the kernel keeps in memory between steps or launches. */
  long scratchElements(AttentionSpec spec, DeviceInfo device) {
    return keepsScores ? Math.multiplyExact((long) spec.rows(), spec.kvLength()) : 0;
  }

  @Override
  public long scratchBytes(AttentionSpec spec, DeviceInfo device, Tuning tuning) {
    long elements = scratchElements(spec, device);
    return elements == 0 ? 0 : Float.BYTES * DeviceArrays.rounded(elements);
  }

  @Override
  public String scratchFormula() {
    return keepsScores ? "4*B*Hq*Sq*Skv, " + ROUNDED : "0";
  }

  private static int heads(AttentionSpec spec) {
    return spec.batch() * spec.queryHeads();
  }

  private static Support needs(int items, long localBytes, DeviceInfo device) {
    return items <= device.largestWorkGroup() && localBytes <= device.localBytes()
        ? Support.yes()
        : Support.no(
            "needs %d bytes of local memory and work-groups of %d; %s has %d and %d"
                .formatted(
                    localBytes,
                    items,
                    device.name(),
                    device.localBytes(),
                    device.largestWorkGroup()));
  }
}
