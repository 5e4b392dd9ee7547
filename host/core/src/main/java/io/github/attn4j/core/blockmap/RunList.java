package io.github.attn4j.core.blockmap;

import java.util.Arrays;

/** Ranges of blocks of one row, growing to the right; neighbours of one kind become one range. */
final class RunList {
  /** Neither proved nor enumerated yet. */
  static final int UNDECIDED = 0;

  /** {@link BlockKind#PARTIAL}. */
  static final int PARTIAL = 1;

  /** {@link BlockKind#FULL}. */
  static final int FULL = 2;

  private static final int WORDS = 3;

  private int[] words = new int[2 * WORDS];
  private int size;

  void append(int first, int end, int kind) {
    if (size > 0 && words[size - 2] == first && words[size - 1] == kind) {
      words[size - 2] = end;
      return;
    }
    if (size == words.length) {
      words = Arrays.copyOf(words, 2 * size);
    }
    words[size++] = first;
    words[size++] = end;
    words[size++] = kind;
  }

  int count() {
    return size / WORDS;
  }

  int first(int run) {
    return words[WORDS * run];
  }

  int end(int run) {
    return words[WORDS * run + 1];
  }

  int kind(int run) {
    return words[WORDS * run + 2];
  }
}
