package io.github.attn4j.opencl;

import io.github.attn4j.core.blockmap.BlockSize;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.StorageForms;
import io.github.attn4j.core.kernel.Support;
import io.github.attn4j.core.kernel.Tuning;
import io.github.attn4j.core.kernel.TuningParameter;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.ElementType;
import io.github.attn4j.core.spec.Layout;
import io.github.attn4j.core.spec.ScoreModifier;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * How kernels/opencl/attention/flash_mma.cl cuts its work up; the header there says what each
 * number costs and brings.
 *
 * @param warps of a work-group, of 32 items each
 * @param warpRows queries of a warp
 * @param blockKeys keys of a tile
 * @param localQueries whether Q stays in local memory, not in registers
 */
record MmaTiles(int warps, int warpRows, int blockKeys, boolean localQueries) {
  /** Tensor cores multiply 16-bit numbers here, of one type. */
  static final StorageForms FORMS =
      StorageForms.ALL.withTypes(
          Set.of(ElementType.F16, ElementType.BF16), Set.of(ElementType.F16, ElementType.BF16));

  private static final String WARPS = "WARPS";
  private static final String WARP_ROWS = "WARP_ROWS";
  private static final String BLOCK_KV = "BLOCK_KV";
  private static final String LOCAL_QUERIES = "LOCAL_QUERIES";

  private static final int WARP = 32;
  private static final int LARGEST_DIM = 256;

  /** Elements of 16 bytes, which tiles are copied in. */
  private static final int PIECE = 8;

  /** Dimensions, and keys, that a product takes at a time. */
  private static final int STEP = 16;

  /** What a warp exchanges where the units are emulated: a fragment A and a fragment B. */
  private static final int EXCHANGED_FLOATS = 16 * 16 + 16 * 8;

  /** Registers for an item's numbers; more of them spilled whatever else was tried (ptxas 13.0). */
  private static final int MOST_NUMBERS = 200;

  static final List<TuningParameter> PARAMETERS =
      List.of(
          TuningParameter.of(WARPS, "warps of 32 items a work-group", 2, 4, 8),
          TuningParameter.of(WARP_ROWS, "queries of a warp", 16, 32),
          TuningParameter.of(BLOCK_KV, "keys of a tile", 16, 32, 64, 128),
          TuningParameter.of(LOCAL_QUERIES, "1 if Q stays in local memory", 0, 1));

  static MmaTiles of(Tuning tuning) {
    return new MmaTiles(
        tuning.get(WARPS),
        tuning.get(WARP_ROWS),
        tuning.get(BLOCK_KV),
        tuning.get(LOCAL_QUERIES) == 1);
  }

  Tuning tuning() {
    return Tuning.of(
        Map.of(
            WARPS,
            warps,
            WARP_ROWS,
            warpRows,
            BLOCK_KV,
            blockKeys,
            LOCAL_QUERIES,
            localQueries ? 1 : 0));
  }

  /**
   * By ptxas, none measured yet: 32 queries a warp where its registers hold them, since each byte
   * of K and V then comes half as often from local memory, which 16 would be limited by. Along a
   * block map, and beside expressions, 64 queries a work-group.
   */
  static Tuning defaultTuning(AttentionSpec spec) {
    int dim = Math.max(spec.headDim(), spec.valueDim());
    boolean asksExpressions =
        hasBlockMap(spec) || spec.scoreModifier() instanceof ScoreModifier.Expression;
    MmaTiles tiles;
    if (dim > 128) {
      tiles = new MmaTiles(4, 16, 16, true);
    } else if (asksExpressions) {
      tiles = new MmaTiles(4, 16, dim > 64 ? 32 : 64, false);
    } else {
      tiles = dim > 64 ? new MmaTiles(4, 32, 32, true) : new MmaTiles(4, 32, 64, false);
    }
    return tiles.tuning();
  }

  /** Whether the device has the units, and room for the tiles; and the spec what they multiply. */
  static Support fits(AttentionSpec spec, DeviceInfo device, Tuning tuning) {
    if (spec.keyValueType() != spec.queryType()) {
      return Support.no(
          "multiplies numbers of one type, not queries of %s by keys of %s; opencl:flash takes both"
              .formatted(spec.queryType().label(), spec.keyValueType().label()));
    }
    if (!MatrixUnits.of(device).usable()) {
      return Support.no(
          "needs tensor cores, of an NVIDIA device of compute capability 8.0 or more, which %s does not say it is; opencl:flash runs on any GPU, opencl:flash_query_lanes on any CPU"
              .formatted(device.name()));
    }
    if (spec.headDim() % PIECE != 0 || spec.valueDim() % PIECE != 0) {
      return Support.no(
          "copies rows in pieces of %d elements, which D = %d and Dv = %d are not multiples of; opencl:flash takes any"
              .formatted(PIECE, spec.headDim(), spec.valueDim()));
    }
    if (spec.headDim() > LARGEST_DIM || spec.valueDim() > LARGEST_DIM) {
      return Support.no(
          "its registers are sized for D and Dv up to %d, not %d and %d; opencl:flash takes what local memory has room for, opencl:online_softmax any"
              .formatted(LARGEST_DIM, spec.headDim(), spec.valueDim()));
    }
    return of(tuning).fits(spec, device);
  }

