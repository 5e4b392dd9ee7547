package io.github.attn4j.opencl;

import io.github.attn4j.core.blockmap.BlockSize;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.Support;
import io.github.attn4j.core.kernel.Tuning;
import io.github.attn4j.core.kernel.TuningParameter;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.Layout;
import io.github.attn4j.core.spec.ScoreModifier;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * How kernels/opencl/attention/flash.cl cuts its work up; the header there says what each number
 * costs and brings.
 *
 * @param blockQueries queries of a work-group
 * @param blockKeys keys of a tile
 * @param itemRows rows of queries that an item holds in both products
 * @param xItems items side by side, each with its share of a tile's keys and of V's columns
 * @param sliceDims dimensions of K in local memory at a time, twice
 * @param sliceKeys keys of V in local memory at a time, twice
 * @param keepsQueries whether the block of Q stays in local memory
 */
record FlashTiles(
    int blockQueries,
    int blockKeys,
    int itemRows,
    int xItems,
    int sliceDims,
    int sliceKeys,
    boolean keepsQueries) {

  private static final String BLOCK_Q = "BLOCK_Q";
  private static final String BLOCK_KV = "BLOCK_KV";
  private static final String ITEM_ROWS = "ITEM_ROWS";
  private static final String X_ITEMS = "X_ITEMS";
  private static final String SLICE_DIMS = "SLICE_DIMS";
  private static final String SLICE_KEYS = "SLICE_KEYS";
  private static final String KEEP_QUERIES = "KEEP_QUERIES";

  /** The least work-group and the least local memory of all. */
  private static final FlashTiles LEAST = new FlashTiles(16, 32, 4, 8, 16, 8, false);

  static final List<TuningParameter> PARAMETERS =
      List.of(
          TuningParameter.of(BLOCK_Q, "queries of a work-group", 16, 32, 64, 128),
          TuningParameter.of(BLOCK_KV, "keys of a tile", 32, 64, 128),
          TuningParameter.of(ITEM_ROWS, "queries of an item", 4, 8),
          TuningParameter.of(X_ITEMS, "items that share a row", 8, 16),
          TuningParameter.of(SLICE_DIMS, "dimensions of K in local memory", 16, 32, 64),
          TuningParameter.of(SLICE_KEYS, "keys of V in local memory", 8, 16, 32, 64),
          TuningParameter.of(KEEP_QUERIES, "1 if Q stays in local memory", 0, 1));

  static FlashTiles of(Tuning tuning) {
    return new FlashTiles(
        tuning.get(BLOCK_Q),
        tuning.get(BLOCK_KV),
        tuning.get(ITEM_ROWS),
        tuning.get(X_ITEMS),
        tuning.get(SLICE_DIMS),
        tuning.get(SLICE_KEYS),
        tuning.get(KEEP_QUERIES) == 1);
  }

  Tuning tuning() {
    return Tuning.of(
        Map.of(
            BLOCK_Q,
            blockQueries,
            BLOCK_KV,
            blockKeys,
            ITEM_ROWS,
            itemRows,
            X_ITEMS,
            xItems,
            SLICE_DIMS,
            sliceDims,
            SLICE_KEYS,
            sliceKeys,
            KEEP_QUERIES,
            keepsQueries ? 1 : 0));
  }

  /** What suits the device best, then what asks less of it. */
  static List<FlashTiles> inOrder(AttentionSpec spec, DeviceInfo device) {
    List<FlashTiles> best = device.kind() == DeviceInfo.Kind.GPU ? gpu(spec, device) : other(spec);
    return Stream.concat(
            best.stream(),
            Stream.of(
                new FlashTiles(32, 64, 4, 8, 16, 8, false),
                new FlashTiles(32, 32, 4, 8, 16, 8, false),
                LEAST))
        .toList();
  }

  /**
   * By arithmetic and by ptxas, none measured yet. NVIDIA: the largest blocks an item that need no
   * more than 255 registers. Others have a quarter of the local memory for each lane, or half the
   * registers: blocks of 4 x 4 fill their units with more items instead.
   */
  private static List<FlashTiles> gpu(AttentionSpec spec, DeviceInfo device) {
    String vendor = device.details().getOrDefault("vendor", "").toLowerCase(Locale.ROOT);
    if (vendor.contains("advanced micro devices")
        || vendor.contains("amd")
        || vendor.contains("intel")) {
      return List.of(new FlashTiles(64, 64, 4, 16, 16, 16, false));
    }
    int dim = Math.max(spec.headDim(), spec.valueDim());
    boolean asksExpressions =
        spec.canonicalMask().expression() != null
            || spec.scoreModifier() instanceof ScoreModifier.Expression;
    if (dim <= 64 && !asksExpressions) {
      return List.of(new FlashTiles(64, 64, 8, 8, 16, 16, true));
    }
    return List.of(
        dim <= 128
            ? new FlashTiles(64, 64, 8, 16, 16, 16, false)
            : new FlashTiles(32, 64, 4, 16, 16, 8, false));
  }

  /**
   * For PoCL, where every barrier takes what items hold through memory: slices as long as may be
   * (64 dimensions instead of 16 take 0.8 of the time at D = 64 and 0.5 at D = 128), and 4 x 4
   * scores an item, which compile in half the time of 8 x 8. Tiles of 64 keys are 0.85 and 1.13 of
   * that, but interpreters take twice as long for the many short inputs of a grid.
   */
  private static List<FlashTiles> other(AttentionSpec spec) {
    int dims = 64;
    while (dims > 16 && Math.ceilDiv(spec.headDim(), dims) * dims >= spec.headDim() + 16) {
      dims /= 2;
    }
    return List.of(
        new FlashTiles(64, 32, 4, 8, dims, 32, true), new FlashTiles(64, 64, 4, 8, 16, 16, false));
  }

  /** Work-items of a group. */
  int items() {
    return xItems * rowsOfItems();
  }

  private int rowsOfItems() {
    return blockQueries / itemRows;
  }

  /** What the kernel's own checks ask for: whole vectors, and as many for each item. */
  Support shape() {
    if (blockKeys % (4 * xItems) != 0 || rowsOfItems() % 4 != 0) {
      return Support.no(
          "%d x %d scores cannot be cut into blocks of %d rows with %d items a row"
              .formatted(blockQueries, blockKeys, itemRows, xItems));
    }
    if (blockKeys % sliceKeys != 0) {
      return Support.no(
          "slices of %d keys of V do not divide tiles of %d".formatted(sliceKeys, blockKeys));
    }
    if (blockKeys * sliceDims % (4 * items()) != 0
        || (!keepsQueries && blockQueries * sliceDims % (4 * items()) != 0)
        || sliceKeys % rowsOfItems() != 0) {
      return Support.no(
          "%d items cannot fetch as many vectors each of slices of %d dimensions and %d keys"
              .formatted(items(), sliceDims, sliceKeys));
    }
    return Support.yes();
  }

  /** Along a block map, tiles lie within its blocks. */
  Support blocksOf(BlockSize size) {
    return size.queries() % blockQueries == 0 && size.keys() % blockKeys == 0
        ? Support.yes()
        : Support.no(
            "tiles of %d x %d do not divide the block map's blocks of %d x %d"
                .formatted(blockQueries, blockKeys, size.queries(), size.keys()));
  }

  /** The formula in the kernel's header. */
  long localBytes(AttentionSpec spec) {
    int queryLine = blockQueries + 4;
    int keySlice = sliceDims * (blockKeys + 4 + (keepsQueries ? 0 : queryLine));
    int valueSlice = sliceKeys * Math.ceilDiv(spec.valueDim(), 4 * xItems) * 4 * xItems;
    int queries =
        keepsQueries ? Math.ceilDiv(spec.headDim(), sliceDims) * sliceDims * queryLine : 0;
    int weights = blockKeys * queryLine;
    int statistics = (2 * xItems + 2) * blockQueries;
    return 4L * (queries + 2L * Math.max(keySlice, valueSlice) + weights + statistics + 4);
  }

  /** What the program is specialised on besides dimensions and tuning. */
  static Map<String, Integer> defines(AttentionSpec spec, DeviceInfo device) {
    Map<String, Integer> defines = new TreeMap<>();
    defines.put(
        "ALIGNED_ROWS",
        Stream.of(spec.q(), spec.k(), spec.v(), spec.o()).allMatch(FlashTiles::hasAlignedRows)
            ? 1
            : 0);
    if (device.kind() != DeviceInfo.Kind.GPU) {
      // Loops unrolled as a whole run no faster on PoCL and take 0.9 s more to compile.
      defines.put("UNROLL", 4);
    }
    return defines;
  }

  private static boolean hasAlignedRows(Layout layout) {
    return (layout.offset() | layout.batchStride() | layout.headStride() | layout.rowStride()) % 4
        == 0;
  }
}
