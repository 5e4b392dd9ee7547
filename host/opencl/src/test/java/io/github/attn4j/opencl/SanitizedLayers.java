package io.github.attn4j.opencl;

import io.github.attn4j.core.kernel.Tunings;
import io.github.attn4j.core.layer.LayerCase;
import io.github.attn4j.core.layer.LayerComparison;
import io.github.attn4j.core.layer.LayerGrid;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * What {@link Oclgrind} runs in a process of its own: small cases of every layer, with each tail,
 * or one case with a bug planted.
 */
public final class SanitizedLayers {
  private static final Set<String> SMALL =
      Set.of(
          "3 x 7 x 5",
          "19 x 33 x 50, rows 5 and 18 not finite",
          "8 x 64 x 48 GELU",
          "3 x 15",
          "9 x 77 and a residual",
          "9 x 77 and a residual, its sum, over the residual",
          "7 x 15 of 11 words, positions",
          "5 x 17 of 4 words",
          "5 rows of 3 heads of 32, 96 apart from 0 on, to position 1004",
          "4 x 15 to 4 words",
          "1 x 33 to 131 words");

  private SanitizedLayers() {}

  /**
   * Arguments: a folder for compiled programs; then none, or what the device is taken for, a
   * layer's constant, the label of a case, a text and its replacement.
   */
  public static void main(String[] arguments) {
    Path programs = Path.of(arguments[0]);
    if (arguments.length == 1) {
      List<LayerCase> cases =
          Stream.of(OpenClLayer.values())
              .flatMap(layer -> LayerGrid.unguarded(layer.id()).stream())
              .filter(one -> SMALL.contains(one.label()))
              .toList();
      run(programs, SanitizedDevice.CPU, cases, SMALL.size(), KernelSource::load);
      return;
    }
    OpenClLayer layer = OpenClLayer.valueOf(arguments[2]);
    List<LayerCase> cases =
        LayerGrid.unguarded(layer.id()).stream()
            .filter(one -> one.label().equals(arguments[3]))
            .toList();
    run(
        programs,
        SanitizedDevice.valueOf(arguments[1]),
        cases,
        1,
        PlantedSource.replacing(arguments[4], arguments[5]));
  }

  private static void run(
      Path programs,
      SanitizedDevice taken,
      List<LayerCase> cases,
      int expected,
      UnaryOperator<String> sources) {
    if (cases.size() != expected) {
      throw new IllegalArgumentException("%d cases, not %d".formatted(cases.size(), expected));
    }
    OpenClBackend backend = new OpenClBackend(programs);
    int right = 0;
    try (OpenClSession session =
        backend.openSession(
            taken.describe(backend.devices().getFirst()), Tunings.OF_THE_KERNELS, sources)) {
      System.out.println("device " + session.device().name());
      for (LayerCase one : cases) {
        LayerComparison comparison = one.check(session.layers());
        System.out.println("case " + one + ": " + comparison);
        right += comparison.passed() ? 1 : 0;
      }
    }
    System.out.printf("right: %d of %d, unsupported 0%n", right, cases.size());
  }
}
