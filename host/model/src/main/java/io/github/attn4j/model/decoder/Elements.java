package io.github.attn4j.model.decoder;

/** What is addressed by an int, on the host and in layers: no array has more elements. */
final class Elements {
  private Elements() {}

  /**
   * Rows x width.
   *
   * @param what they are, in words with the numbers
   * @param wayOut what to do about it
   * @throws IllegalArgumentException with both, where no array has so many
   */
  static int of(String what, String wayOut, long rows, long width) {
    long most = Integer.MAX_VALUE / width;
    if (rows > most) {
      throw new IllegalArgumentException(
          "%s: %,d x %,d elements are more than an array has, %,d; %s"
              .formatted(what, rows, width, Integer.MAX_VALUE, wayOut));
    }
    return Math.toIntExact(rows * width);
  }
}
