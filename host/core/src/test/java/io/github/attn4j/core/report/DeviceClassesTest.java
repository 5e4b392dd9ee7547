package io.github.attn4j.core.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.core.kernel.DeviceInfo;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DeviceClassesTest {
  private static Environment environment(int gpus) {
    Environment one = Regressions.environment("device", DeviceInfo.Kind.CPU);
    List<DeviceInfo> devices =
        IntStream.range(0, gpus)
            .mapToObj(index ->
                new DeviceInfo(
                    "opencl",
                    index,
                    "gpu",
                    DeviceInfo.Kind.GPU,
                    "1",
                    2,
                    1 << 30,
                    0,
                    1,
                    List.of(),
                    Map.of()))
            .toList();
    return new Environment(
        one.tool(),
        one.version(),
        one.gitCommit(),
        one.gitDirty(),
        one.os(),
        one.cpu(),
        one.cores(),
        one.jdk(),
        devices,
        one.startedAt(),
        one.commandLine(),
        one.seed());
  }

  @Test
  void devicesOfAKindAreNumberedByTheirNumbersAndNotAsText() {
    DeviceClasses classes =
        new DeviceClasses(environment(11), List.of("opencl:10", "opencl:2", "opencl:1"));
    assertThat(classes.of("opencl:1")).isEqualTo("GPU");
    assertThat(classes.of("opencl:2")).isEqualTo("GPU 2");
    assertThat(classes.of("opencl:10")).isEqualTo("GPU 3");
  }

  @Test
  void anIdOfAnotherFormComesLast() {
    DeviceClasses classes = new DeviceClasses(environment(2), List.of("opencl:x", "opencl:1"));
    assertThat(classes.of("opencl:1")).isEqualTo("GPU");
    assertThat(classes.of("opencl:x")).isEqualTo("unknown kind");
  }
}
