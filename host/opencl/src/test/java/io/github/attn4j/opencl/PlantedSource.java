package io.github.attn4j.opencl;

import java.util.function.UnaryOperator;

/** Kernel sources with one place changed, for tests that need a bug to be there. */
final class PlantedSource {
  private PlantedSource() {}

  /**
   * Every program with a text replaced.
   *
   * @throws AssertionError when a program is asked for that does not hold the text: a planted bug
   *     that is not there would prove nothing
   */
  static UnaryOperator<String> replacing(String text, String replacement) {
    return file -> {
      String source = KernelSource.load(file);
      if (!source.contains(text)) {
        throw new AssertionError("%s does not hold \"%s\" any more".formatted(file, text));
      }
      return source.replace(text, replacement);
    };
  }

  /**
   * Costs no compilation, so that a bug which most runs leave out is not lost when its place is
   * rewritten.
   *
   * @throws AssertionError when the kernel does not hold the text, or replacing it changes nothing
   */
  static void requirePlace(OpenClKernel kernel, String text, String replacement) {
    String file = kernel.file();
    if (replacing(text, replacement).apply(file).equals(KernelSource.load(file))) {
      throw new AssertionError("\"%s\" replaced by itself".formatted(text));
    }
  }
}
