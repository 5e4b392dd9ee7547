package io.github.attn4j.opencl;

import io.github.attn4j.core.kernel.Tuning;
import io.github.attn4j.core.run.GridCase;
import io.github.attn4j.core.run.SanitizeGrid;
import java.nio.file.Path;
import java.util.List;

/** {@link SanitizedRun} with a bug planted, for the proof that the sanitizer would find it. */
public final class PlantedSanitizedRun {
  private PlantedSanitizedRun() {}

  /**
   * Arguments: a folder for compiled programs, a kernel's id, a text and its replacement, and the
   * name of the case that shows the bug; the interpreter takes too long for the others.
   */
  public static void main(String[] arguments) {
    List<GridCase> cases =
        SanitizeGrid.small().stream().filter(one -> one.name().equals(arguments[4])).toList();
    if (cases.isEmpty()) {
      throw new IllegalArgumentException("no case '" + arguments[4] + "'");
    }
    SanitizedRun.run(
        Path.of(arguments[0]),
        OpenClKernel.byId(arguments[1]),
        SanitizedDevice.CPU,
        Tuning.NONE,
        cases,
        PlantedSource.replacing(arguments[2], arguments[3]),
        System.out);
  }
}
