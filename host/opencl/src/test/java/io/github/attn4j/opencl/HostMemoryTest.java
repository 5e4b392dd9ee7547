package io.github.attn4j.opencl;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HostMemoryTest {
  private static final long MACHINE = 1000L * 1024;

  @TempDir Path root;

  private void machine() throws IOException {
    write("proc/meminfo", "MemTotal: 2000 kB\nMemFree: 10 kB\nMemAvailable:    1000 kB\n");
  }

  @Test
  void isUnknownWhereNothingSays() {
    assertThat(available()).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void isWhatTheMachineHasLeftWhereNoGroupLimitsIt() throws IOException {
    machine();
    assertThat(available()).isEqualTo(MACHINE);
    write("sys/fs/cgroup/memory.max", "max\n");
    write("sys/fs/cgroup/memory.current", "5000\n");
    write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
    write("sys/fs/cgroup/memory/memory.usage_in_bytes", "5000\n");
    assertThat(available()).isEqualTo(MACHINE);
  }

  @Test
  void isWhatVersion2LeavesWithThePageCacheCountedAsFree() throws IOException {
    machine();
    write("sys/fs/cgroup/memory.max", "600000\n");
    write("sys/fs/cgroup/memory.current", "500000\n");
    assertThat(available()).isEqualTo(100_000);
    write("sys/fs/cgroup/memory.stat", "anon 100000\nfile 400000\ninactive_file 300000\n");
    assertThat(available()).isEqualTo(400_000);
  }

  @Test
  void isWhatVersion1Leaves() throws IOException {
    machine();
    write("sys/fs/cgroup/memory/memory.limit_in_bytes", "600000\n");
    write("sys/fs/cgroup/memory/memory.usage_in_bytes", "550000\n");
    write("sys/fs/cgroup/memory/memory.stat", "inactive_file 1\ntotal_inactive_file 20000\n");
    assertThat(available()).isEqualTo(70_000);
  }

  @Test
  void isTheLeastOfTheGroupsAboveTheProcess() throws IOException {
    machine();
    write("proc/self/cgroup", "12:cpu:/other\n4:memory:/a/b\n0::/c/d\n");
    write("sys/fs/cgroup/c/memory.max", "300000\n");
    write("sys/fs/cgroup/c/memory.current", "0\n");
    write("sys/fs/cgroup/c/d/memory.max", "max\n");
    write("sys/fs/cgroup/c/d/memory.current", "0\n");
    assertThat(available()).isEqualTo(300_000);
    write("sys/fs/cgroup/memory/a/b/memory.limit_in_bytes", "200000\n");
    write("sys/fs/cgroup/memory/a/b/memory.usage_in_bytes", "0\n");
    assertThat(available()).isEqualTo(200_000);
  }

  @Test
  void isNothingNotLessWhereTheLimitIsExceeded() throws IOException {
    machine();
    write("sys/fs/cgroup/memory.max", "10\n");
    write("sys/fs/cgroup/memory.current", "11\n");
    assertThat(available()).isZero();
  }

  private long available() {
    return new HostMemory(root).availableBytes();
  }

  private void write(String file, String text) throws IOException {
    Path path = root.resolve(file);
    Files.createDirectories(Objects.requireNonNull(path.getParent()));
    Files.writeString(path, text);
  }
}
