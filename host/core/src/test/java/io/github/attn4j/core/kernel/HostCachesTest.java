package io.github.attn4j.core.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HostCachesTest {
  @TempDir Path root;

  /** Four processors: L1 of their own, an L2 for two of them, one L3. */
  private void fourProcessors() throws IOException {
    for (int cpu = 0; cpu < 4; cpu++) {
      cache(cpu, 0, "1", "Data", "48K", String.valueOf(cpu));
      cache(cpu, 1, "1", "Instruction", "32K", String.valueOf(cpu));
      cache(cpu, 2, "2", "Unified", "1024K", cpu < 2 ? "0-1" : "2-3");
      cache(cpu, 10, "3", "Unified", "32M", "0-3");
    }
    write("sys/devices/system/cpu/cpufreq/boost", "1\n");
  }

  private void cache(int cpu, int index, String level, String type, String size, String shared)
      throws IOException {
    String folder = "sys/devices/system/cpu/cpu%d/cache/index%d/".formatted(cpu, index);
    write(folder + "level", level + "\n");
    write(folder + "type", type + "\n");
    write(folder + "size", size + "\n");
    write(folder + "shared_cpu_list", shared + "\n");
  }

  private void write(String path, String text) throws IOException {
    Path file = root.resolve(path);
    Files.createDirectories(file.resolveSibling("."));
    Files.writeString(file, text);
  }

  @Test
  void isUnknownWhereNothingSays() {
    assertThat(new HostCaches(root).levels(4)).isEmpty();
  }

  @Test
  void countsASharedCacheOnceAndNoInstructions() throws IOException {
    fourProcessors();
    assertThat(new HostCaches(root).levels(4))
        .containsExactly(
            new CacheLevel("L1", 4 * (48L << 10)),
            new CacheLevel("L2", 2 << 20),
            new CacheLevel("L3", 32 << 20));
  }

  @Test
  void countsNoMoreCachesOfALevelThanThreadsReach() throws IOException {
    fourProcessors();
    assertThat(new HostCaches(root).levels(1))
        .containsExactly(
            new CacheLevel("L1", 48 << 10),
            new CacheLevel("L2", 1 << 20),
            new CacheLevel("L3", 32 << 20));
  }

  @Test
  void leavesOutProcessorsThatTheProcessMayNotRunOn() throws IOException {
    fourProcessors();
    write("proc/self/status", "Name:\tjava\nCpus_allowed:\td\nCpus_allowed_list:\t0,2-3\n");
    assertThat(new HostCaches(root).levels(4))
        .containsExactly(
            new CacheLevel("L1", 3 * (48L << 10)),
            new CacheLevel("L2", 2 << 20),
            new CacheLevel("L3", 32 << 20));
    write("proc/self/status", "Cpus_allowed_list:\t1\n");
    assertThat(new HostCaches(root).levels(4).getFirst()).isEqualTo(new CacheLevel("L1", 48 << 10));
  }

  @Test
  void leavesOutALevelWithoutASize() throws IOException {
    fourProcessors();
    for (int cpu = 0; cpu < 4; cpu++) {
      cache(cpu, 10, "3", "Unified", "", "0-3");
      cache(cpu, 2, "2", "Unified", "unknown", "0-3");
    }
    assertThat(new HostCaches(root).levels(4)).extracting(CacheLevel::name).containsExactly("L1");
  }

  @Test
  void aLevelOfNoBytesIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new CacheLevel("L4", 0))
        .withMessageContaining("L4")
        .withMessageContaining("0 bytes");
  }
}
