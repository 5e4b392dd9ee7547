package io.github.attn4j.bench.ab;

import java.nio.file.Path;

/**
 * A version that can be run.
 *
 * @param name what the user wrote
 * @param folder absolute; {@code attn} in it runs
 * @param origin what it is and where it lies, in words
 */
public record Version(String name, Path folder, String origin) {
  /** The launcher's name in every version's folder. */
  static final String LAUNCHER = "attn";

  /** What is started. */
  Path launcher() {
    return folder.resolve(LAUNCHER);
  }
}
