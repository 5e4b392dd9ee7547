package io.github.attn4j.opencl;

/** What became of a mutant. */
enum MutantVerdict {
  /** The compiler refuses it: not counted. */
  NOT_BUILT,
  /** A compiler makes the same code of it for every program: not counted. */
  SAME_CODE,
  /** A compiler makes the same code of it once hints to the cache are taken out: not counted. */
  ONLY_A_HINT,
  /** A case of the quick grid came out wrong. */
  INCORRECT,
  /** The device refused a launch: {@code verify} ends with an exit code above 0. */
  FAILED,
  /** The process died: so would {@code verify}. */
  CRASHED,
  /** A case took many times what the slowest one takes unchanged, and was stopped. */
  NEVER_ENDED,
  /** Every case passed; the sanitizer has reported something. */
  SANITIZER,
  /** Every case passed, and nothing was reported. */
  SURVIVED;

  boolean counts() {
    return this != NOT_BUILT && this != SAME_CODE && this != ONLY_A_HINT;
  }

  boolean noticedByTheGrid() {
    return this == INCORRECT || isWithoutResult();
  }

  /** Whether the grid noticed by what became of the process, and nobody knows the result. */
  boolean isWithoutResult() {
    return this == FAILED || this == CRASHED || this == NEVER_ENDED;
  }
}