  private Support fits(AttentionSpec spec, DeviceInfo device) {
    if (numbers(spec) > MOST_NUMBERS) {
      return Support.no(
          "an item would hold %d numbers of Q, scores and O, more than the %d that fit 255 registers; smaller WARP_ROWS and BLOCK_KV need fewer, LOCAL_QUERIES=1 none for Q"
              .formatted(numbers(spec), MOST_NUMBERS));
    }
    BlockSize size = BlockSize.STANDARD;
    if (hasBlockMap(spec)
        && (size.queries() % blockQueries() != 0 || size.keys() % blockKeys != 0)) {
      return Support.no(
          "tiles of %d x %d do not divide the block map's blocks of %d x %d; choose WARPS, WARP_ROWS and BLOCK_KV so that WARPS * WARP_ROWS and BLOCK_KV do"
              .formatted(blockQueries(), blockKeys, size.queries(), size.keys()));
    }
    long needed = localBytes(spec, MatrixUnits.of(device));
    return needed <= device.localBytes() && items() <= device.largestWorkGroup()
        ? Support.yes()
        : Support.no(
            "needs %d bytes of local memory and work-groups of %d; %s has %d and %d; smaller BLOCK_KV and WARPS need less, opencl:online_softmax none"
                .formatted(
                    needed,
                    items(),
                    device.name(),
                    device.localBytes(),
                    device.largestWorkGroup()));
  }

  /** Work-items of a group. */
  int items() {
    return WARP * warps;
  }

  int blockQueries() {
    return warps * warpRows;
  }

  /**
   * 32-bit registers of an item for O, scores with the weights made of them, and Q. What else it
   * needs is much the same for all tunings.
   */
  private int numbers(AttentionSpec spec) {
    int outputs = warpRows * padded(spec.valueDim()) / WARP;
    int scores = warpRows * blockKeys / WARP;
    int queries = localQueries ? 0 : warpRows * padded(spec.headDim()) / (2 * WARP);
    return outputs + scores + scores / 2 + queries;
  }

  /** The formula in the kernel's header, and what the emulation exchanges. */
  long localBytes(AttentionSpec spec, MatrixUnits units) {
    long queries = localQueries ? (long) blockQueries() * padded(spec.headDim()) : 0;
    long keys = (long) blockKeys * (padded(spec.headDim()) + padded(spec.valueDim()));
    long exchanged = units == MatrixUnits.EMULATED ? 4L * (warps * EXCHANGED_FLOATS + 1) : 0;
    return 2 * (queries + keys) + exchanged;
  }

  /** Each row of K and of V is read once for all of a warp's rows, two elements a register. */
  InnerLoops innerLoops(AttentionSpec spec, DeviceInfo device) {
    return new InnerLoops(localBytes(spec, MatrixUnits.of(device)), 0.5 / warpRows, 0);
  }

  /** The launch: along a block map a row of its blocks is taken as a whole. */
  Stage stage(AttentionSpec spec) {
    int together = hasBlockMap(spec) ? BlockSize.STANDARD.queries() : blockQueries();
    long blocks = (long) Math.ceilDiv(spec.queryLength(), together) * (together / blockQueries());
    long heads = (long) spec.batch() * spec.queryHeads();
    return Stage.of("flash_mma", new long[] {items(), 1}, blocks * items(), heads);
  }

  /** What the program is specialised on besides dimensions, types and tuning. */
  static Map<String, Integer> defines(AttentionSpec spec, DeviceInfo device) {
    Map<String, Integer> defines = new TreeMap<>();
    defines.put("MMA_EMULATED", MatrixUnits.of(device) == MatrixUnits.EMULATED ? 1 : 0);
    defines.put(
        "ALIGNED_PIECES",
        Stream.of(spec.q(), spec.k(), spec.v(), spec.o()).allMatch(MmaTiles::hasWholePieces)
            ? 1
            : 0);
    return defines;
  }

  private static boolean hasWholePieces(Layout layout) {
    return (layout.offset() | layout.batchStride() | layout.headStride() | layout.rowStride())
            % PIECE
        == 0;
  }

  private static boolean hasBlockMap(AttentionSpec spec) {
    return spec.canonicalMask().expression() != null;
  }

  private static int padded(int dim) {
    return Math.ceilDiv(dim, STEP) * STEP;
  }
}
