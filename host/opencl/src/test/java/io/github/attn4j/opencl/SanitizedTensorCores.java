package io.github.attn4j.opencl;

import io.github.attn4j.core.check.Expected;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.Tunings;
import io.github.attn4j.core.run.Evaluation;
import io.github.attn4j.core.run.Evaluator;
import io.github.attn4j.core.run.GridCase;
import io.github.attn4j.core.run.SanitizeGrid;
import io.github.attn4j.core.spec.ElementType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * What {@link Oclgrind} runs in a process of its own: {@code flash_mma} on emulated tensor cores.
 */
public final class SanitizedTensorCores {
  /** Tiles that follow each other, tails of rows and keys, hidden NaN, masks, a score. */
  private static final Set<String> NAMES =
      Set.of("second tile of keys", "key lengths", "groups", "boolean mask", "score");

  /** For mutants: rows that are not aligned, several pieces, parts of a block, another block. */
  private static final Set<String> MORE_NAMES =
      Set.of(
          "gaps",
          "rows of four and of eight pieces",
          "blocks of several tiles",
          "second row of the map");

  private SanitizedTensorCores() {}

  /**
   * Arguments: a folder for compiled programs, then none, or a text and its replacement, and behind
   * it anything for more cases.
   */
  public static void main(String[] arguments) {
    UnaryOperator<String> sources =
        arguments.length > 1
            ? PlantedSource.replacing(arguments[1], arguments[2])
            : KernelSource::load;
    Path programs = Path.of(arguments[0]);
    OpenClBackend backend = new OpenClBackend(programs);
    DeviceInfo info = backend.devices().getFirst();
    int right = 0;
    List<GridCase> cases = cases(SanitizeGrid.small(), NAMES);
    if (arguments.length > 3) {
      cases.addAll(cases(SanitizeGrid.small(), MORE_NAMES));
      cases.addAll(cases(SanitizeGrid.branches(), MORE_NAMES));
    }
    try (OpenClSession found = backend.openSession(info);
        OpenClSession session =
            new OpenClSession(
                found.openClDevice(),
                TestDevices.emulatingTensorCores(info),
                // Two warps, so that each overtakes the other, and more tiles of fewer keys.
                Tunings.ofTheKernelsWith(new MmaTiles(2, 16, 16, true).tuning()),
                new ProgramCache(programs),
                sources)) {
      System.out.println("device " + session.device().name());
      for (GridCase gridCase : cases) {
        AttentionInputs inputs = gridCase.inputs();
        Evaluation evaluation =
            Evaluator.evaluate(session, OpenClKernel.FLASH_MMA, inputs, Expected.of(inputs));
        System.out.println("case " + gridCase.name() + ": " + evaluation.label());
        right += evaluation instanceof Evaluation.Passed ? 1 : 0;
      }
    }
    System.out.printf("right: %d of %d, unsupported 0%n", right, cases.size());
  }

  private static List<GridCase> cases(List<GridCase> grid, Set<String> names) {
    List<GridCase> typed = new ArrayList<>();
    for (GridCase one : grid) {
      if (names.contains(one.name())) {
        ElementType type = typed.size() % 2 == 0 ? ElementType.F16 : ElementType.BF16;
        typed.add(
            new GridCase(
                one.name(),
                one.spec().toBuilder().storage(type).build(),
                one.family(),
                one.seed()));
      }
    }
    return typed;
  }
}
