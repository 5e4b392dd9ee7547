package io.github.attn4j.opencl;

import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.Support;
import io.github.attn4j.core.spec.AttentionSpec;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Every attention kernel written in OpenCL C: one constant for each file in
 * kernels/opencl/attention.
 */
public enum OpenClKernel implements KernelVariant {
  /** Scores in memory, softmax, weighted sum: three kernels, any spec. */
  NAIVE {
    @Override
    public Support supports(AttentionSpec spec, DeviceInfo device) {
      return Support.yes();
    }

    @Override
    List<Stage> stages(AttentionSpec spec) {
      long heads = (long) spec.batch() * spec.queryHeads();
      return List.of(
          Stage.of(
              "naive_scores", new long[] {64, 1, 1}, spec.kvLength(), spec.queryLength(), heads),
          Stage.of("naive_softmax", new long[] {16, 1}, spec.queryLength(), heads),
          Stage.of(
              "naive_output", new long[] {32, 1, 1}, spec.valueDim(), spec.queryLength(), heads));
    }

    @Override
    Map<String, Integer> defines(AttentionSpec spec) {
      return Map.of(); // everything at run time: one program serves every spec
    }

    @Override
    public long scratchBytes(AttentionSpec spec) {
      return Math.multiplyExact(4L * spec.rows(), spec.kvLength());
    }

    @Override
    public String scratchFormula() {
      return "4*B*Hq*Sq*Skv";
    }
  },

  /**
   * Fused, for CPU devices: vector lanes are queries, keys and values are broadcast; no score
   * matrix.
   */
  FLASH_QUERY_LANES {
    private static final int LANES = 16;
    private static final int QUERY_VECTORS = 2;
    private static final int QUERY_TILES = 2;
    private static final int LARGEST_DIM = 256;

    @Override
    public Support supports(AttentionSpec spec, DeviceInfo device) {
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
    List<Stage> stages(AttentionSpec spec) {
      long blocks = Math.ceilDiv(spec.queryLength(), LANES * QUERY_VECTORS * QUERY_TILES);
      return List.of(
          Stage.of("flash_query_lanes", new long[] {1}, blocks * spec.batch() * spec.queryHeads()));
    }

    @Override
    Map<String, Integer> defines(AttentionSpec spec) {
      return Map.of(
          "HEAD_DIM",
          spec.headDim(),
          "VALUE_DIM",
          spec.valueDim(),
          "QUERY_VECTORS",
          QUERY_VECTORS,
          "QUERY_TILES",
          QUERY_TILES);
    }

    @Override
    public long scratchBytes(AttentionSpec spec) {
      return 0;
    }

    @Override
    public String scratchFormula() {
      return "0";
    }
  };

  /**
   * One kernel launch.
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

  @Override
  public String backend() {
    return OpenClBackend.ID;
  }

  /** The file below kernels/opencl. */
  String file() {
    return "attention/" + id() + ".cl";
  }

  /** Launches, in order. */
  abstract List<Stage> stages(AttentionSpec spec);

  /** What the program is specialised on: few things, since each combination costs a compilation. */
  abstract Map<String, Integer> defines(AttentionSpec spec);

  /**
   * Build options: the language, fused multiply-add, and the defines. No relaxed math: it would
   * break infinities.
   */
  String buildOptions(AttentionSpec spec) {
    StringBuilder options = new StringBuilder("-cl-std=CL1.2 -cl-mad-enable");
    new TreeMap<>(defines(spec))
        .forEach((name, value) -> options.append(" -D").append(name).append('=').append(value));
    return options.toString();
  }
}
