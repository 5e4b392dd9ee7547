package io.github.attn4j.opencl;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.core.expression.MaskExpression;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.Support;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.AttentionSpecBuilder;
import io.github.attn4j.core.spec.ElementType;
import io.github.attn4j.core.spec.Layout;
import io.github.attn4j.core.spec.Mask;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code flash_mma} asks of devices and specs, and is cut into. */
class MmaTilesTest {
  private static final DeviceInfo H200 = TestDevices.tensorCoreGpu("9.0");

  @Test
  void onlyDevicesThatSaySoHaveTensorCores() {
    AttentionSpec spec = half(64).build();
    for (String capability : new String[] {"8.0", "8.9", "9.0", "12.0"}) {
      assertThat(OpenClKernel.FLASH_MMA.supports(spec, TestDevices.tensorCoreGpu(capability)))
          .isEqualTo(Support.yes());
    }
    for (DeviceInfo device :
        new DeviceInfo[] {
          TestDevices.tensorCoreGpu("7.5"), TestDevices.gpu("NVIDIA Corporation", 48 << 10, 1024)
        }) {
      assertThat(OpenClKernel.FLASH_MMA.supports(spec, device))
          .isEqualTo(
              Support.no(
                  "needs tensor cores, of an NVIDIA device of compute capability 8.0 or more, which %s does not say it is; opencl:flash runs on any GPU, opencl:flash_query_lanes on any CPU"
                      .formatted(device.name())));
    }
  }

  /** PoCL's CUDA device, say: who compiles decides whether PTX is understood. */
  @Test
  void anotherOpenClOverTheSameGpuHasNone() {
    Map<String, String> details = new LinkedHashMap<>(H200.details());
    assertThat(MatrixUnits.of(H200)).isEqualTo(MatrixUnits.TENSOR_CORES);
    details.put(OpenClDevice.PLATFORM, "Portable Computing Language");
    DeviceInfo other = TestDevices.with(H200, H200.largestWorkGroup(), details);
    assertThat(MatrixUnits.of(other)).isEqualTo(MatrixUnits.NONE);
    assertThat(OpenClKernel.FLASH_MMA.supports(half(64).build(), other))
        .isInstanceOf(Support.No.class);
  }

  /** The emulation is for tests: nothing that a driver says asks for it. */
  @Test
  void noDeviceDescribesItselfAsEmulating() {
    for (DeviceInfo device : new OpenClBackend().devices()) {
      assertThat(MatrixUnits.of(device)).isNotEqualTo(MatrixUnits.EMULATED);
    }
    assertThat(MmaTiles.defines(half(64).build(), H200)).containsEntry("MMA_EMULATED", 0);
    assertThat(MmaTiles.defines(half(64).build(), TestDevices.emulatingTensorCores(H200)))
        .containsEntry("MMA_EMULATED", 1);
  }

  @Test
  void whatTensorCoresDoNotMultiplyIsRefusedByName() {
    assertThat(reason(AttentionSpec.builder().dim(64).build())).contains("f16", "not of f32");
    assertThat(reason(half(64).keyValueType(ElementType.BF16).build()))
        .isEqualTo(
            "multiplies numbers of one type, not queries of f16 by keys of bf16; opencl:flash takes both");
    assertThat(reason(half(64).keyValueType(ElementType.I8).build())).contains("not of i8");
    assertThat(reason(half(36).build())).contains("pieces of 8 elements", "D = 36 and Dv = 36");
    assertThat(reason(half(264).build())).contains("up to 256, not 264 and 264");
  }

  @ParameterizedTest
  @CsvSource({
    "64, 64, 4, 32, 64, false, 16384",
    "40, 8, 4, 32, 64, false, 8192",
    "128, 128, 4, 32, 32, true, 49152",
    "96, 64, 4, 32, 32, true, 34816",
    "256, 256, 4, 16, 16, true, 49152",
    "192, 128, 4, 16, 16, true, 34816",
  })
  void itsTilesFitTheDefaultLocalMemory(
      int headDim,
      int valueDim,
      int warps,
      int warpRows,
      int blockKeys,
      boolean localQueries,
      int localBytes) {
    AttentionSpec spec = half(64).dims(headDim, valueDim).build();
    MmaTiles tiles = MmaTiles.of(OpenClKernel.FLASH_MMA.defaultTuning(spec, H200));
    assertThat(tiles).isEqualTo(new MmaTiles(warps, warpRows, blockKeys, localQueries));
    assertThat(tiles.localBytes(spec, MatrixUnits.TENSOR_CORES)).isEqualTo(localBytes);
    assertThat(OpenClKernel.FLASH_MMA.supports(spec, H200)).isEqualTo(Support.yes());
  }

  @ParameterizedTest
  @ValueSource(ints = {64, 128, 256})
  void tilesDivideTheBlocksOfABlockMap(int dim) {
    AttentionSpec spec =
        half(dim).mask(Mask.expression(MaskExpression.parse("k <= p && (p - k) % 3 != 1"))).build();
    assertThat(OpenClKernel.FLASH_MMA.supports(spec, H200)).isEqualTo(Support.yes());
    assertThat(
            OpenClKernel.FLASH_MMA.admits(
                new MmaTiles(4, 32, 32, true).tuning(), half(64).mask(spec.mask()).build(), H200))
        .isEqualTo(
            Support.no(
                "tiles of 128 x 32 do not divide the block map's blocks of 64 x 64; choose WARPS, WARP_ROWS and BLOCK_KV so that WARPS * WARP_ROWS and BLOCK_KV do"));
  }

  @Test
  void whatWouldSpillOrNotFitIsRefusedWithTheReason() {
    assertThat(
            OpenClKernel.FLASH_MMA.admits(
                new MmaTiles(2, 32, 64, false).tuning(), half(128).build(), H200))
        .isEqualTo(
            Support.no(
                "an item would hold 288 numbers of Q, scores and O, more than the 200 that fit 255 registers; smaller WARP_ROWS and BLOCK_KV need fewer, LOCAL_QUERIES=1 none for Q"));
    assertThat(
            OpenClKernel.FLASH_MMA.admits(
                new MmaTiles(8, 32, 32, true).tuning(), half(128).build(), H200))
        .isEqualTo(
            Support.no(
                "needs 81920 bytes of local memory and work-groups of 256; NVIDIA Corporation has 49152 and 1024; smaller BLOCK_KV and WARPS need less, opencl:online_softmax none"));
  }

  /** Rows that start between pieces are read an element at a time, not by copies. */
  @Test
  void piecesAreCopiedOnlyWhereEveryRowStartsAtOne() {
    AttentionSpecBuilder builder = half(64).heads(2);
    assertThat(MmaTiles.defines(builder.build(), H200)).containsEntry("ALIGNED_PIECES", 1);
    for (Layout odd :
        new Layout[] {
          Layout.padded(2, 64, 64, 4, 0, 0),
          Layout.padded(2, 64, 64, 0, 4, 0),
          new Layout(0, 2 * 65 * 64L, 65 * 64L + 2, 64)
        }) {
      Layout whole = Layout.bhsd(2, 64, 64);
      AttentionSpec spec = builder.layouts(whole, whole, odd, whole).build();
      assertThat(MmaTiles.defines(spec, H200)).containsEntry("ALIGNED_PIECES", 0);
    }
  }

  private static String reason(AttentionSpec spec) {
    return OpenClKernel.FLASH_MMA.supports(spec, H200) instanceof Support.No no
        ? no.reason()
        : "supported";
  }

  private static AttentionSpecBuilder half(int dim) {
    return AttentionSpec.builder().length(64).dim(dim).storage(ElementType.F16);
  }
}
