package io.github.attn4j.opencl;

import io.github.attn4j.core.run.SanitizeGrid;
import java.nio.file.Path;

/** {@link SanitizedRun} with a bug planted, for the proof that the sanitizer would find it. */
public final class PlantedSanitizedRun {
  private PlantedSanitizedRun() {}

  /** Arguments: a folder for compiled programs, a kernel's id, a text and its replacement. */
  public static void main(String[] arguments) {
    SanitizedRun.run(
        Path.of(arguments[0]),
        OpenClKernel.byId(arguments[1]),
        SanitizeGrid.small(),
        PlantedSource.replacing(arguments[2], arguments[3]),
        System.out);
  }
}
