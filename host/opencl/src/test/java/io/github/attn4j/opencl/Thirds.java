package io.github.attn4j.opencl;

import java.util.List;
import java.util.stream.IntStream;

/**
 * A third of the cases for {@code ./attn test}, where all are for the exhaustive suite: most cases
 * are a program, which takes PoCL 0.5 to 3 s.
 */
final class Thirds {
  /** Of cases that come in kinds of so many, every kind has some and no two kinds the same. */
  private static final int KIND = 6;

  private Thirds() {}

  /** Another third for each kernel. */
  static <T> List<T> of(List<T> all, OpenClKernel kernel) {
    int first = List.of(OpenClKernel.values()).indexOf(kernel);
    return IntStream.range(0, all.size())
        .filter(index -> (index + index / KIND + first) % 3 == 0)
        .mapToObj(all::get)
        .toList();
  }
}
