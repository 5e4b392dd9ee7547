package io.github.attn4j.opencl;

import io.github.attn4j.core.check.Expected;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.Tunings;
import io.github.attn4j.core.run.CacheGrid;
import io.github.attn4j.core.run.Evaluation;
import io.github.attn4j.core.run.Evaluator;
import io.github.attn4j.core.run.GridCase;
import io.github.attn4j.core.run.SanitizeGrid;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * What {@link Oclgrind} runs in a process of its own: {@code flash_split_kv} as GPUs run it, which
 * the simulator, a CPU device, would not by itself.
 */
public final class SanitizedGpuMapping {
  /** Several parts and one, tails of rows, keys and dimensions, masks, a score, pages, scales. */
  private static final Set<String> NAMES =
      Set.of(
          "one pair",
          "second tile of keys",
          "key lengths",
          "groups",
          "boolean mask",
          "score",
          "tiny pages i8",
          "tiny packed");

  private SanitizedGpuMapping() {}

  /** Arguments: a folder for compiled programs, then none, or a text and its replacement. */
  public static void main(String[] arguments) {
    UnaryOperator<String> sources =
        arguments.length > 1
            ? PlantedSource.replacing(arguments[1], arguments[2])
            : KernelSource::load;
    Path programs = Path.of(arguments[0]);
    OpenClBackend backend = new OpenClBackend(programs);
    DeviceInfo info = backend.devices().getFirst();
    List<GridCase> cases =
        Stream.concat(SanitizeGrid.small().stream(), CacheGrid.tiny(1).stream())
            .filter(one -> NAMES.contains(one.name()))
            .toList();
    int right = 0;
    try (OpenClSession found = backend.openSession(info);
        OpenClSession session =
            new OpenClSession(
                found.openClDevice(),
                KeySplitTest.described(info, DeviceInfo.Kind.GPU, 1, 128, 32 << 10),
                Tunings.OF_THE_KERNELS,
                new ProgramCache(programs),
                sources)) {
      System.out.println("device " + session.device().name());
      for (GridCase gridCase : cases) {
        AttentionInputs inputs = gridCase.inputs();
        Evaluation evaluation =
            Evaluator.evaluate(session, OpenClKernel.FLASH_SPLIT_KV, inputs, Expected.of(inputs));
        System.out.println("case " + gridCase.name() + ": " + evaluation.label());
        right += evaluation instanceof Evaluation.Passed ? 1 : 0;
      }
    }
    System.out.printf("right: %d of %d, unsupported 0%n", right, cases.size());
  }
}
