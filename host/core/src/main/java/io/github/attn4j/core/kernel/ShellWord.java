package io.github.attn4j.core.kernel;

import java.util.regex.Pattern;

/** A word of a line that is printed to be pasted into a POSIX shell. */
public final class ShellWord {
  private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_@%+=:,./-]+");

  private ShellWord() {}

  /** Everything between single quotes is itself, except a single quote. */
  public static String quoted(String word) {
    return PLAIN.matcher(word).matches() ? word : "'" + word.replace("'", "'\\''") + "'";
  }
}
