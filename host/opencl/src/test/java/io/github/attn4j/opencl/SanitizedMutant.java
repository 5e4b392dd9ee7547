package io.github.attn4j.opencl;

import io.github.attn4j.core.kernel.Tuning;
import io.github.attn4j.core.run.SanitizeGrid;
import java.nio.file.Path;
import java.util.stream.Stream;

/** {@link SanitizedRun} of a mutant over the small grid, and over what only branches need. */
public final class SanitizedMutant {
  private SanitizedMutant() {}

  /** Arguments: a folder for compiled programs, a kernel's id, a text and its replacement. */
  public static void main(String[] arguments) {
    OpenClKernel kernel = OpenClKernel.byId(arguments[1]);
    SanitizedRun.run(
        Path.of(arguments[0]),
        kernel,
        SanitizedDevice.of(kernel).getFirst(),
        Tuning.NONE,
        Stream.concat(SanitizeGrid.small().stream(), SanitizeGrid.branches().stream()).toList(),
        PlantedSource.replacing(arguments[2], arguments[3]),
        System.out);
  }
}
