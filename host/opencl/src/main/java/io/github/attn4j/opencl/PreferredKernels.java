package io.github.attn4j.opencl;

import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.spec.AttentionSpec;
import java.util.List;

/**
 * Which kernel is expected to be the fastest for a problem, by the device's kind and by how many
 * queries share a key-value head: for callers that name none. Measured on CPUs
 * (docs/performance.md); on GPUs by what the kernels are made for.
 */
public final class PreferredKernels {
  /**
   * Queries that share a key-value head, up to which they are few: between 8, where the split of
   * keys wins, and 16, where both take as long (2 cores, PoCL 3.1).
   */
  private static final long LARGEST_FEW = 12;

  private PreferredKernels() {}

  /** Whether so few queries share a key-value head that their keys had better be split. */
  public static boolean areFew(long queryLength, int queryHeads, int kvHeads) {
    return queryLength * (queryHeads / kvHeads) <= LARGEST_FEW;
  }

  /** The best first; whether it supports the problem is the caller's to ask, then the next one. */
  static List<OpenClKernel> of(AttentionSpec spec, DeviceInfo device) {
    boolean few = areFew(spec.queryLength(), spec.queryHeads(), spec.kvHeads());
    if (device.kind() == DeviceInfo.Kind.CPU) {
      return few
          ? List.of(OpenClKernel.FLASH_SPLIT_KV, OpenClKernel.FLASH_QUERY_LANES, OpenClKernel.NAIVE)
          : List.of(
              OpenClKernel.FLASH_QUERY_LANES, OpenClKernel.FLASH_SPLIT_KV, OpenClKernel.NAIVE);
    }
    return few
        ? List.of(
            OpenClKernel.FLASH_SPLIT_KV,
            OpenClKernel.FLASH_MMA,
            OpenClKernel.FLASH,
            OpenClKernel.NAIVE)
        : List.of(
            OpenClKernel.FLASH_MMA,
            OpenClKernel.FLASH,
            OpenClKernel.FLASH_SPLIT_KV,
            OpenClKernel.NAIVE);
  }
}
