package io.github.attn4j.core.input;

import java.nio.file.Path;

/**
 * A file does not hold what it should. The message names the file, what is wrong and what was
 * expected.
 */
public final class InvalidFileException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Names the file first. */
  public InvalidFileException(Path file, String problem) {
    super(file + ": " + problem);
  }
}
