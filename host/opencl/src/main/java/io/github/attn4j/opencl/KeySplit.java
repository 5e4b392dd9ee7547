package io.github.attn4j.opencl;

import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.spec.AttentionSpec;

/**
 * How {@code flash_split_kv} divides a spec among work-groups. The query heads of a key-value head
 * and their queries are rows of blocks that read keys and values once; where blocks are too few for
 * a device, the keys of each are split into parts. It follows from spec and device alone, so that
 * every run adds up the same numbers in the same order.
 *
 * @param items of a work-group; 1 where lanes of vectors share a row, as on CPU devices
 * @param blockRows rows of a block
 * @param blocks of rows, for each key-value head of each batch
 * @param parts of the keys that a block sees
 */
record KeySplit(int items, int blockRows, long blocks, int parts) {
  static final int BLOCK_KV = 64;
  static final int LARGEST_DIM = 256;

  /** Items that merge a row of O: a vector of 4 columns each, all of them busy at Dv = 128. */
  private static final int GPU_MERGE_ITEMS = 32;

  private static final int GPU_ITEMS = 128;
  private static final int KEY_ITEMS = 4;

  /** Private arrays of 32 rows leave a core's second cache to the keys, D = 256 included. */
  private static final int CPU_BLOCK_ROWS = 32;

  /**
   * Work-groups for each compute unit. A CPU's cores draw them from a queue: 4 keep all of them
   * busy to the end, more only add partial results. A GPU's unit holds several at a time, whose
   * loads wait for memory together.
   */
  private static final int CPU_GROUPS = 4;

  private static final int GPU_GROUPS = 8;

  /** Fewer keys than a tile do not pay for a work-group's start and its partial result. */
  private static final int LEAST_KEYS = BLOCK_KV;

  /** Merging is serial in the parts. */
  private static final int MOST_PARTS = 256;

  /** The division of a spec; its block is of no rows where the device has no room for any. */
  static KeySplit of(AttentionSpec spec, DeviceInfo device) {
    boolean cpu = device.kind() == DeviceInfo.Kind.CPU;
    long rows = (long) spec.queryLength() * (spec.queryHeads() / spec.kvHeads());
    int blockRows = cpu ? CPU_BLOCK_ROWS : gpuBlockRows(spec, rows, device);
    if (blockRows == 0) {
      return new KeySplit(GPU_ITEMS, 0, 0, 1);
    }
    long blocks = Math.ceilDiv(rows, blockRows);
    long workGroups = blocks * spec.batch() * spec.kvHeads();
    long wanted = (long) device.computeUnits() * (cpu ? CPU_GROUPS : GPU_GROUPS);
    long parts =
        Math.min(
            Math.ceilDiv(wanted, workGroups),
            Math.ceilDiv(Math.max(1, mostKeys(spec)), LEAST_KEYS));
    return new KeySplit(cpu ? 1 : GPU_ITEMS, blockRows, blocks, (int) Math.min(parts, MOST_PARTS));
  }

  /** Items that merge the parts of a row. */
  int mergeItems() {
    return items == 1 ? 1 : GPU_MERGE_ITEMS;
  }

  /** Bytes of the partial results: O of every part, its maximum and its sum. */
  long scratchBytes(AttentionSpec spec) {
    return parts == 1
        ? 0
        : Math.multiplyExact(4L * spec.rows() * parts, (long) spec.valueDim() + 2);
  }

  /** Local memory that a block of the fewest rows takes. */
  static long leastLocalBytes(AttentionSpec spec) {
    return localBytes(spec, 4);
  }

  /** The fewest rows that hold all there are, or the most that the device has room for. */
  private static int gpuBlockRows(AttentionSpec spec, long rows, DeviceInfo device) {
    if (device.largestWorkGroup() < GPU_ITEMS) {
      return 0;
    }
    int most = 0;
    for (int blockRows : new int[] {4, 8, 16}) {
      if (localBytes(spec, blockRows) <= device.localBytes()) {
        most = blockRows;
        if (blockRows >= rows) {
          return most;
        }
      }
    }
    return most;
  }

  /** The formula in the kernel's header. */
  private static long localBytes(AttentionSpec spec, int blockRows) {
    long queryRow = 16L * Math.ceilDiv(spec.headDim(), 16);
    return 4L * (blockRows * (queryRow + (KEY_ITEMS + 1) * BLOCK_KV + 1) + 5L * GPU_ITEMS);
  }

  /** Keys between the first and the last that any query of a batch sees. */
  private static int mostKeys(AttentionSpec spec) {
    int most = 0;
    for (int b = 0; b < spec.batch(); b++) {
      most = Math.max(most, spec.endKey(b, spec.queryLength() - 1) - spec.firstKey(b, 0));
    }
    return most;
  }
}
