package io.github.attn4j.model;

/** A model that can be asked how it sees a text, layer by layer. */
public interface TextModel extends AutoCloseable {
  /** What reports call it. */
  String name();

  /**
   * Reads a text.
   *
   * @param text one sequence; special tokens are added
   * @throws IllegalArgumentException where it has no token, or more than the model takes
   */
  ModelText read(String text);

  @Override
  void close();
}
