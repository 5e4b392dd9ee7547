package io.github.attn4j.opencl;

import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.Layout;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * How kernels/opencl/attention/flash.cl cuts its work up.
 *
 * @param blockQueries queries of a work-group
 * @param blockKeys keys of a tile
 * @param itemRows rows of queries that an item holds in both products, 8 or 4
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

  /** The first that the device has room for. */
  static Optional<FlashTiles> of(AttentionSpec spec, DeviceInfo device) {
    return inOrder(spec)
        .filter(tiles ->
            tiles.localBytes(spec) <= device.localBytes()
                && tiles.items() <= device.largestWorkGroup())
        .findFirst();
  }

  /** The one that asks least of a device. */
  static FlashTiles least(AttentionSpec spec) {
    return inOrder(spec).toList().getLast();
  }

  private static Stream<FlashTiles> inOrder(AttentionSpec spec) {
    int dim = Math.max(spec.headDim(), spec.valueDim());
    if (dim <= 64) {
      return Stream.of(
          new FlashTiles(64, 64, 8, 8, 16, 16, true), new FlashTiles(32, 32, 8, 8, 16, 16, false));
    }
    if (dim <= 128) {
      return Stream.of(
          new FlashTiles(64, 64, 8, 16, 16, 16, false),
          new FlashTiles(32, 32, 8, 8, 16, 16, false));
    }
    return Stream.of(
        new FlashTiles(32, 64, 4, 16, 16, 8, false), new FlashTiles(32, 32, 8, 8, 8, 8, false));
  }

  /** Work-items of a group. */
  int items() {
    return xItems * (blockQueries / itemRows);
  }

  /** The formula in the kernel's header. */
  long localBytes(AttentionSpec spec) {
    int queryLine = blockQueries + 4;
    int keySlice = sliceDims * (blockKeys + 4 + (keepsQueries ? 0 : queryLine));
    int valueSlice = sliceKeys * Math.ceilDiv(spec.valueDim(), 4 * xItems) * 4 * xItems;
    int queries =
        keepsQueries ? Math.ceilDiv(spec.headDim(), sliceDims) * sliceDims * queryLine : 0;
    int weights = blockKeys * queryLine;
    int maxima = (xItems + 2) * blockQueries;
    return 4L * (queries + 2L * Math.max(keySlice, valueSlice) + weights + maxima + 4);
  }

  Map<String, Integer> defines(AttentionSpec spec) {
    Map<String, Integer> defines = new TreeMap<>();
    defines.put("BLOCK_Q", blockQueries);
    defines.put("BLOCK_KV", blockKeys);
    defines.put("ITEM_ROWS", itemRows);
    defines.put("X_ITEMS", xItems);
    defines.put("SLICE_DIMS", sliceDims);
    defines.put("SLICE_KEYS", sliceKeys);
    defines.put("KEEP_QUERIES", keepsQueries ? 1 : 0);
    defines.put("ALIGNED_ROWS", hasAlignedRows(spec) ? 1 : 0);
    return defines;
  }

  /** Whether every row of Q, K, V and O starts at a multiple of 4 floats. */
  private static boolean hasAlignedRows(AttentionSpec spec) {
    return List.of(spec.q(), spec.k(), spec.v(), spec.o()).stream()
        .allMatch(FlashTiles::hasAlignedRows);
  }

  private static boolean hasAlignedRows(Layout layout) {
    return (layout.offset() | layout.batchStride() | layout.headStride() | layout.rowStride()) % 4
        == 0;
  }
}
