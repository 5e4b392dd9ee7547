package io.github.attn4j.opencl;

import java.util.Map;

/**
 * Branches that no case of the sanitizer's grid takes, each with the reason; {@link
 * BranchCoverageTest} requires that these are all, and that none of them is taken after all.
 */
final class UnreachedBranches {
  /** For NVIDIA's compiler alone: {@link NvptxTest} compiles it; nothing here can run it. */
  static final String OF_NVIDIA = "mma_ptx.clh";

  private static final Map<String, String> OF_BLOCK_KINDS =
      Map.of(
          "attention_common.clh: #else of #ifdef MASK_EXPRESSION is compiled",
          "there is always an expression: nothing else needs its blocks enumerated",
          "support/block_kinds.cl: if (block >= count) is true",
          "the host launches exactly LANES items for each block");

  private static final Map<String, String> OF_ONLINE_SOFTMAX =
      Map.of(
          "tiles.clh: if (column < columns) is false",
          "an item has its row's vectors to itself, and each of them begins at a column that exists");

  private static final Map<String, String> OF_FLASH =
      Map.of(
          "places.clh: #else of #if KV_SCALED is compiled",
          "slices.clh asks for scales only where there are any");

  private static final Map<String, String> OF_FLASH_SPLIT_KV =
      Map.of(
          "tiles.clh: if (column < columns) is false",
          "items that merge parts go through the columns that exist");

  private static final Map<String, String> OF_FLASH_MMA =
      Map.of(
          "places.clh: #if KV_SCALED is compiled",
          "tensor cores multiply 16 bits here: keys and values of 8 are refused",
          "places.clh: (PAGED || batch_stride == 0) is true",
          "of scaled keys and values, which are refused",
          "places.clh: (PAGED || batch_stride == 0) is false",
          "of scaled keys and values, which are refused",
          "mma_emulated.clh: for (i < copies->started) is true",
          "whatever brings rows ends its group of copies: none is outside of one when others are"
              + " waited for");

  private static final Map<String, String> OF_MATMUL =
      Map.of(
          "lanes.clh: (x < (float16)(-87.33f)) is true",
          "GELU takes erf to be that of 4 beyond 4, whose exponent is -18");

  private UnreachedBranches() {}

  /** From a branch of a file below kernels/opencl to why it is not taken. */
  static Map<String, String> of(String file) {
    return switch (file) {
      case DeviceBlockEnumerator.FILE -> OF_BLOCK_KINDS;
      case "attention/online_softmax.cl" -> OF_ONLINE_SOFTMAX;
      case "attention/flash.cl" -> OF_FLASH;
      case "attention/flash_split_kv.cl" -> OF_FLASH_SPLIT_KV;
      case "attention/flash_mma.cl" -> OF_FLASH_MMA;
      case "layers/matmul.cl" -> OF_MATMUL;
      default -> Map.of();
    };
  }
}
