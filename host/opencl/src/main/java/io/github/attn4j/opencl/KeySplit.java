package io.github.attn4j.opencl;

import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.Support;
import io.github.attn4j.core.kernel.Tuning;
import io.github.attn4j.core.kernel.TuningParameter;
import io.github.attn4j.core.spec.AttentionSpec;
import java.util.List;

/**
 * How {@code flash_split_kv} divides a spec among work-groups. The query heads of a key-value head
 * and their queries are rows of blocks that read keys and values once; where blocks are too few for
 * a device, the keys of each are split into parts. It follows from spec, device and tuning alone,
 * so that every run adds up the same numbers in the same order.
 *
 * @param items of a work-group; 1 where lanes of vectors share a row, as on CPU devices
 * @param blockRows rows of a block
 * @param blocks of rows, for each key-value head of each batch
 * @param parts of the keys that a block sees
 * @param partKeys keys of a part where parts begin at multiples of so many from key 0 on, whatever
 *     the batch and the device, and are always merged; 0 where a block's parts share what it sees
 */
record KeySplit(int items, int blockRows, long blocks, int parts, int partKeys) {
  private static final String BLOCK_ROWS = "BLOCK_ROWS";
  private static final String BLOCK_KV = "BLOCK_KV";

  /** Parameter that no macro carries. */
  static final String GROUPS_PER_UNIT = "GROUPS_PER_UNIT";

  static final List<TuningParameter> PARAMETERS =
      List.of(
          TuningParameter.of(BLOCK_ROWS, "queries, of all heads of a group, a block", 4, 8, 16, 32),
          TuningParameter.of(BLOCK_KV, "keys a tile", 32, 64, 128),
          TuningParameter.of(
              GROUPS_PER_UNIT,
              "work-groups for each compute unit before keys are split no further",
              1,
              2,
              4,
              8,
              16));

  private static final int LARGEST_DIM = 256;

  private static final int GPU_ITEMS = 128;
  private static final int KEY_ITEMS = 4;

  /** Items that merge a row of O: a vector of 4 columns each, all of them busy at Dv = 128. */
  private static final int GPU_MERGE_ITEMS = 32;

  /** Rows that a CPU's item takes through a tile of keys together. */
  private static final int CPU_ROWS = 4;

  /** Floats of a CPU's vector. */
  private static final int CPU_LANES = 16;

  /** Fewer keys than a tile of these do not pay for a work-group and its partial result. */
  private static final int LEAST_KEYS = 64;

  /**
   * Keys of a part of a deterministic spec: whole tiles of any tuning, 16 parts for each key-value
   * head at 16k keys, and a partial result for each is 1/500 of what the part reads.
   */
  static final int FIXED_PART_KEYS = 1024;

  /** Keys and values of a tile that leave room in a core's first cache, 48 or 32 KB of it. */
  private static final int TILE_BYTES = 32 << 10;

  /** Merging is serial in the parts. */
  private static final int MOST_PARTS = 256;

  /**
   * On CPU devices private arrays of 32 rows leave a core's second cache to the keys, at D = 256
   * too; on others registers hold the fewest rows that are all there are, or as many as local
   * memory has room for. A CPU's cores draw work-groups from a queue: 4 keep all of them busy to
   * the end, more only add partial results. A GPU's unit holds several at a time, whose loads wait
   * for memory together.
   *
   * <p>A CPU's tile of keys and values fits into the first cache: 32 keys of 128 floats take 0.95
   * of the time of 64, 64 keys of 128 bytes 0.95 of that of 32 (decode over 16k keys, PoCL 3.1, 2
   * cores, in turns).
   *
   * <p>Where results must be deterministic, nothing comes from the lengths of other sequences.
   */
  static Tuning defaultTuning(AttentionSpec spec, DeviceInfo device) {
    boolean cpu = items(device) == 1;
    long keyBytes = (long) spec.keyValueType().bytes() * ((long) spec.headDim() + spec.valueDim());
    Tuning tuning =
        Tuning.of(BLOCK_KV, cpu && 64 * keyBytes > TILE_BYTES ? 32 : 64)
            .with(GROUPS_PER_UNIT, cpu ? 4 : 8)
            .with(BLOCK_ROWS, cpu ? 32 : 4);
    long rows = spec.deterministic() ? group(spec) : rows(spec);
    for (int blockRows : cpu ? new int[0] : new int[] {8, 16}) {
      Tuning larger = tuning.with(BLOCK_ROWS, blockRows);
      if (tuning.get(BLOCK_ROWS) < rows && localBytes(spec, larger) <= device.localBytes()) {
        tuning = larger;
      }
    }
    return tuning;
  }

  /** A tuning by its numbers. */
  static Tuning tuning(int blockRows, int blockKeys, int groupsPerUnit) {
    return Tuning.of(BLOCK_ROWS, blockRows)
        .with(BLOCK_KV, blockKeys)
        .with(GROUPS_PER_UNIT, groupsPerUnit);
  }

  /** Whether the device has room for a block. */
  static Support fits(AttentionSpec spec, DeviceInfo device, Tuning tuning) {
    if (spec.headDim() > LARGEST_DIM || spec.valueDim() > LARGEST_DIM) {
      return Support.no(
          "its registers are sized for D and Dv up to %d, not %d and %d; opencl:flash takes what local memory has room for, opencl:online_softmax any"
              .formatted(LARGEST_DIM, spec.headDim(), spec.valueDim()));
    }
    int items = items(device);
    long localBytes = items == 1 ? 0 : localBytes(spec, tuning);
    return localBytes <= device.localBytes() && items <= device.largestWorkGroup()
        ? Support.yes()
        : Support.no(
            "needs %d bytes of local memory and work-groups of %d; %s has %d and %d; smaller BLOCK_ROWS and BLOCK_KV need less, opencl:online_softmax none"
                .formatted(
                    localBytes,
                    items,
                    device.name(),
                    device.localBytes(),
                    device.largestWorkGroup()));
  }

