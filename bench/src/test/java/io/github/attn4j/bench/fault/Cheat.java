package io.github.attn4j.bench.fault;

/** How a kernel may look faster than it is. */
public enum Cheat {
  /** It is honest. */
  NONE,
  /** It returns at once, from the first launch on. */
  NEVER_WORKS,
  /** It works at its first launch, which is not timed, and returns at once from then on. */
  WORKS_ONCE,
  /** It works at its first launch and gives that answer to every later one. */
  ANSWERS_FROM_MEMORY,
  /** It leaves out the last rows of O, from its second launch on. */
  SKIPS_THE_LAST_TILE_WHEN_TIMED,
  /** It does all of every other launch, and half of the others. */
  WORKS_EVERY_OTHER_LAUNCH,
  /** It computes at every launch, and fills the arrays that a caller gives at the first alone. */
  FILLS_GIVEN_ARRAYS_ONCE
}
