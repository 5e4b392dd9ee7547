package io.github.attn4j.opencl;

import io.github.attn4j.core.kernel.DeviceInfo;
import java.util.Locale;

/**
 * The kernels around attention: each is a file of kernels/opencl/layers and a constant here, by the
 * same rule as {@link OpenClKernel}; its arguments are its own, and {@link OpenClLayers} gives
 * them.
 */
public enum OpenClLayer {
  /** Tiled matrix product with bias, and GELU where asked for. */
  MATMUL {
    @Override
    String defines(DeviceInfo device) {
      return " -DROWS=%d -DVECTORS=%d -DROW_GROUPS=%d"
          .formatted(rows(device), vectors(device), ROW_GROUPS);
    }
  },

  /** Residual and layer normalisation. */
  LAYER_NORM,

  /** Sums of rows of tables. */
  EMBEDDING,

  /** Rotary positions. */
  ROTARY,

  /** Matrix product with the embedding's own table. */
  UNEMBEDDING {
    @Override
    String defines(DeviceInfo device) {
      return " -DROWS=%d -DWORDS=%d".formatted(WORD_BLOCK, WORD_BLOCK);
    }
  };

  /** Blocks of rows that an item of {@link #MATMUL} takes through a panel. */
  static final int ROW_GROUPS = 8;

  /** Rows, and words, of a block of {@link #UNEMBEDDING}. */
  static final int WORD_BLOCK = 4;

  /** Floats of a vector in OpenCL C, whatever the device's own have. */
  private static final int LANES = 16;

  /** Its name in lower case: the stem of its file, and its function. */
  public String id() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Below kernels/opencl. */
  public String file() {
    return "layers/" + id() + ".cl";
  }

  String defines(DeviceInfo device) {
    return "";
  }

  String options(DeviceInfo device) {
    return "-cl-std=CL1.2 -cl-mad-enable" + defines(device);
  }

  /** Items of a work-group: one where groups cost nothing and items of a group run in turns. */
  static long groupItems(DeviceInfo device) {
    return device.kind() == DeviceInfo.Kind.CPU ? 1 : 64;
  }

  /** Rows of a register block of {@link #MATMUL}. */
  static int rows(DeviceInfo device) {
    return device.kind() == DeviceInfo.Kind.CPU ? 8 : 4;
  }

  /** Columns that {@link #MATMUL} takes together, and to which weights are packed. */
  static int panel(DeviceInfo device) {
    return LANES * vectors(device);
  }

  private static int vectors(DeviceInfo device) {
    return device.kind() == DeviceInfo.Kind.CPU ? 3 : 1;
  }
}