  /**
   * Bytes on CPU devices: the private ones of the formula in the kernel's header, and the tile of K
   * and V that an item's rows share; loads: 4 rows by 4 keys, or columns, of each. What limits a
   * GPU's groups is unknown until it is measured.
   */
  static InnerLoops innerLoops(AttentionSpec spec, DeviceInfo device, Tuning tuning) {
    if (items(device) != 1) {
      return InnerLoops.UNKNOWN;
    }
    int valueVectors = Math.ceilDiv(spec.valueDim(), CPU_LANES);
    int valueGroups = Math.ceilDiv(valueVectors, CPU_ROWS);
    int allValueVectors = valueGroups * Math.ceilDiv(valueVectors, valueGroups);
    int rowVectors = Math.ceilDiv(spec.headDim(), CPU_LANES) + allValueVectors + 2;
    long keys = tuning.get(BLOCK_KV);
    long rows = 4L * CPU_LANES * tuning.get(BLOCK_ROWS) * rowVectors;
    long tile = 4L * CPU_ROWS * (2 * keys + 1) + (spec.keyValueType().scaled() ? 8 * keys : 0);
    long shared = spec.keyValueType().bytes() * keys * ((long) spec.headDim() + spec.valueDim());
    return new InnerLoops(rows + tile + shared, 1.0 / CPU_ROWS + 1.0 / CPU_ROWS, CPU_LANES);
  }

  /** The division of a spec. */
  static KeySplit of(AttentionSpec spec, DeviceInfo device, Tuning tuning) {
    int blockRows = tuning.get(BLOCK_ROWS);
    long blocks = Math.ceilDiv(rows(spec), blockRows);
    if (spec.deterministic()) {
      return new KeySplit(items(device), blockRows, blocks, fixedParts(spec), FIXED_PART_KEYS);
    }
    long workGroups = blocks * spec.batch() * spec.kvHeads();
    long wanted = (long) device.computeUnits() * tuning.get(GROUPS_PER_UNIT);
    long parts =
        Math.min(
            Math.ceilDiv(wanted, workGroups),
            Math.ceilDiv(Math.max(1, mostKeys(spec)), LEAST_KEYS));
    return new KeySplit(items(device), blockRows, blocks, (int) Math.min(parts, MOST_PARTS), 0);
  }

  /** Items of a work-group that takes a part. */
  static int items(DeviceInfo device) {
    return device.kind() == DeviceInfo.Kind.CPU ? 1 : GPU_ITEMS;
  }

  /** Rows that skip what windows and lengths hide from all of them. */
  static int skippedRows(DeviceInfo device, Tuning tuning) {
    return items(device) == 1 ? CPU_ROWS : tuning.get(BLOCK_ROWS);
  }

  /** Keys of a part of a spec; 0 where they follow from device and batch. */
  static int partKeys(AttentionSpec spec) {
    return spec.deterministic() ? FIXED_PART_KEYS : 0;
  }

  /** Whether a second launch writes O and LSE. */
  boolean merges() {
    return parts > 1 || partKeys > 0;
  }

  /** Items that merge the parts of a row. */
  int mergeItems() {
    return items == 1 ? 1 : GPU_MERGE_ITEMS;
  }

  /** Bytes of the partial results: O of every part, its maximum and its sum. */
  long scratchBytes(AttentionSpec spec) {
    return merges() ? Math.multiplyExact(4L * spec.rows() * parts, (long) spec.valueDim() + 2) : 0;
  }

  /** Queries of all heads of a group. */
  private static long rows(AttentionSpec spec) {
    return (long) spec.queryLength() * group(spec);
  }

  /** Query heads of a key-value head. */
  private static int group(AttentionSpec spec) {
    return spec.queryHeads() / spec.kvHeads();
  }

  /** The formula in the kernel's header. */
  static long localBytes(AttentionSpec spec, Tuning tuning) {
    long queryRow = 16L * Math.ceilDiv(spec.headDim(), 16);
    long row = queryRow + (KEY_ITEMS + 1L) * tuning.get(BLOCK_KV) + 1;
    return 4 * (tuning.get(BLOCK_ROWS) * row + 5L * GPU_ITEMS);
  }

  /** Keys between the first and the last that any query of a batch sees. */
  private static int mostKeys(AttentionSpec spec) {
    int most = 0;
    for (int b = 0; b < spec.batch(); b++) {
      int queries = spec.queryLengths().get(b);
      if (queries > 0) {
        most = Math.max(most, spec.endKey(b, queries - 1) - spec.firstKey(b, 0));
      }
    }
    return most;
  }

  /** Parts of fixed keys that any sequence's visible keys touch; at least 1. */
  private static int fixedParts(AttentionSpec spec) {
    int most = 1;
    for (int b = 0; b < spec.batch(); b++) {
      int queries = spec.queryLengths().get(b);
      if (queries > 0) {
        int end = Math.ceilDiv(spec.endKey(b, queries - 1), FIXED_PART_KEYS);
        most = Math.max(most, end - spec.firstKey(b, 0) / FIXED_PART_KEYS);
      }
    }
    return most;
  }
}
