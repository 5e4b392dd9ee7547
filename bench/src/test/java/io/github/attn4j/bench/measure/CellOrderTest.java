package io.github.attn4j.bench.measure;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.bench.InputSource;
import io.github.attn4j.bench.shape.Shape;
import io.github.attn4j.core.input.InputFamily;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CellOrderTest {
  private static CellSpec cell(String kernel, int length) {
    return new CellSpec(
        kernel,
        "opencl:0",
        new InputSource(InputFamily.NORMAL),
        Shape.square(8, length, 64, "full"),
        1);
  }

  /** Takes every cell in turn; a launch takes the given seconds per operation. */
  private static List<String> order(List<CellSpec> cells, Map<String, Double> secondsPerFlop) {
    List<CellSpec> waiting = new ArrayList<>(cells);
    Set<String> met = new HashSet<>();
    LaunchTimes times = new LaunchTimes();
    List<String> order = new ArrayList<>();
    while (!waiting.isEmpty()) {
      CellSpec next = CellOrder.next(waiting, met, times);
      waiting.remove(next);
      met.add(next.kernel());
      Double seconds = secondsPerFlop.get(next.kernel());
      if (seconds != null) {
        times.add(next, seconds * next.spec().flops());
      }
      order.add(next.kernel() + next.shape().kvLength());
    }
    return order;
  }

  @Test
  void contendersComeBeforeLongCellsOfSlowKernelsAndThoseCheapestFirst() {
    List<CellSpec> cells = new ArrayList<>();
    for (int length : new int[] {128, 256, 512}) {
      for (String kernel : List.of("slow", "slower", "fast", "rival")) {
        cells.add(cell(kernel, length));
      }
    }
    assertThat(order(cells, Map.of("slow", 10e-9, "slower", 20e-9, "fast", 1e-9, "rival", 3e-9)))
        .containsExactly(
            "slow128",
            "slower128",
            "fast128",
            "rival128", // every kernel is met
            "fast256",
            "rival256",
            "fast512",
            "rival512", // side by side
            "slow256",
            "slower256",
            "slow512",
            "slower512");
  }

  @Test
  void aKernelWithoutAnyMeasurementStillHasItsTurn() {
    List<CellSpec> cells =
        List.of(cell("broken", 128), cell("fast", 128), cell("broken", 256), cell("fast", 256));
    assertThat(order(cells, Map.of("fast", 1e-9)))
        .containsExactly("broken128", "fast128", "fast256", "broken256");
  }
}
