package io.github.attn4j.opencl;

import io.github.attn4j.core.kernel.Tuning;
import io.github.attn4j.core.run.CacheGrid;
import java.nio.file.Path;
import java.util.function.UnaryOperator;

/** {@link SanitizedRun} over types, pages and packed sequences. */
public final class SanitizedStorage {
  private SanitizedStorage() {}

  /**
   * Arguments: a folder for compiled programs, a kernel's id, then none, or a text and its
   * replacement.
   */
  public static void main(String[] arguments) {
    UnaryOperator<String> sources =
        arguments.length > 2
            ? PlantedSource.replacing(arguments[2], arguments[3])
            : KernelSource::load;
    SanitizedRun.run(
        Path.of(arguments[0]),
        OpenClKernel.byId(arguments[1]),
        SanitizedDevice.CPU,
        Tuning.NONE,
        CacheGrid.tiny(1),
        sources,
        System.out);
  }
}
