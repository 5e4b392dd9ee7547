package io.github.attn4j.core.fuzz;

import io.github.attn4j.core.spec.ElementType;

/** What lies where nobody may look. */
public enum PoisonKind {
  /** Spoils whatever it is added to or multiplied by. */
  NAN,
  /** The same, and wins every maximum. */
  INFINITE,
  /** Finite, so that tests for NaN do not see it: a weight of 0 hides it, any other shows it. */
  HUGE,
  /** Harmless. Tells a kernel that reads its neighbours from one that is wrong anyway. */
  ZERO;

  /** The other one that a case runs with. */
  PoisonKind other() {
    return switch (this) {
      case NAN -> HUGE;
      case INFINITE, ZERO -> NAN;
      case HUGE -> INFINITE;
    };
  }

  /** Signs alternate, so that nothing cancels. */
  float value(ElementType type, long index) {
    float magnitude =
        switch (this) {
          case NAN -> Float.NaN;
          case INFINITE -> Float.POSITIVE_INFINITY;
          case HUGE -> type == ElementType.F16 ? 6e4f : 1e30f;
          case ZERO -> 0;
        };
    return index % 2 == 0 ? magnitude : -magnitude;
  }
}
