package io.github.attn4j.bench.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.opencl.OpenClBackend;
import io.github.attn4j.testing.Required;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * Threads that look for devices at the same moment, in a process whose drivers nobody has asked
 * before: it may end in a crash.
 */
@EnabledOnOs(OS.LINUX)
class ConcurrentDiscoveryTest {
  private static final int THREADS = 4;

  @TempDir private Path folder;

  /** Prints how many OpenCL devices each thread found. */
  static final class Looking {
    private Looking() {}

    /** Of the process. */
    public static void main(String[] arguments) throws Exception {
      CyclicBarrier together = new CyclicBarrier(THREADS);
      try (ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
        List<Future<Integer>> found = new ArrayList<>();
        for (int thread = 0; thread < THREADS; thread++) {
          found.add(
              threads.submit(() -> {
                together.await();
                return new Backends().backend(OpenClBackend.ID).devices().size();
              }));
        }
        for (Future<Integer> devices : found) {
          System.out.println(devices.get());
        }
      }
    }
  }

  @Test
  @Tag("full")
  void allFindTheSameDevices() throws Exception {
    try (ChildJvm child = ChildJvm.start(folder, ChildJvm.Settings.NONE, Looking.class)) {
      assertThat(child.exitCode()).as(child.out() + child.err()).isZero();
      int devices = new Backends().backend(OpenClBackend.ID).devices().size();
      if (devices == 0) {
        Required.abort("opencl", "no OpenCL device to be found");
      }
      assertThat(child.out().lines()).containsOnly(String.valueOf(devices)).hasSize(THREADS);
    }
  }
}
