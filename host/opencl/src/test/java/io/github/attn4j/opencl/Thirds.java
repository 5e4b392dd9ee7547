package io.github.attn4j.opencl;

import java.util.List;
import java.util.stream.IntStream;

/**
 * A third of the cases for {@code ./attn test}, where all are for the exhaustive suite: most cases
 * are a program, which takes PoCL 0.5 to 3 s.
 */
final class Thirds {
  /** Of cases that come in kinds of so many, every kind has some, its neighbours others. */
  private static final int KIND = 6;

  private Thirds() {}

  /**
   * One of them.
   *
   * @param third which, by its remainder of three: kernels of one test take one each in turn, so
   *     that together they have all
   */
  static <T> List<T> of(List<T> all, int third) {
    return IntStream.range(0, all.size())
        .filter(index -> (index + index / KIND + third) % 3 == 0)
        .mapToObj(all::get)
        .toList();
  }
}
