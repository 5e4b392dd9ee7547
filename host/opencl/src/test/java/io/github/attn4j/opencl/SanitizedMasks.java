package io.github.attn4j.opencl;

import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * What {@link Oclgrind} runs in a process of its own: random masks, one a program, so that a table
 * read past its end is a read past the buffer's end and not of another mask's table.
 */
public final class SanitizedMasks {
  private static final int MASKS = 25;

  private SanitizedMasks() {}

  /** Arguments: a folder for compiled programs, then none, or a text and its replacement. */
  public static void main(String[] arguments) {
    UnaryOperator<String> planted =
        arguments.length > 1
            ? text -> text.replace(arguments[1], arguments[2])
            : UnaryOperator.identity();
    OpenClBackend backend = new OpenClBackend(Path.of(arguments[0]));
    int right = 0;
    try (OpenClSession session = VisibilityBitmaps.open(backend)) {
      System.out.println("device " + session.device().name());
      MaskAgreement agreement = new MaskAgreement(session, false, planted);
      for (int seed = 0; seed < MASKS; seed++) {
        List<MaskAgreement.Disagreement> found = agreement.asDrawn(List.of(DrawnMask.of(seed)));
        System.out.print(MaskAgreement.report(found));
        right += found.isEmpty() ? 1 : 0;
      }
    }
    System.out.printf("right: %d of %d, unsupported 0%n", right, MASKS);
  }
}
