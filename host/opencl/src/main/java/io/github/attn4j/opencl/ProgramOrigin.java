package io.github.attn4j.opencl;

/** Where a program's text comes from. */
sealed interface ProgramOrigin {
  /** What messages call it. */
  String shown();

  /** What {@code #line} calls it, and so the compiler's log. */
  String path();

  /**
   * A file that ships with the suite.
   *
   * @param path below kernels/opencl
   */
  record Shipped(String path) implements ProgramOrigin {
    @Override
    public String shown() {
      return "kernels/opencl/" + path;
    }
  }

  /**
   * A user's file, read once: all launches of a run are of one text.
   *
   * @param path as the user wrote it
   * @param text with what it includes
   */
  record Given(String path, String text) implements ProgramOrigin {
    @Override
    public String shown() {
      return path;
    }
  }
}
