package io.github.attn4j.core.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class BandwidthTargetTest {
  private static final long MIB = 1 << 20;
  private static final List<CacheLevel> CACHES =
      List.of(new CacheLevel("L1", MIB / 8), new CacheLevel("L3", 32 * MIB));

  private static DeviceInfo device(DeviceInfo.Kind kind, List<CacheLevel> caches) {
    return new DeviceInfo("x", 0, "Abacus", kind, "1", 2, 1 << 30, 0, 1, caches, Map.of());
  }

  @Test
  void readsHalfOfEachCacheAndFourTimesTheLastOfMemory() {
    DeviceInfo device = device(DeviceInfo.Kind.CPU, CACHES);
    assertThat(device.lastCacheBytes()).isEqualTo(32 * MIB);
    assertThat(BandwidthTarget.of(device, 8 * 128 * MIB))
        .containsExactly(
            new BandwidthTarget("L1", MIB / 16, ""),
            new BandwidthTarget("L3", 16 * MIB, ""),
            new BandwidthTarget("memory", 128 * MIB, ""));
  }

  @Test
  void saysThatMemoryIsTooSmallToBeBeyondTheCaches() {
    List<BandwidthTarget> targets =
        BandwidthTarget.of(device(DeviceInfo.Kind.CPU, CACHES), 8 * 128 * MIB - 8);
    assertThat(targets.getLast().bytes()).isEqualTo(128 * MIB - 1);
    assertThat(targets.getLast().note()).contains("134,217,727").contains("134,217,728");
    assertThat(BandwidthTarget.of(device(DeviceInfo.Kind.CPU, CACHES), 8 * MIB))
        .extracting(BandwidthTarget::bytes)
        .containsExactly(MIB / 16, MIB, MIB);
  }

  @Test
  void saysThatTheCachesAreUnknown() {
    DeviceInfo device = device(DeviceInfo.Kind.CPU, List.of());
    assertThat(device.lastCacheBytes()).isZero();
    BandwidthTarget only = BandwidthTarget.of(device, Long.MAX_VALUE).getFirst();
    assertThat(only.name()).isEqualTo(BandwidthTarget.MEMORY);
    assertThat(only.bytes()).isEqualTo(256 * MIB);
    assertThat(only.note()).contains("unknown");
  }

  @Test
  void readsMoreOnAGpuWhoseDriverMayNotKnowTheLastCache() {
    assertThat(device(DeviceInfo.Kind.GPU, CACHES).beyondCachesBytes()).isEqualTo(1024 * MIB);
    assertThat(
            device(DeviceInfo.Kind.GPU, List.of(new CacheLevel("L2", 512 * MIB)))
                .beyondCachesBytes())
        .isEqualTo(2048 * MIB);
  }

  @Test
  void theBestShapeIsTheLevelsRate() {
    Map<String, Double> shapes = new LinkedHashMap<>();
    shapes.put("wide", 2.0);
    shapes.put("narrow", 3.0);
    BandwidthLevel level = BandwidthLevel.of(new BandwidthTarget("L2", 5, "why"), shapes);
    assertThat(level).isEqualTo(new BandwidthLevel("L2", 5, 3.0, "narrow", shapes, "why"));
    assertThat(level.shapes().keySet()).containsExactly("wide", "narrow");
  }
}
