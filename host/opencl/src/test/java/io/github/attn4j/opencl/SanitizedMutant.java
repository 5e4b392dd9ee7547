package io.github.attn4j.opencl;

import io.github.attn4j.core.kernel.Tuning;
import io.github.attn4j.core.run.SanitizeGrid;
import java.nio.file.Path;

/** {@link SanitizedRun} of a mutant over the small grid. */
public final class SanitizedMutant {
  private SanitizedMutant() {}

  /** Arguments: a folder for compiled programs, a kernel's id, a text and its replacement. */
  public static void main(String[] arguments) {
    SanitizedRun.run(
        Path.of(arguments[0]),
        OpenClKernel.byId(arguments[1]),
        Tuning.NONE,
        SanitizeGrid.small(),
        PlantedSource.replacing(arguments[2], arguments[3]),
        System.out);
  }
}
